// Selecting by colour: what is like a stroke, and joined to it.

const SAMPLES = 48; // colours of a stroke that are compared
const STEP = 24; // most that neighbours differ by, red, green and blue together
const NOISE = 12; // by which a pixel may be more like what is unwanted
const REACH = 60; // most that a pixel differs from the stroke

// A byte per pixel: what `inside` touches, and goes on in similar colours, without what is more like `outside`.
export function find({ width, height, data }, inside, outside) {
  const distance = (a, b) => Math.abs(data[a] - data[b]) + Math.abs(data[a + 1] - data[b + 1]) + Math.abs(data[a + 2] - data[b + 2]);
  const sampled = (plane) => {
    const places = [...plane.keys()].filter((at) => plane[at]);
    const every = Math.max(1, Math.floor(places.length / SAMPLES));
    return places.filter((_, i) => i % every === 0).map((at) => 4 * at);
  };
  const nearest = (at, samples) => samples.reduce((least, each) => Math.min(least, distance(at, each)), Infinity);
  const [wanted, unwanted] = [sampled(inside), sampled(outside)];
  const found = inside.slice();
  const waiting = [...inside.keys()].filter((at) => inside[at]);
  while (waiting.length) {
    const from = waiting.pop();
    const x = from % width;
    for (const to of [x ? from - 1 : -1, x + 1 < width ? from + 1 : -1, from - width, from + width]) {
      if (to < 0 || to >= width * height || found[to] || outside[to] || distance(4 * from, 4 * to) > STEP) continue;
      const near = nearest(4 * to, wanted);
      if (near > REACH || near > nearest(4 * to, unwanted) + NOISE) continue;
      found[to] = 1;
      waiting.push(to);
    }
  }
  for (let at = 0; at < found.length; at++) if (outside[at]) found[at] = 0;
  return found;
}
