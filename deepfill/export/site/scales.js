// Holes completed at the scale that the networks know: thin ones as they are, the inside of thick ones smaller, as
// deepfill/inpainting/scales.py does.

import { addDetail } from "./detail.js";
import { SIDE, completeInWindows } from "./filling.js";
import { distances, map, resize } from "./maps.js";
import { components } from "./regions.js";
import { enlarge } from "./seams.js";
import { planWindows } from "./windows.js";

const PAINTED_DEPTH = 24; // pixels from the edge to the middle of the thickest holes that the networks learnt
const REPAINTED = 4 * PAINTED_DEPTH; // deeper holes are not painted at an octave at all
const SMALLEST = 64; // pixels that the shorter side of an octave must have

// Bytes of red, green and blue; `picture`: { width, height, data, hole, lines }, which stays as it is. `network` paints
// windows, `told` hears of finished ones and their number; `detail`: how much of the photograph's detail comes along.
export async function completeByScale(picture, network, detail, told) {
  const octaves = plan(picture);
  const parts = octaves.flatMap((octave) => [octave.thin, octave.painted].map((holes) => [octave, holes]));
  const total = parts.reduce((sum, [{ width, height }, holes]) => sum + planWindows(holes, width, height, SIDE).length, 0);
  let done = 0;
  told(done, total);
  const paint = ({ width, height, lines }, data, hole, only) =>
    completeInWindows({ width, height, data, hole, lines }, network, () => told(++done, total), only);

  const pictures = [];
  for (const octave of octaves) {
    const { width, height, thin, thick } = octave;
    const data = pictures.length ? bytes(resize(floats(octaves[pictures.length - 1], pictures.at(-1)), width, height, "area")) : picture.data.slice();
    await paint(octave, data, thin.map((marked, at) => marked | thick[at]), thin);
    addDetail({ ...octave, data }, octave.unknown, thin, detail, SIDE);
    pictures.push(data);
  }

  let completed = pictures.pop();
  for (let at = octaves.length - 2; at >= 0; at--) {
    const octave = octaves[at];
    const { width, height, thick, painted } = octave;
    const enlarged = enlarge(floats(octaves[at + 1], completed), pictures[at], thick, width, height);
    completed = pictures[at].map((own, i) => (thick[Math.floor(i / 3)] ? enlarged[i] : own));
    const fresh = completed.slice();
    await paint(octave, fresh, painted, painted);
    const depth = distances(painted, width, height);
    for (let place = 0; place < painted.length; place++) {
      if (!painted[place]) continue;
      const near = Math.exp(-((depth[place] / PAINTED_DEPTH) ** 2));
      for (let i = 3 * place; i < 3 * place + 3; i++) completed[i] = Math.round(near * fresh[i] + (1 - near) * completed[i]);
    }
    addDetail({ ...octave, data: completed }, octave.unknown, thick, detail, SIDE);
  }
  return completed;
}

// The octaves of a picture, the full size first; the last has no thick holes. `thin` holes are completed there, the
// inside of `thick` ones comes from the next, and what is `painted` of those is painted there too, for the rims.
function plan({ width, height, hole, lines }) {
  const octaves = [];
  for (let unknown = hole; ; ) {
    let thick = deeper(hole, width, height, PAINTED_DEPTH);
    const size = [Math.ceil(width / 2), Math.ceil(height / 2)];
    const shrunk = (plane) => shrink(plane, width, height, size);
    const smaller = shrunk(thick);
    if (Math.min(...size) < SMALLEST || !smaller.includes(0)) thick = new Uint8Array(hole.length);
    const deepest = deeper(thick, width, height, REPAINTED);
    const thin = hole.map((marked, at) => (marked && !thick[at] ? 1 : 0));
    octaves.push({ width, height, unknown, thin, thick, painted: thick.map((marked, at) => (marked && !deepest[at] ? 1 : 0)), lines });
    if (!thick.includes(1)) return octaves;
    [hole, unknown, lines] = [smaller, shrunk(unknown), lines && shrunk(lines)];
    [width, height] = size;
  }
}

// The connected holes whose middle is farther than `depth` from their edge.
function deeper(hole, width, height, depth) {
  const deep = distances(hole, width, height);
  const { labels, boxes } = components(hole, width, height);
  const chosen = new Uint8Array(boxes.length + 1);
  for (let at = 0; at < hole.length; at++) if (deep[at] > depth) chosen[labels[at]] = 1;
  return hole.map((marked, at) => (marked ? chosen[labels[at]] : 0));
}

// Which pixels of the smaller size touch a marked one.
function shrink(plane, width, height, size) {
  const { data } = resize(map(width, height, 1, Float32Array.from(plane)), ...size, "area");
  return Uint8Array.from(data, (share) => (share > 0 ? 1 : 0));
}

function floats({ width, height }, data) {
  return map(width, height, 3, Float32Array.from(data));
}

function bytes({ data }) {
  return new Uint8Array(new Uint8ClampedArray(data));
}
