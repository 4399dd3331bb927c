// Keeps the trips that a traveller looked at, to be read where there is no network. The network comes first; what
// is kept of a page is what it last was. Whoever has to sign in, or has signed out, finds nothing kept.
const PAGES = "pages";
const FILES = "files";
const MOST = 50;
const AWAY = [502, 503, 504];
const AS_OF = "Itinerary-At";

const isTrips = (url) => url.pathname === "/" || /^\/trips\/[^/.]+$/.test(url.pathname);
const isFile = (url) => url.pathname.startsWith("/static/");

// Counts who has left: what was asked for before and comes after is not kept.
let left = 0;

// Ends with the last that was begun of what is done in turn.
let turn = Promise.resolve();

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event) => {
  const { page, files, leaves } = event.data;
  const keptAll = () => [lookAt(event, new Request(page)), ...files.map((url) => file(event, new Request(url)))];
  event.waitUntil(leaves ? forget() : Promise.all(keptAll()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/sign-in")) event.waitUntil(forget());
  else if (isFile(url)) event.respondWith(file(event, request));
  else if (isTrips(url)) event.respondWith(trips(event));
});

function forget() {
  left += 1;
  return caches.delete(PAGES);
}

// A file's address changes with its content.
async function file(event, request) {
  const files = await caches.open(FILES);
  const kept = await files.match(request, { ignoreVary: true });
  if (kept) return kept;
  const answer = await fetch(request);
  const copy = answer.clone();
  if (copy.ok) event.waitUntil(files.delete(request, { ignoreSearch: true }).then(() => files.put(request, copy)));
  return answer;
}

async function trips(event) {
  const isLooked = event.request.mode === "navigate";
  try {
    const answer = await lookAt(event, event.request);
    return (isLooked && AWAY.includes(answer.status) && (await asKept(event.request))) || answer;
  } catch (trouble) {
    const kept = isLooked && (await asKept(event.request));
    if (kept) return kept;
    throw trouble;
  }
}

async function lookAt(event, request) {
  const since = left;
  const answer = await fetch(request);
  event.waitUntil(keep(request, answer.clone(), since));
  return answer;
}

// The page itself says whether it may be kept, and as what: without what an earlier deed made it say. It is read to
// its end first: where the network goes away meanwhile, what was kept before stays.
async function keep(request, answer, since) {
  const name = answer.ok && answer.headers.get("Itinerary-Keep");
  const whole = name && new Response(await answer.blob(), { headers: asRead(answer.headers) });
  const pages = await caches.open(PAGES);
  if (!answer.ok && answer.status < 500) await pages.delete(new URL(request.url).pathname);
  if (name && since === left) await inTurn(() => keepNewer(pages, name, whole));
  if (since !== left) return caches.delete(PAGES);
  const open = name ? await self.clients.matchAll({ includeUncontrolled: true }) : [];
  open.forEach((page) => page.postMessage(name));
}

// Of two answers that were asked for at once, the older may come last.
async function keepNewer(pages, name, whole) {
  const kept = await pages.match(name);
  if (kept && kept.headers.get(AS_OF) > whole.headers.get(AS_OF)) return;
  await pages.put(name, whole);
  const names = await pages.keys();
  await Promise.all(names.slice(0, -MOST).map((one) => pages.delete(one)));
}

// What looks first and keeps then lets nothing come in between.
function inTurn(deed) {
  const done = turn.then(deed);
  turn = done.catch(() => {});
  return done;
}

// Who asks, and how it came, no longer matters.
function asRead(sent) {
  const headers = new Headers(sent);
  ["Content-Encoding", "Content-Length", "Vary"].forEach((name) => headers.delete(name));
  return headers;
}

// A page says itself of when it is; here it says besides that it was kept.
async function asKept(request) {
  const pages = await caches.open(PAGES);
  const kept = (await pages.match(request)) ?? (await pages.match(new URL(request.url).pathname));
  if (!kept) return undefined;
  return new Response((await kept.text()).replace('id="kept" hidden', 'id="kept"'), { headers: kept.headers });
}
