// How rough a photograph is around each pixel, carried on into its holes, as deepfill/inpainting/texture.py measures it.

import { mirrored } from "./maps.js";
import { boxMeans, greyOf, grown } from "./regions.js";

const [FIRST, ENOUGH, LATER] = [17, 0.15, 0.05]; // the first neighbourhood's side, and the shares that must be known

// Two bytes per pixel, twice the mean absolute gradients across and down of what is known around it.
export function describeTexture(data, unknown, width, height) {
  const near = grown(unknown, width, height, 1);
  const good = Float32Array.from(near, (marked) => 1 - marked);
  const steps = gradients(greyOf(data), good, width, height);
  const texture = new Uint8Array(2 * good.length);
  const done = new Uint8Array(good.length);
  let left = good.length;
  for (let side = FIRST, least = ENOUGH; left && side < 8 * Math.max(width, height); side *= 2, least = LATER) {
    const share = boxMeans(good, width, height, side);
    const means = steps.map((step) => boxMeans(step, width, height, side));
    for (let at = 0; at < done.length; at++) {
      if (done[at] || share[at] <= least) continue;
      done[at] = 1;
      left--;
      for (let c = 0; c < 2; c++) texture[2 * at + c] = Math.min(255, Math.round(means[c][at] / share[at]));
    }
  }
  return texture;
}

// Half of Sobel's sums across and down, where all is known.
function gradients(grey, good, width, height) {
  const [across, down] = [new Float32Array(grey.length), new Float32Array(grey.length)];
  for (let y = 0; y < height; y++) {
    const rows = [y - 1, y, y + 1].map((row) => mirrored(row, height) * width);
    for (let x = 0, at = y * width; x < width; x++, at++) {
      if (!good[at]) continue;
      const [left, right] = [mirrored(x - 1, width), mirrored(x + 1, width)];
      const column = (place) => grey[rows[0] + place] + 2 * grey[rows[1] + place] + grey[rows[2] + place];
      const row = (start) => grey[start + left] + 2 * grey[start + x] + grey[start + right];
      across[at] = Math.abs(column(right) - column(left)) / 2;
      down[at] = Math.abs(row(rows[2]) - row(rows[0])) / 2;
    }
  }
  return [across, down];
}
