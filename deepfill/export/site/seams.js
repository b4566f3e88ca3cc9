// No seam at a hole's edge: the network's colours are shifted to meet the photograph's, as deepfill/inpainting/seams.py does.

import { blur, distances, gaussian, map, resize } from "./maps.js";
import { grown } from "./regions.js";

export const RING = 6; // pixels around holes on which colours are compared
const SEAM = 24; // levels; differences far beyond are no seams
const FADE = 96; // depth in pixels at which the shift has fallen to 1 / e
const STRIP = 512; // rows that are treated at once
const BINOMIAL = [0.375, 0.25, 0.0625];

// `refined`: a map of red, green and blue; `image`: bytes of the same shape; `hole`: a byte per pixel, as `ring`, what is
// compared. Shifts `refined`.
export function shiftToEdges(refined, image, hole, fade = FADE, seam = SEAM, ring = around(hole, refined.width, refined.height)) {
  const { width, height, data } = refined;
  const measured = map(width, height, 4);
  let any = false;
  for (let at = 0; at < hole.length; at++) {
    if (!ring[at]) continue;
    any = true;
    let square = 0;
    for (let c = 0; c < 3; c++) {
      const difference = image[3 * at + c] - data[3 * at + c];
      measured.data[4 * at + c] = difference;
      square += difference * difference;
    }
    const weight = 1 / (1 + square / 3 / seam ** 2) ** 2;
    for (let c = 0; c < 3; c++) measured.data[4 * at + c] *= weight;
    measured.data[4 * at + 3] = weight;
  }
  if (!any) return;
  const spread = spreadOut(measured);
  const depth = distances(hole, width, height);
  for (let at = 0; at < hole.length; at++) {
    if (!hole[at]) continue;
    const share = Math.exp(-depth[at] / fade) / spread.data[4 * at + 3];
    for (let c = 0; c < 3; c++) data[3 * at + c] += spread.data[4 * at + c] * share;
  }
}

// A completed picture enlarged to the photograph's size, as bytes; only the hole is read.
export function enlarge(small, image, hole, width, height) {
  const fade = 2 * Math.max(height / small.height, width / small.width);
  return shiftInStrips(resize(small, width, height, "cubic"), image, hole, fade, Infinity);
}

// The same as bytes, in strips, because it takes memory; only the hole is read.
export function shiftInStrips(base, image, hole, fade, seam, ring = null) {
  const { width, height } = base;
  const overlap = Math.floor(4 * fade);
  const made = new Uint8ClampedArray(base.data);
  for (let top = 0; top < height; top += STRIP) {
    const [start, stop] = [Math.max(0, top - overlap), Math.min(height, top + STRIP)];
    const end = Math.min(height, stop + overlap);
    if (!hole.subarray(top * width, stop * width).includes(1)) continue;
    const rows = (plane, channels) => plane.subarray(channels * start * width, channels * end * width);
    const part = map(width, end - start, 3, rows(base.data, 3).slice());
    shiftToEdges(part, rows(image, 3), rows(hole, 1), fade, seam, ring ? rows(ring, 1) : undefined);
    made.set(part.data.subarray(3 * (top - start) * width, 3 * (stop - start) * width), 3 * top * width);
  }
  return made;
}

// The known pixels next to a hole.
function around(hole, width, height) {
  return grown(hole, width, height, RING).map((near, at) => (near && !hole[at] ? 1 : 0));
}

// The mean of the nearest measurements: averages over neighbourhoods that double, each weighing a quarter of the last.
function spreadOut(measured) {
  const { width, height } = measured;
  const total = map(width, height, 4);
  let level = blur(measured, gaussian(1));
  for (let weight = 1; ; weight /= 4) {
    const wide = resize(level, width, height, "linear").data;
    for (let i = 0; i < wide.length; i++) total.data[i] += weight * wide[i];
    if (Math.max(level.width, level.height) === 1) return total;
    level = blur(resize(level, Math.ceil(level.width / 2), Math.ceil(level.height / 2), "area"), BINOMIAL);
  }
}
