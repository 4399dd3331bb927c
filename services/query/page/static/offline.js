// Has the browser keep the trips that are looked at, where it can: it does so on encrypted ways alone.
const workers = navigator.serviceWorker;
const keeps = document.getElementById("keeps");
if (workers && keeps) {
  const isFirst = !workers.controller;
  const files = Array.from(document.querySelectorAll("link[rel=stylesheet], link[rel=icon], script"), (f) => f.href || f.src);
  // What is kept under this page's address may be what it was before.
  const tell = (kept) => kept?.headers.get("Itinerary-At") >= keeps.dataset.at && keeps.removeAttribute("hidden");
  const look = () => caches.match(keeps.dataset.as).then(tell);
  workers.addEventListener("message", look);
  workers.startMessages();
  look();
  // Without a network nobody else would hear of it.
  document.querySelector("form[action='/sign-out']").addEventListener("submit", () => {
    caches.delete("pages");
    workers.controller?.postMessage({ leaves: true });
  });
  workers.register("/offline-worker.js").then(() => workers.ready).then((ready) => {
    // This page came before anybody was there who could keep it.
    if (isFirst) ready.active.postMessage({ page: location.href, files });
  });
}
