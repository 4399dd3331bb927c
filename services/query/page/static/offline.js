// Has the browser keep the trips that are looked at, where it can: it does so on encrypted ways alone.
const workers = navigator.serviceWorker;
if (workers) {
  const isFirst = !workers.controller;
  const files = Array.from(document.querySelectorAll("link[href], script[src]"), (file) => file.href || file.src);
  const tell = (isKept) => isKept && document.getElementById("keeps").removeAttribute("hidden");
  workers.addEventListener("message", (event) => tell(event.data === location.href));
  workers.startMessages();
  caches.match(location.href, { ignoreVary: true }).then(tell);
  workers.register("/offline-worker.js").then(() => workers.ready).then((ready) => {
    // This page came before anybody was there who could keep it.
    if (isFirst) ready.active.postMessage([location.href, ...files]);
  });
}
