// Whether the rim of a hole cuts through an object, so that the hole had better grow.

const SIDE = 256; // longest side of the copy that is looked at
const REACH = 14; // its pixels beyond the rim that are looked at
const CONTRAST = 60; // between what is in the hole and what is around it, of red, green and blue together
const SHARE = 0.25; // of the rim that must cut

// By how many pixels the hole should grow to hold what its rim cuts through; 0 where it cuts through nothing.
export function growthNeeded({ hole, picture }) {
  const box = hole.box();
  if (!box) return 0;
  const scale = Math.min(1, SIDE / (Math.max(box.right - box.left, box.bottom - box.top) + 1 + 2 * REACH));
  const margin = REACH / scale;
  const [left, top] = [box.left - margin, box.top - margin];
  const width = Math.ceil((box.right - box.left + 1 + 2 * margin) * scale);
  const height = Math.ceil((box.bottom - box.top + 1 + 2 * margin) * scale);
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(picture.bitmap, left, top, width / scale, height / scale, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  const marked = (x, y) => {
    const [across, down] = [Math.floor(left + (x + 0.5) / scale), Math.floor(top + (y + 0.5) / scale)];
    if (across < 0 || down < 0 || across >= hole.width || down >= hole.height) return -1;
    return hole.data[down * hole.width + across];
  };
  const needed = [];
  let rim = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      if (marked(x, y) !== 1) continue;
      const out = [
        (marked(x + 1, y) === 0) - (marked(x - 1, y) === 0),
        (marked(x, y + 1) === 0) - (marked(x, y - 1) === 0),
      ];
      const length = Math.hypot(...out);
      if (!length) continue;
      rim++;
      const far = cut(data, width, height, x, y, out[0] / length, out[1] / length);
      if (far) needed.push(far);
    }
  }
  if (needed.length < SHARE * rim) return 0;
  needed.sort((a, b) => a - b);
  return Math.ceil(needed[Math.floor(0.9 * (needed.length - 1))] / scale) + 1;
}

// How far an object goes on beyond the rim at (x, y), in the direction (dx, dy): 0 where it does not, or does not end.
function cut(data, width, height, x, y, dx, dy) {
  const at = (far) => {
    const [across, down] = [Math.round(x + dx * far), Math.round(y + dy * far)];
    if (across < 0 || down < 0 || across >= width || down >= height) return null;
    const i = 4 * (down * width + across);
    return data[i + 3] ? data.subarray(i, i + 3) : null;
  };
  const [inside, beyond] = [at(-3), at(REACH)];
  if (!inside || !beyond) return 0;
  const contrast = distance(inside, beyond);
  if (contrast < CONTRAST) return 0;
  for (let far = 1; far < REACH; far++) {
    if (distance(at(far), inside) > 0.5 * contrast) return far > 2 ? far : 0;
  }
  return 0;
}

function distance(a, b) {
  return Math.abs(a[0] - b[0]) + Math.abs(a[1] - b[1]) + Math.abs(a[2] - b[2]);
}
