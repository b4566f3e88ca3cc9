// No seam at a hole's edge: the network's colours are shifted to meet the photograph's, as deepfill/inpainting/seams.py does.

import { blur, distances, gaussian, map, resize } from "./maps.js";

export const RING = 6; // pixels around holes on which colours are compared
const SEAM = 24; // levels; differences far beyond are no seams
const FADE = 96; // depth in pixels at which the shift has fallen to 1 / e
const STRIP = 512; // rows that are treated at once
const BINOMIAL = [0.375, 0.25, 0.0625];

// `refined`: a map of red, green and blue; `image`: bytes of the same shape; `hole`: a byte per pixel. Shifts `refined`.
export function shiftToEdges(refined, image, hole, fade = FADE, seam = SEAM) {
  const { width, height, data } = refined;
  const ring = around(hole, width, height);
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
  const base = resize(small, width, height, "cubic");
  const fade = 2 * Math.max(height / small.height, width / small.width);
  const overlap = Math.floor(4 * fade);
  const made = new Uint8ClampedArray(base.data);
  for (let top = 0; top < height; top += STRIP) {
    const [start, stop] = [Math.max(0, top - overlap), Math.min(height, top + STRIP)];
    const end = Math.min(height, stop + overlap);
    const part = map(width, end - start, 3, base.data.slice(3 * start * width, 3 * end * width));
    shiftToEdges(part, image.subarray(3 * start * width, 3 * end * width), hole.subarray(start * width, end * width), fade, Infinity);
    made.set(part.data.subarray(3 * (top - start) * width, 3 * (stop - start) * width), 3 * top * width);
  }
  return made;
}

// The known pixels next to a hole.
function around(hole, width, height) {
  const across = new Uint8Array(hole.length);
  const ring = new Uint8Array(hole.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (hole[y * width + x]) across.fill(1, y * width + Math.max(0, x - RING), y * width + Math.min(width, x + RING + 1));
    }
  }
  for (let y = 0; y < height; y++) {
    for (let from = Math.max(0, y - RING); from <= Math.min(height - 1, y + RING); from++) {
      for (let x = 0; x < width; x++) ring[y * width + x] |= across[from * width + x];
    }
  }
  for (let at = 0; at < hole.length; at++) if (hole[at]) ring[at] = 0;
  return ring;
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
