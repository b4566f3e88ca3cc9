// The model in onnxruntime-web.

import * as ort from "../runtime/ort.js";
import { RING } from "./seams.js";

const MODEL = new URL("../model.onnx", import.meta.url);
const THREADS = 8;

ort.env.wasm.wasmPaths = {
  mjs: new URL("../runtime/ort-wasm.js", import.meta.url).href,
  wasm: new URL("../runtime/ort-wasm.wasm", import.meta.url).href,
};
// Threads share memory, which browsers allow to isolated pages alone.
ort.env.wasm.numThreads = self.crossOriginIsolated ? Math.min(THREADS, navigator.hardwareConcurrency || 1) : 1;

let session = null;

// Loads the model once; after a failure, the next call tries again.
export async function load() {
  session ??= start().catch((error) => {
    session = null;
    throw error;
  });
  await session;
}

async function start() {
  const answer = await fetch(MODEL);
  if (!answer.ok) throw new Error(`The model cannot be loaded: status ${answer.status}.`);
  return ort.InferenceSession.create(new Uint8Array(await answer.arrayBuffer()), { executionProviders: ["wasm"], logSeverityLevel: 3 });
}

// What the model paints in a part's hole and next to it, as bytes of red, green and blue.
export async function paint({ width, height, data, hole, lines }) {
  const inputs = {
    image: new ort.Tensor("uint8", data, [1, height, width, 3]),
    mask: new ort.Tensor("uint8", hole, [1, height, width, 1]),
    ring: new ort.Tensor("int64", BigInt64Array.of(BigInt(RING)), [1]),
  };
  const running = await session;
  if (running.inputNames.includes("sketch")) {
    inputs.sketch = lines ? new ort.Tensor("uint8", lines, [1, height, width, 1]) : new ort.Tensor("uint8", new Uint8Array(1), [1, 1, 1, 1]);
  }
  return (await running.run(inputs, ["predicted"])).predicted.data;
}
