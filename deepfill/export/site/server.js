// Takes the place of the module that asks a server: a worker in this browser completes, and nothing is sent anywhere.

const DETAIL = 0.92; // how much of the photograph's detail holes receive, where nothing else is chosen
const QUALITY = 0.95; // of JPEG
const CLAIMED = 1000; // milliseconds until the service worker has taken the page
const EXIF = { "image/jpeg": "Exif", "image/png": "eXIf", "image/webp": "EXIF" };

let worker = null;
let asked = 0;
let last = null; // the parts completed last
const waiting = new Map(); // what hears of each task, by its number

// What the page can do; also keeps its files for use offline, and lets them use threads.
export async function health() {
  await keepOffline();
  const { guided } = await (await fetch("site.json")).json();
  run("load").catch(() => {}); // completing tells why, if it fails again
  return { local: true, guided, detail: DETAIL, max_bytes: Infinity };
}

export async function check() {
  // Opening it tells.
}

export function select({ image, inside, outside }, signal, tell) {
  return run("select", { image, inside, outside }, signal, tell);
}

export async function upright(file) {
  // Without loss; which formats there are, the browser decides.
  return run("upright", file).catch(() => {
    throw new Error(`${file.name} cannot be read by this browser: expected JPEG, PNG, WebP, GIF or BMP.`);
  });
}

// The completed picture's file, PNG.
export function complete(parts, signal, tell) {
  const { image, mask, sketch, sources, grow_mask: grow, expand, detail, variation } = parts;
  // Of what the networks have completed, only the patches differ.
  const again = ["image", "mask", "sketch", "grow_mask", "expand", "detail"].every((name) => parts[name] === last?.[name]);
  last = parts;
  const sides = expand?.split(",").map(Number) ?? [0, 0, 0, 0];
  const given = { again, image, mask, sketch, sources, grow: grow ?? 0, expand: sides, detail: detail ?? DETAIL, variation };
  return run("complete", given, signal, tell);
}

// The completed picture as PNG, or as JPEG, and what of the original it does not keep.
export async function save(original, completed, format) {
  const head = new Uint8Array(await original.slice(0, 2 ** 16).arrayBuffer());
  const word = EXIF[original.type];
  const dropped = word && String.fromCharCode(...head.filter((byte) => byte < 128)).includes(word) ? ["EXIF"] : [];
  if (original.type === "image/png" && head[24] === 16) dropped.push("16 bits per channel");
  const jpeg = format === "jpg" || (format === "keep" && original.type === "image/jpeg");
  if (!jpeg) return [completed.file, dropped.join(", ")];
  if (!completed.opaque) dropped.push("transparency");
  const canvas = new OffscreenCanvas(completed.width, completed.height);
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  const bitmap = await createImageBitmap(completed.file);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return [await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY }), dropped.join(", ")];
}

// Hands a task to the worker. Aborting ends the worker, because a network under way cannot be stopped.
function run(task, parts = null, signal = null, tell = () => {}) {
  worker ??= begin();
  return new Promise((resolve, reject) => {
    const id = asked++;
    waiting.set(id, { resolve, reject, tell });
    signal?.addEventListener("abort", () => waiting.has(id) && end(new DOMException("Cancelled.", "AbortError")));
    worker.postMessage({ id, task, parts });
  });
}

function begin() {
  const begun = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  begun.onmessage = ({ data: { id, state, answer, error } }) => {
    if (state) return waiting.get(id).tell(state);
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    return error ? reject(new Error(error)) : resolve(answer);
  };
  begun.onerror = () => end(new Error("The model cannot be started: a file of this site is missing, or the browser is too old."));
  return begun;
}

function end(error) {
  worker.terminate();
  worker = null;
  for (const { reject } of waiting.values()) reject(error);
  waiting.clear();
}

// Its files come from the browser's own store from now on. It also isolates the page, which needs a reload, once.
async function keepOffline() {
  const { serviceWorker } = navigator;
  if (!serviceWorker) return; // the page does not come by HTTPS or from this machine
  const registered = await serviceWorker.register(new URL("../sw.js", import.meta.url)).catch(() => null);
  if (!registered) return;
  await serviceWorker.ready;
  if (!serviceWorker.controller) {
    await Promise.race([
      new Promise((resolve) => serviceWorker.addEventListener("controllerchange", resolve)),
      new Promise((resolve) => setTimeout(resolve, CLAIMED)), // a reload that passes it by is not told
    ]);
  }
  if (self.crossOriginIsolated || sessionStorage.isolated) return;
  sessionStorage.isolated = "tried";
  location.reload();
  await new Promise(() => {});
}
