// Completes a picture in windows around its holes, as deepfill/inpainting/windows.py does.

import { map, resize } from "./maps.js";
import { cropped } from "./regions.js";
import { enlarge, shiftToEdges } from "./seams.js";
import { longest, planWindows } from "./windows.js";

export const SIDE = 512; // longest side of what the network sees

// Completes bytes of red, green and blue in place where `only` is 1; the network sees all of `hole` as holes. `lines` is a
// sketch or null. `network` gives the picture that the model paints in a part; `told` is called after each window.
export async function completeInWindows({ width, height, data, hole, lines }, network, told, only = hole) {
  const left = hole.slice(); // what is still a hole
  for (const window of planWindows(only, width, height, SIDE)) {
    const [[top, bottom], [first, last]] = window.view;
    const part = { width: last - first, height: bottom - top };
    const crop = (plane, channels) => cropped(plane, width, { left: first, top, right: last, bottom }, channels);
    Object.assign(part, { data: crop(data, 3), hole: crop(left, 1), lines: lines && crop(lines, 1) });
    const made = await (longest(window) > SIDE ? filledSmall(part, network) : filled(part, network));
    const [rows, columns] = window.core;
    for (let y = rows[0]; y < rows[1]; y++) {
      for (let x = columns[0]; x < columns[1]; x++) {
        const at = y * width + x;
        if (!only[at]) continue;
        const from = 3 * ((y - top) * part.width + x - first);
        data.set(made.subarray(from, from + 3), 3 * at);
        left[at] = 0;
      }
    }
    told();
  }
}

// The network's picture as bytes, its colours shifted to meet the photograph's at the hole's edge.
async function filled(part, network) {
  const refined = map(part.width, part.height, 3, new Float32Array(await network(part)));
  shiftToEdges(refined, part.data, part.hole);
  return new Uint8ClampedArray(refined.data);
}

// The same, completed smaller and enlarged.
async function filledSmall({ width, height, data, hole, lines }, network) {
  const scale = SIDE / Math.max(width, height);
  const size = [width, height].map((length) => Math.max(1, Math.round(length * scale)));
  const shrunk = (plane, channels) => resize(map(width, height, channels, new Float32Array(plane)), ...size, "area").data;
  const marked = (plane) => Uint8Array.from(shrunk(plane, 1), (share) => (share > 0 ? 1 : 0));
  const small = { width: size[0], height: size[1], hole: marked(hole), lines: lines && marked(lines) };
  small.data = new Uint8Array(new Uint8ClampedArray(shrunk(data, 3)));
  const made = await filled(small, network);
  const whole = Float32Array.from(small.data, (known, i) => (small.hole[Math.floor(i / 3)] ? made[i] : known));
  return enlarge(map(...size, 3, whole), data, hole, width, height);
}
