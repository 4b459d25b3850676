// Shows a page that says so when a navigation fails for want of a network. It does nothing
// else: everything comes from the network, or from the browser's own cache.
const PAGE = "/console/offline.html";
const FILES = ["console.css", "icon.svg", "offline_page.js"]
  .map((name) => `/console/-/offline/${name}`);        // of whatever version there is
const CACHE = "offline";

async function keep() {
  const cache = await caches.open(CACHE);
  await cache.addAll([PAGE, ...FILES]);
}
addEventListener("install", (event) => event.waitUntil(keep()));

addEventListener("fetch", (event) => {
  const { request } = event;
  const { pathname } = new URL(request.url);
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match(PAGE)));
  } else if (FILES.includes(pathname)) {
    event.respondWith(fetch(request).catch(() => caches.match(pathname)));
  }
});
