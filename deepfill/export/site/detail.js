// The photograph's own fine detail for holes that networks completed, as deepfill/inpainting/detail.py gives it.

import { blur, distances, gaussian, map, mirrored, resize } from "./maps.js";
import { Search, marked } from "./patchmatch.js";
import { cropped, grown } from "./regions.js";
import { planWindows } from "./windows.js";

const SIGMA = 2.5; // of the low-pass, in pixels: what is finer is detail
const RIM = 10; // pixels from the hole's edge within which the photograph's detail takes the place of the networks' own
const OWN = 0.4; // how much of the networks' own stays
const ALIKE = 20; // levels by which low-passed patches differ when half of the detail comes along
const PATCH = 9; // side in pixels of what is compared with the photograph
const SPACING = 3; // a patch is compared at 3 x 3 points so many pixels apart
const LARGEST = 1 << 16; // pixels of a hole that are matched at full size from the start
const SEARCHED = 1 << 20; // more pixels than this keep what half of the size found
const STEPS = [8, 4, 2, 1, 1, 1, 1, 1]; // how far away a good match is looked for at neighbours

// Changes `hole` of `picture`, { width, height, data, lines }; what is `unknown` is not the photograph itself.
export function addDetail(picture, unknown, hole, gain, side) {
  if (!gain) return;
  const { width, height, data, lines } = picture;
  const before = data.slice();
  for (const { view: [[top, bottom], [left, right]], core: [rows, columns] } of planWindows(hole, width, height, side)) {
    const view = { left, top, right, bottom };
    const part = { width: right - left, height: bottom - top, data: cropped(before, width, view, 3) };
    part.lines = lines && cropped(lines, width, view);
    const target = cropped(hole, width, view).map((one, at) => {
      const [y, x] = [top + Math.floor(at / part.width), left + (at % part.width)];
      return one && y >= rows[0] && y < rows[1] && x >= columns[0] && x < columns[1] ? 1 : 0;
    });
    const places = marked(target);
    const made = transferred(part, target, places, cropped(unknown, width, view), gain);
    places.forEach((at, i) => {
      const row = Math.floor(at / part.width);
      data.set(made.subarray(3 * i, 3 * i + 3), 3 * ((top + row) * width + left + at - row * part.width));
    });
  }
}

// The colours of the places, in their order.
function transferred({ width, height, data, lines }, target, places, unknown, gain) {
  const own = new Uint8ClampedArray(3 * places.length);
  places.forEach((at, i) => own.set(data.subarray(3 * at, 3 * at + 3), 3 * i));
  const without = (plane) => plane.map((one) => (one ? 0 : 1));
  let clear = without(grown(unknown, width, height, PATCH >> 1));
  if (!clear.includes(1)) clear = without(unknown);
  if (!clear.includes(1)) return own;
  const low = lowPassed(data, unknown, width, height);
  const found = nearest({ width, height, low }, clear, target);
  const depth = distances(unknown.map((one, at) => (one && !lines?.[at] ? 1 : 0)), width, height);
  const unlike = comparison({ width, height, low }, places);
  places.forEach((at, i) => {
    const suits = gain / (1 + (Math.sqrt(unlike(i, found[i], Infinity) / 27) / ALIKE) ** 4);
    const inside = Math.min(1, depth[at] / RIM);
    for (let c = 0; c < 3; c++) {
      const [to, from] = [3 * at + c, 3 * found[i] + c];
      const borrowed = suits * (data[from] - low[from]);
      own[3 * i + c] = data[to] + inside * (borrowed - (1 - OWN) * (data[to] - low[to]));
    }
  });
  return own;
}

// Beside a hole only known pixels count: what the networks painted is no part of the photograph's frequencies.
function lowPassed(data, unknown, width, height) {
  const all = blur(map(width, height, 3, Float32Array.from(data)), gaussian(SIGMA)).data;
  const known = map(width, height, 4);
  for (let at = 0; at < unknown.length; at++) {
    if (unknown[at]) continue;
    for (let c = 0; c < 3; c++) known.data[4 * at + c] = data[3 * at + c];
    known.data[4 * at + 3] = 1;
  }
  const alone = blur(known, gaussian(SIGMA)).data;
  const low = new Uint8ClampedArray(data.length);
  for (let at = 0; at < unknown.length; at++) {
    for (let c = 0; c < 3; c++) {
      low[3 * at + c] = unknown[at] ? all[3 * at + c] : alone[4 * at + c] / Math.max(alone[4 * at + 3], 1e-3);
    }
  }
  return low;
}

// The source whose patch looks most like that of each target.
function nearest(picture, sources, targets) {
  const { width, height } = picture;
  const places = marked(targets);
  const before = places.length > LARGEST ? fromHalf(picture, sources, targets, places) : null;
  if (before && places.length > SEARCHED) return before;
  const search = new Search(sources, targets, width, height, 0);
  if (before) search.start(before);
  search.describe(comparison(picture, places));
  for (const step of before ? STEPS.slice(-2) : STEPS) search.sweep(step, before ? 8 : Math.max(width, height));
  return search.found;
}

// How much the 3 x 3 points around a target and a source differ.
function comparison({ width, height, low }, places) {
  const across = Int32Array.from({ length: width + 2 * SPACING }, (_, x) => 3 * mirrored(x - SPACING, width));
  const down = Int32Array.from({ length: height + 2 * SPACING }, (_, y) => 3 * width * mirrored(y - SPACING, height));
  return (target, source, limit) => {
    const place = places[target];
    const [y, sourceY] = [Math.floor(place / width), Math.floor(source / width)];
    const [x, sourceX] = [place - y * width, source - sourceY * width];
    let cost = 0;
    for (let dy = 0; dy <= 2 * SPACING && cost < limit; dy += SPACING) {
      for (let dx = 0; dx <= 2 * SPACING; dx += SPACING) {
        const [to, from] = [down[y + dy] + across[x + dx], down[sourceY + dy] + across[sourceX + dx]];
        for (let c = 0; c < 3; c++) cost += (low[to + c] - low[from + c]) ** 2;
      }
    }
    return cost;
  };
}

// By what half of the size finds; null where that has no sources.
function fromHalf({ width, height, low }, sources, targets, places) {
  const size = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const reduced = (plane, all) =>
    Uint8Array.from({ length: size[0] * size[1] }, (_, at) => {
      const [y, x] = [2 * Math.floor(at / size[0]), 2 * (at % size[0])];
      const marks = [[y, x], [y, x + 1], [y + 1, x], [y + 1, x + 1]].map(([row, column]) => row < height && column < width && plane[row * width + column]);
      return (all ? marks.every(Boolean) : marks.some(Boolean)) ? 1 : 0;
    });
  const [smallSources, smallTargets] = [reduced(sources, true), reduced(targets, false)];
  if (!smallSources.includes(1)) return null;
  const shrunk = resize(map(width, height, 3, Float32Array.from(low)), ...size, "area").data;
  const small = { width: size[0], height: size[1], low: new Uint8ClampedArray(shrunk) };
  const found = nearest(small, smallSources, smallTargets);
  const number = new Int32Array(smallTargets.length);
  marked(smallTargets).forEach((at, i) => (number[at] = found[i]));
  return places.map((at) => {
    const [y, x] = [Math.floor(at / width), at % width];
    const source = number[(y >> 1) * size[0] + (x >> 1)];
    return (2 * Math.floor(source / size[0]) + (y & 1)) * width + 2 * (source % size[0]) + (x & 1);
  });
}
