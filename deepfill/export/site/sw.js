// Keeps the site's files for use offline. The export writes FILES, their names and digests, above.

const HEADERS = {
  "Cross-Origin-Opener-Policy": "same-origin", // these isolate the page, so that it may use threads
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
};
const LARGE = /^(model|runtime)/; // kept as they are loaded, so that the page does not wait for them
const SCOPE = new URL(self.registration.scope).pathname;
const stored = (name) => `${SCOPE}${name}?${FILES[name]}`;

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin || !url.pathname.startsWith(SCOPE)) return;
  const name = url.pathname.slice(SCOPE.length) || "index.html";
  if (name in FILES) event.respondWith(answer(name));
});

async function install() {
  await Promise.all(Object.keys(FILES).filter((name) => !LARGE.test(name)).map(find));
  await self.skipWaiting();
}

// Lets go of files of earlier exports.
async function activate() {
  await self.clients.claim();
  const cache = await caches.open(SCOPE);
  const known = Object.keys(FILES).map(stored);
  const old = (await cache.keys()).filter(({ url }) => !known.includes(new URL(url).pathname + new URL(url).search));
  await Promise.all(old.map((request) => cache.delete(request)));
}

// A file from the store, or else from the host, and then it is stored.
async function find(name) {
  const cache = await caches.open(SCOPE);
  const known = await cache.match(stored(name));
  if (known) return known;
  const response = await fetch(name, { cache: "no-cache" });
  if (response.ok) await cache.put(stored(name), response.clone()).catch(() => {}); // there may be no room
  return response;
}

async function answer(name) {
  const response = await find(name);
  const headers = new Headers(response.headers);
  for (const [header, value] of Object.entries(HEADERS)) headers.set(header, value);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
