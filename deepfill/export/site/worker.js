// Completes pictures off the page's thread: takes { id, task, parts }, sends { id } with a state, an answer or an error.

import { fill } from "./filling.js";
import { load, paint } from "./model.js";
import { readPixels, readUpright, writePixels } from "./pixels.js";
import { Plane } from "./plane.js";
import { find } from "./wand.js";

const tasks = { load, complete, upright: async (file) => writePixels(await readUpright(file)), select };

self.onmessage = async ({ data: { id, task, parts } }) => {
  try {
    self.postMessage({ id, answer: await tasks[task](parts, (state) => self.postMessage({ id, state })) });
  } catch (error) {
    self.postMessage({ id, error: error.message });
  }
};

async function complete({ image, mask, sketch, grow, expand }, tell) {
  const began = performance.now();
  tell({ state: "loading" });
  await load();
  const given = await readPixels(image);
  const hole = await holeOf(given, mask, grow, expand.some(Boolean));
  if (!mask) for (let at = 0; at < hole.length; at++) if (hole[at]) given.data[4 * at + 3] = 255;
  const lines = sketch && marks(await readPixels(sketch));
  const wide = expanded(given, { hole, lines }, expand);
  if (!wide.hole.includes(0)) throw new Error("The hole is the whole picture: some of it must remain.");
  const pixels = { ...wide, data: colours(wide.data) };
  const seconds = () => (performance.now() - began) / 1000;
  await fill(pixels, paint, (done, of) => tell({ state: "running", seconds: seconds(), done, of }));
  for (let at = 0; at < wide.hole.length; at++) if (wide.hole[at]) wide.data.set(pixels.data.subarray(3 * at, 3 * at + 3), 4 * at);
  return writePixels({ ...wide, chunks: given.chunks });
}

// Without a mask, what is transparent is the hole; or the border alone, where the picture is extended.
async function holeOf({ width, height, data }, mask, grow, extended) {
  const plane = new Plane(width, height);
  if (mask) plane.data = marks(await readPixels(mask));
  else for (let at = 0; at < plane.data.length; at++) plane.data[at] = data[4 * at + 3] < 128 ? 1 : 0;
  if (!mask && !extended && !plane.any()) throw new Error("There is no hole, and nothing is transparent.");
  if (grow) plane.grow(grow);
  return plane.data;
}

function marks({ data }) {
  const marked = new Uint8Array(data.length / 4);
  for (let at = 0; at < marked.length; at++) marked[at] = data[4 * at] > 127 ? 1 : 0;
  return marked;
}

function colours(data) {
  const made = new Uint8Array((data.length / 4) * 3);
  for (let at = 0, to = 0; at < data.length; at += 4) for (let c = 0; c < 3; c++) made[to++] = data[at + c];
  return made;
}

// With a border that is a part of the hole; `sides`: top, right, bottom, left.
function expanded({ width, height, data }, { hole, lines }, [top, right, bottom, left]) {
  if (!(top || right || bottom || left)) return { width, height, data, hole, lines };
  const size = [width + left + right, height + top + bottom];
  const moved = (plane, channels, value) => {
    const made = new Uint8Array(size[0] * size[1] * channels).fill(value);
    for (let y = 0; y < height; y++) {
      const row = plane.subarray(y * width * channels, (y + 1) * width * channels);
      made.set(row, ((y + top) * size[0] + left) * channels);
    }
    return made;
  };
  return { width: size[0], height: size[1], data: moved(data, 4, 255), hole: moved(hole, 1, 1), lines: lines && moved(lines, 1, 0) };
}

async function select({ image, inside, outside }) {
  const picture = await readPixels(image);
  const found = find(picture, marks(await readPixels(inside)), marks(await readPixels(outside)));
  const data = new Uint8Array(4 * found.length);
  for (let at = 0; at < found.length; at++) data.set(found[at] ? [255, 255, 255, 255] : [0, 0, 0, 255], 4 * at);
  return writePixels({ ...picture, data, chunks: [] });
}
