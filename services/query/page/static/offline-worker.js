// Keeps the trips that were looked at, to be read where there is no network; what stands in the browser's
// own store is never older than the last look. Whoever has to sign in, or has signed out, finds nothing kept.
const KEPT = "trips";
const MOST = 50;
const GONE = [404, 410];
const AWAY = [502, 503, 504];

const isTrips = (url) => url.pathname === "/" || /^\/trips\/[^/.]+$/.test(url.pathname);
const isFile = (url) => url.pathname.startsWith("/static/");
const isOurs = (url) => url.origin === location.origin;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event) => {
  const urls = event.data.map((said) => new URL(said)).filter((url) => isOurs(url) && (isTrips(url) || isFile(url)));
  event.waitUntil(Promise.all(urls.map((url) => fetch(url).then((answer) => keep(new Request(url), answer)))));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || !isOurs(url)) return;
  if (url.pathname.startsWith("/sign-in")) event.waitUntil(caches.delete(KEPT));
  else if (isFile(url)) event.respondWith(file(event));
  else if (isTrips(url)) event.respondWith(trips(event));
});

// A file's address changes with its content.
async function file(event) {
  const kept = await caches.match(event.request);
  return kept ?? fetchAndKeep(event);
}

async function trips(event) {
  const isLooked = event.request.mode === "navigate";
  try {
    const answer = await fetchAndKeep(event);
    return (isLooked && AWAY.includes(answer.status) && (await asKept(event.request))) || answer;
  } catch (trouble) {
    const kept = isLooked && (await asKept(event.request));
    if (kept) return kept;
    throw trouble;
  }
}

async function fetchAndKeep(event) {
  const answer = await fetch(event.request);
  event.waitUntil(keep(event.request, answer.clone()));
  return answer;
}

async function keep(request, answer) {
  const kept = await caches.open(KEPT);
  if (GONE.includes(answer.status)) await kept.delete(request, { ignoreVary: true });
  if (!answer.ok || answer.redirected) return;
  await kept.delete(request, { ignoreSearch: isFile(new URL(request.url)), ignoreVary: true });
  await kept.put(request, answer);
  const oldest = await kept.keys();
  await Promise.all(oldest.slice(0, -MOST).map((one) => kept.delete(one)));
  const open = await self.clients.matchAll({ includeUncontrolled: true });
  open.forEach((page) => page.postMessage(request.url));
}

// A page says itself of when it is; here it says besides that it was kept.
async function asKept(request) {
  const kept = await caches.match(request, { ignoreVary: true });
  if (!kept) return undefined;
  const page = (await kept.text()).replace('id="kept" hidden', 'id="kept"');
  return new Response(page, { headers: { "Content-Type": kept.headers.get("Content-Type") } });
}
