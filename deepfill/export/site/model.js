// The model in onnxruntime-web: on the graphics processor where the browser lets it, otherwise by WebAssembly.

import { RING } from "./seams.js";

const THREADS = 8;
const SIDE = 64; // of the picture that checks a graphics processor
const NEAR = 3; // levels by which it may differ

let running = null; // { ort, session, graphics }

// Loads the model once; after a failure, the next call tries again.
export async function load() {
  await (running ??= kept(start()));
}

// What the model paints in a part's hole and next to it, as bytes of red, green and blue.
export async function paint(part) {
  const made = await running;
  return made.graphics ? run(made, part).catch(() => onProcessor(part)) : run(made, part);
}

// Whether the model runs on the graphics processor, once it is loaded.
export async function onGraphics() {
  return (await running).graphics;
}

function kept(starting) {
  return starting.catch((error) => {
    running = null;
    throw error;
  });
}

async function start() {
  const model = await bytesOf("model.onnx");
  const graphics = (await hasGraphics()) && (await open(model, true).then(checked).catch(() => null));
  return graphics || open(model, false);
}

// The graphics processor gave up, such as for want of memory.
async function onProcessor(part) {
  running = kept(bytesOf("model.onnx").then((model) => open(model, false)));
  return run(await running, part);
}

async function bytesOf(name) {
  const answer = await fetch(new URL(`../${name}`, import.meta.url));
  if (!answer.ok) throw new Error(`The model cannot be loaded: status ${answer.status}.`);
  return new Uint8Array(await answer.arrayBuffer());
}

// The runtime's file for it needs promises in WebAssembly. An adapter that only imitates one is slower than WebAssembly.
async function hasGraphics() {
  if (!navigator.gpu || !WebAssembly.Suspending) return false;
  const adapter = await navigator.gpu.requestAdapter().catch(() => null);
  return Boolean(adapter) && !adapter.info?.isFallbackAdapter;
}

// The runtime is loaded only here, because each of its two is large.
async function open(model, graphics) {
  const name = graphics ? "ort-webgpu" : "ort";
  const file = (rest) => new URL(`../runtime/${name}${rest}`, import.meta.url).href;
  const ort = await import(file(".js"));
  ort.env.wasm.wasmPaths = { mjs: file("-wasm.js"), wasm: file("-wasm.wasm") };
  // Threads share memory, which browsers allow to isolated pages alone.
  ort.env.wasm.numThreads = self.crossOriginIsolated ? Math.min(THREADS, navigator.hardwareConcurrency || 1) : 1;
  const options = { executionProviders: [graphics ? "webgpu" : "wasm"], logSeverityLevel: 3 };
  return { ort, session: await ort.InferenceSession.create(model, options), graphics };
}

// What it paints of a small picture must be what the model painted where the site was written: drivers have faults.
async function checked(made) {
  const probe = await bytesOf("probe.bin");
  const pixels = SIDE * SIDE;
  const [data, hole, expected] = [probe.slice(0, 3 * pixels), probe.slice(3 * pixels, 4 * pixels), probe.slice(4 * pixels)];
  const painted = await run(made, { width: SIDE, height: SIDE, data, hole, lines: null });
  const differs = (level, at) => hole[Math.floor(at / 3)] && Math.abs(level - painted[at]) > NEAR;
  if (expected.some(differs)) throw new Error("The graphics processor computes other pictures.");
  return made;
}

async function run({ ort, session }, { width, height, data, hole, lines }) {
  const inputs = {
    image: new ort.Tensor("uint8", data, [1, height, width, 3]),
    mask: new ort.Tensor("uint8", hole, [1, height, width, 1]),
    ring: new ort.Tensor("int64", BigInt64Array.of(BigInt(RING)), [1]),
  };
  if (session.inputNames.includes("sketch")) {
    inputs.sketch = lines ? new ort.Tensor("uint8", lines, [1, height, width, 1]) : new ort.Tensor("uint8", new Uint8Array(1), [1, 1, 1, 1]);
  }
  return (await session.run(inputs, ["predicted"])).predicted.data;
}
