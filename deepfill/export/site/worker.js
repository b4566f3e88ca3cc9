// Completes pictures off the page's thread: takes { id, task, parts }, sends { id } with a state, an answer or an error.

import { completeWithPatches } from "./exemplar.js";
import { SIDE } from "./filling.js";
import { keepGrey } from "./grey.js";
import { distances } from "./maps.js";
import { load, paint } from "./model.js";
import { readPixels, readUpright, writePixels } from "./pixels.js";
import { Plane } from "./plane.js";
import { cropped } from "./regions.js";
import { completeByScale } from "./scales.js";
import { find } from "./wand.js";

const [CONTEXT, DEEP] = [256, 12]; // pixels around holes that matter, and how many more for each of their depth

const tasks = { load, complete, upright: async (file) => writePixels(await readUpright(file)), select };

self.onmessage = async ({ data: { id, task, parts } }) => {
  try {
    self.postMessage({ id, answer: await tasks[task](parts, (state) => self.postMessage({ id, state })) });
  } catch (error) {
    self.postMessage({ id, error: error.message });
  }
};

let painted = null; // what the networks completed last: its variations begin there

async function complete({ again, sources, detail, variation, ...parts }, tell) {
  const began = performance.now();
  const steps = detail ? 1 : 0; // patches
  let windows = 0;
  const told = (done, of) => {
    windows = of;
    tell({ state: "running", seconds: (performance.now() - began) / 1000, done, of: of + steps });
  };
  if (!again || !painted) {
    painted = null;
    tell({ state: "loading" });
    await load();
    const wide = await pictureOf(parts);
    const part = partOf(wide, surroundings(wide));
    put(wide, part, await completeByScale(part, paint, detail, told));
    painted = { wide, view: part.view };
  }
  const made = { ...painted.wide, data: painted.wide.data.slice() };
  if (detail) {
    const from = sources && expanded(marks(await readPixels(sources)), made.inner, parts.expand, 1, 0);
    const part = partOf(made, from ? { left: 0, top: 0, right: made.width, bottom: made.height } : painted.view);
    completeWithPatches(part, from, SIDE, variation, () => told(windows, windows));
    put(made, part, part.data);
  }
  keepGrey(made.data, made.hole);
  return writePixels(made);
}

// What matters to the hole: the networks see windows of a few hundred pixels, also where they complete it scaled down.
function surroundings({ width, height, hole }) {
  const margin = CONTEXT + DEEP * distances(hole, width, height).reduce((most, each) => Math.max(most, each), 0);
  const box = { left: width, top: height, right: 0, bottom: 0 };
  for (let at = 0; at < hole.length; at++) {
    if (!hole[at]) continue;
    const [y, x] = [Math.floor(at / width), at % width];
    box.left = Math.min(box.left, x);
    box.top = Math.min(box.top, y);
    box.right = Math.max(box.right, x);
    box.bottom = y;
  }
  const near = (place) => Math.max(0, Math.floor((place - margin) / CONTEXT) * CONTEXT);
  const far = (place, length) => Math.min(length, Math.ceil(place + margin));
  return { left: near(box.left), top: near(box.top), right: far(box.right, width), bottom: far(box.bottom, height) };
}

function partOf({ width, data, hole, lines }, view) {
  const part = { view, width: view.right - view.left, height: view.bottom - view.top, data: colours(cropped(data, width, view, 4)) };
  return { ...part, hole: cropped(hole, width, view), lines: lines && cropped(lines, width, view) };
}

// Takes the hole's colours from a part.
function put({ width, data }, { view, hole, width: row }, made) {
  for (let at = 0; at < hole.length; at++) {
    if (!hole[at]) continue;
    const y = Math.floor(at / row);
    data.set(made.subarray(3 * at, 3 * at + 3), 4 * ((view.top + y) * width + view.left + at - y * row));
  }
}

// The picture with its border, its hole and its lines.
async function pictureOf({ image, mask, sketch, grow, expand }) {
  const given = await readPixels(image);
  const hole = await holeOf(given, mask, grow, expand.some(Boolean));
  if (!mask) for (let at = 0; at < hole.length; at++) if (hole[at]) given.data[4 * at + 3] = 255;
  const lines = sketch && marks(await readPixels(sketch));
  const [top, right, bottom, left] = expand;
  const wide = { width: given.width + left + right, height: given.height + top + bottom, inner: given.width, chunks: given.chunks };
  wide.data = expanded(given.data, given.width, expand, 4, 255);
  wide.hole = expanded(hole, given.width, expand, 1, 1);
  wide.lines = lines && expanded(lines, given.width, expand, 1, 0);
  if (!wide.hole.includes(0)) throw new Error("The hole is the whole picture: some of it must remain.");
  return wide;
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

// A plane with a border; `sides`: top, right, bottom, left.
function expanded(plane, width, [top, right, bottom, left], channels, value) {
  if (!(top || right || bottom || left)) return plane;
  const height = plane.length / width / channels;
  const row = (width + left + right) * channels;
  const made = new Uint8Array((height + top + bottom) * row).fill(value);
  for (let y = 0; y < height; y++) {
    made.set(plane.subarray(y * width * channels, (y + 1) * width * channels), (y + top) * row + left * channels);
  }
  return made;
}

async function select({ image, inside, outside }) {
  const picture = await readPixels(image);
  const found = find(picture, marks(await readPixels(inside)), marks(await readPixels(outside)));
  const data = new Uint8Array(4 * found.length);
  for (let at = 0; at < found.length; at++) data.set(found[at] ? [255, 255, 255, 255] : [0, 0, 0, 255], 4 * at);
  return writePixels({ ...picture, data, chunks: [] });
}
