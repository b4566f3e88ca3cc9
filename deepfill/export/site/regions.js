// Planes with a byte per pixel: grown, parted into what is joined, and means of the squares around pixels.

// Every pixel at most `half` rows and columns from a marked one.
export function grown(plane, width, height, half) {
  return spread(spread(plane, height, width, width, 1, half), width, height, 1, width, half);
}

// Joined parts, also over corners: the number of each pixel's, 0 for none, and the boxes of the parts.
export function components(plane, width, height) {
  const labels = new Int32Array(plane.length);
  const boxes = [];
  for (let first = 0; first < plane.length; first++) {
    if (!plane[first] || labels[first]) continue;
    const box = { left: width, top: height, right: 0, bottom: 0 };
    const label = boxes.push(box);
    const waiting = [first];
    labels[first] = label;
    while (waiting.length) {
      const at = waiting.pop();
      const y = Math.floor(at / width);
      const x = at - y * width;
      box.left = Math.min(box.left, x);
      box.top = Math.min(box.top, y);
      box.right = Math.max(box.right, x + 1);
      box.bottom = Math.max(box.bottom, y + 1);
      for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++) {
        for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column++) {
          const to = row * width + column;
          if (!plane[to] || labels[to]) continue;
          labels[to] = label;
          waiting.push(to);
        }
      }
    }
  }
  return { labels, boxes };
}

// The mean of the squares of `side` pixels around each, as far as they lie in the picture.
export function boxMeans(plane, width, height, side) {
  const before = Math.floor(side / 2);
  const after = side - before - 1;
  const columns = new Float64Array(width); // sums of the rows
  const made = new Float32Array(plane.length);
  const add = (y, sign) => {
    for (let x = 0, at = y * width; x < width; x++, at++) columns[x] += sign * plane[at];
  };
  for (let y = 0; y < Math.min(height, after); y++) add(y, 1);
  for (let y = 0; y < height; y++) {
    if (y + after < height) add(y + after, 1);
    if (y - before - 1 >= 0) add(y - before - 1, -1);
    const rows = Math.min(height - 1, y + after) - Math.max(0, y - before) + 1;
    let sum = 0;
    for (let x = 0; x < Math.min(width, after); x++) sum += columns[x];
    for (let x = 0; x < width; x++) {
      if (x + after < width) sum += columns[x + after];
      if (x - before - 1 >= 0) sum -= columns[x - before - 1];
      made[y * width + x] = sum / (rows * (Math.min(width - 1, x + after) - Math.max(0, x - before) + 1));
    }
  }
  return made;
}

// OpenCV's grey of bytes of red, green and blue.
export function greyOf(data) {
  const grey = new Uint8Array(data.length / 3);
  for (let at = 0, i = 0; at < grey.length; at++, i += 3) {
    grey[at] = (4899 * data[i] + 9617 * data[i + 1] + 1868 * data[i + 2] + 8192) >> 14;
  }
  return grey;
}

// A part { left, top, right, bottom } of a plane.
export function cropped(plane, width, { left, top, right, bottom }, channels = 1) {
  const row = (right - left) * channels;
  const part = new Uint8Array((bottom - top) * row);
  for (let y = top; y < bottom; y++) {
    part.set(plane.subarray((y * width + left) * channels, (y * width + right) * channels), (y - top) * row);
  }
  return part;
}

function spread(plane, lines, length, lineStep, step, half) {
  const made = new Uint8Array(plane.length);
  for (let line = 0; line < lines; line++) {
    const start = line * lineStep;
    let done = 0; // places before it are as they will be
    for (let i = 0; i < length; i++) {
      if (!plane[start + i * step]) continue;
      const stop = Math.min(length, i + half + 1);
      for (let to = Math.max(done, i - half); to < stop; to++) made[start + to * step] = 1;
      done = stop;
    }
  }
  return made;
}
