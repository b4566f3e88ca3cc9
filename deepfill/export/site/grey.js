// Keeps holes grey in grey pictures, into which networks paint a tint, as deepfill/inpainting/blending.py does.

// Makes the hole grey where all known pixels are; four bytes per pixel.
export function keepGrey(data, hole) {
  for (let at = 0; at < hole.length; at++) {
    if (!hole[at] && (data[4 * at] !== data[4 * at + 1] || data[4 * at] !== data[4 * at + 2])) return;
  }
  for (let at = 0; at < hole.length; at++) {
    if (hole[at]) data.fill(Math.round(0.299 * data[4 * at] + 0.587 * data[4 * at + 1] + 0.114 * data[4 * at + 2]), 4 * at, 4 * at + 3);
  }
}
