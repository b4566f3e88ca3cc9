// Keeps the site's files for use offline. The export writes VERSION, a digest of them, and FILES, their names, above.

const HEADERS = {
  "Cross-Origin-Opener-Policy": "same-origin", // these isolate the page, so that it may use threads
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
};
const LARGE = /^(model|runtime)/; // kept as they are loaded, so that the page does not wait for them
const SCOPE = new URL(self.registration.scope).pathname;

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin || !url.pathname.startsWith(SCOPE)) return;
  const name = url.pathname.slice(SCOPE.length) || "index.html";
  if (FILES.includes(name)) event.respondWith(answer(name, event));
});

async function install() {
  const cache = await caches.open(`${SCOPE} ${VERSION}`);
  const small = FILES.filter((name) => !LARGE.test(name));
  await cache.addAll(small.map((name) => new Request(name, { cache: "no-cache" })));
  await self.skipWaiting();
}

async function activate() {
  await self.clients.claim();
  const old = (await caches.keys()).filter((name) => name.startsWith(`${SCOPE} `) && name !== `${SCOPE} ${VERSION}`);
  await Promise.all(old.map((name) => caches.delete(name)));
}

async function answer(name, event) {
  const cache = await caches.open(`${SCOPE} ${VERSION}`);
  let response = await cache.match(name);
  if (!response) {
    response = await fetch(name, { cache: "no-cache" });
    if (response.ok) event.waitUntil(cache.put(name, response.clone()));
  }
  const headers = new Headers(response.headers);
  for (const [header, value] of Object.entries(HEADERS)) headers.set(header, value);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
