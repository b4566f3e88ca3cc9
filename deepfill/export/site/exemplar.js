// Thick holes completed with whole patches of the photograph, led by what the networks painted there, as
// deepfill/inpainting/exemplar.py does.

import { distances, map } from "./maps.js";
import { boxMeans, components, cropped, greyOf, grown } from "./regions.js";
import { shiftInStrips } from "./seams.js";
import { describeTexture } from "./texture.js";
import { SIDE, fill } from "./voting.js";

const PATCHED_DEPTH = 12; // holes deeper than this are too thick for the networks' own texture
const RIM = 5; // pixels beside what is known, and beside a sketch, in which the networks' picture stays
const JOINED = 12; // thick parts no farther apart are filled together
const FADE = 20; // patches meet the colours beside them, and keep their own inside
const RING = 24; // pixels around a hole from which is told how it is to be filled
const [ALIKE, VARIED] = [0.4, 1.4]; // contrast of the surroundings relative to their texture: a plain ground, a scene
const [LOOSE, TIGHT] = [0.5, 1.5]; // how much the networks lead there
const GUIDANCE = [1, 0.4, 2.5]; // of variations, relative to the first's

// Fills the thick parts of `hole` in place. `picture`: { width, height, data, hole, lines } as the networks completed it;
// `sources`: where patches may come from, or null; `side`: how far around a hole they come from; `variation`: from 1 on.
export function completeWithPatches(picture, sources, side, variation, tell) {
  const { width, height, data, hole, lines } = picture;
  const depth = distances(hole, width, height);
  const drawn = lines && grown(lines, width, height, RIM);
  const thick = thickParts(depth, width, height).map((marked, at) => (marked && depth[at] > RIM && !drawn?.[at] ? 1 : 0));
  const barred = sources ? hole.map((marked, at) => (marked || !sources[at] ? 1 : 0)) : hole;
  for (const { view, inside } of regions(thick, picture, side, sources)) {
    const size = { width: view.right - view.left, height: view.bottom - view.top };
    const [colours, mask] = [cropped(data, width, view, 3), cropped(hole, width, view)];
    const guidance = guidanceOf(colours, inside, mask, size) * GUIDANCE[(variation - 1) % GUIDANCE.length];
    const texture = describeTexture(colours, mask, size.width, size.height);
    const level = { ...size, colours, texture, hole: inside, barred: cropped(barred, width, view), guidance };
    const filled = fill(level, 1000 * (variation - 1), tell);
    if (filled) meet(data, width, view, level, filled);
    else if (sources) throw new Error(`Copy from: expected known places of at least ${SIDE} x ${SIDE} pixels, got smaller ones.`);
  }
}

// What is deeper than `PATCHED_DEPTH`, and the hole around: no thin parts.
function thickParts(depth, width, height) {
  const shallow = Uint8Array.from(depth, (each) => (each > PATCHED_DEPTH ? 0 : 1));
  if (!shallow.includes(0)) return new Uint8Array(depth.length);
  const far = distances(shallow, width, height);
  return Uint8Array.from(far, (each, at) => (depth[at] > 0 && each <= PATCHED_DEPTH + 2 ? 1 : 0));
}

// Thick parts that are filled together: the part of the picture around each, and itself there.
function* regions(thick, { width, height }, side, sources) {
  const { labels, boxes } = components(grown(thick, width, height, JOINED / 2), width, height);
  const far = sources && components(sources, width, height).boxes;
  for (const [number, box] of boxes.entries()) {
    const margin = Math.max(side >> 2, Math.min(box.right - box.left, box.bottom - box.top) >> 1);
    const wanted = [{ left: box.left - margin, top: box.top - margin, right: box.right + margin, bottom: box.bottom + margin }];
    if (far) wanted.push(...far);
    const view = { left: width, top: height, right: 0, bottom: 0 };
    for (const { left, top, right, bottom } of wanted) {
      view.left = Math.min(view.left, Math.max(0, left));
      view.top = Math.min(view.top, Math.max(0, top));
      view.right = Math.max(view.right, Math.min(width, right));
      view.bottom = Math.max(view.bottom, Math.min(height, bottom));
    }
    const own = thick.map((marked, at) => (marked && labels[at] === number + 1 ? 1 : 0));
    yield { view, inside: cropped(own, width, view) };
  }
}

// `LOOSE` to `TIGHT`, by how much the surroundings of the hole vary beyond their texture.
function guidanceOf(colours, hole, mask, { width, height }) {
  const ring = grown(hole, width, height, RING).map((marked, at) => (marked && !mask[at] ? 1 : 0));
  if (!ring.includes(1)) return TIGHT;
  const grey = greyOf(colours);
  const known = Float32Array.from(mask, (marked) => 1 - marked);
  const share = boxMeans(known, width, height, RING + 1);
  const low = boxMeans(known.map((one, at) => one * grey[at]), width, height, RING + 1);
  let [count, sum, squares, rough] = [0, 0, 0, 0];
  for (let at = 0; at < ring.length; at++) {
    if (!ring[at]) continue;
    const mean = low[at] / share[at];
    count++;
    sum += mean;
    squares += mean ** 2;
    rough += (grey[at] - mean) ** 2;
  }
  const contrast = Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
  const varied = (contrast / Math.max(Math.sqrt(rough / count), 1) - ALIKE) / (VARIED - ALIKE);
  return LOOSE + (TIGHT - LOOSE) * Math.min(1, Math.max(0, varied));
}

// Writes the hole, its colours shifted so that they meet those beside it.
function meet(data, width, view, level, { colours, voted }) {
  const ring = voted.map((marked, at) => (marked && !level.hole[at] ? 1 : 0));
  const base = map(level.width, level.height, 3, Float32Array.from(colours));
  const made = shiftInStrips(base, level.colours, level.hole, FADE, undefined, ring);
  for (let at = 0; at < level.hole.length; at++) {
    if (!level.hole[at]) continue;
    const row = Math.floor(at / level.width);
    const to = (view.top + row) * width + view.left + at - row * level.width;
    data.set(made.subarray(3 * at, 3 * at + 3), 3 * to);
  }
}
