// Maps of floats, { width, height, channels, data }: scaled, blurred, and distances in them. Sums are those of OpenCV.

const [STRAIGHT, DIAGONAL] = [0.955, 1.3693]; // the steps of OpenCV's distances
const CUBIC = -0.75;

export function map(width, height, channels, data = new Float32Array(width * height * channels)) {
  return { width, height, channels, data };
}

// `kind`: "area" to shrink, "linear" or "cubic" to enlarge.
export function resize(source, width, height, kind) {
  if (width === source.width && height === source.height) return source;
  return applied(applied(source, tapsOf(source.width, width, kind), 0), tapsOf(source.height, height, kind), 1);
}

// Blurred by a symmetric kernel, as [middle, next, ...]; borders are mirrored.
export function blur(source, kernel) {
  const along = (length) =>
    Array.from({ length }, (_, at) => {
      const taps = [];
      for (let step = 1 - kernel.length; step < kernel.length; step++) {
        taps.push([mirrored(at + step, length), kernel[Math.abs(step)]]);
      }
      return taps;
    });
  return applied(applied(source, along(source.width), 0), along(source.height), 1);
}

// `reach`: where it ends, in multiples of sigma.
export function gaussian(sigma, reach = 4) {
  const half = Array.from({ length: Math.ceil(reach * sigma) + 1 }, (_, x) => Math.exp((-x * x) / (2 * sigma * sigma)));
  const total = half.reduce((sum, value, x) => sum + (x ? 2 : 1) * value, 0);
  return half.map((value) => value / total);
}

// How far each marked pixel lies from the nearest one that is not.
export function distances(marked, width, height) {
  const far = new Float32Array(width * height);
  const visit = (x, y, step) => {
    const at = y * width + x;
    if (!marked[at]) return;
    let least = step > 0 ? Infinity : far[at];
    const look = (dx, dy, length) => {
      if (x + dx < 0 || x + dx >= width || y + dy < 0 || y + dy >= height) return;
      least = Math.min(least, far[at + dy * width + dx] + length);
    };
    look(-step, 0, STRAIGHT);
    look(0, -step, STRAIGHT);
    look(-1, -step, DIAGONAL);
    look(1, -step, DIAGONAL);
    far[at] = least;
  };
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) visit(x, y, 1);
  for (let y = height - 1; y >= 0; y--) for (let x = width - 1; x >= 0; x--) visit(x, y, -1);
  return far;
}

// A place beyond a side of `length` places, mirrored into it.
export function mirrored(at, length) {
  if (length === 1) return 0;
  const turn = 2 * (length - 1);
  const place = ((at % turn) + turn) % turn;
  return Math.min(place, turn - place);
}

// For each place of the scaled side, what it is a sum of: [[place, weight], ...].
function tapsOf(length, wanted, kind) {
  const scale = length / wanted;
  const clip = (at) => Math.min(length - 1, Math.max(0, at));
  return Array.from({ length: wanted }, (_, to) => {
    if (kind === "area") {
      const [start, end] = [to * scale, Math.min(length, (to + 1) * scale)];
      const taps = [];
      for (let at = Math.floor(start); at < end; at++) {
        const share = (Math.min(end, at + 1) - Math.max(start, at)) / (end - start);
        if (share > 1e-6) taps.push([clip(at), share]);
      }
      return taps;
    }
    const place = (to + 0.5) * scale - 0.5;
    const first = Math.floor(place);
    const part = place - first;
    const weights = kind === "linear" ? [0, 1 - part, part, 0] : [1 + part, part, 1 - part, 2 - part].map(cubic);
    return weights.map((weight, i) => [clip(first + i - 1), weight]).filter(([, weight]) => weight);
  });
}

function cubic(x) {
  if (x <= 1) return ((CUBIC + 2) * x - (CUBIC + 3)) * x * x + 1;
  return CUBIC * (((x - 5) * x + 8) * x - 4);
}

// Sums along one axis, 0 across and 1 down.
function applied({ width, height, channels, data }, taps, axis) {
  const made = axis ? map(width, taps.length, channels) : map(taps.length, height, channels);
  const out = made.data;
  // Without arrays in arrays, which take several times as long.
  const ends = Int32Array.from(taps, ((total) => (sum) => (total += sum.length))(0));
  const places = Int32Array.from(taps.flat(), ([place]) => place);
  const weights = Float32Array.from(taps.flat(), ([, weight]) => weight);
  const count = axis ? width * channels : channels; // numbers side by side that have the same weights
  for (let start = 0, line = 0; start < (axis ? 1 : height); start++, line += width * channels) {
    for (let to = 0, tap = 0, at = axis ? 0 : start * made.width * channels; to < taps.length; to++, at += count) {
      for (; tap < ends[to]; tap++) {
        const weight = weights[tap];
        for (let i = 0, from = line + places[tap] * count; i < count; i++) out[at + i] += weight * data[from + i];
      }
    }
  }
  return made;
}
