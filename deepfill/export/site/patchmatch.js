// PatchMatch: for every target the place of the photograph that looks most like it; see deepfill/inpainting/patchmatch.py.

export class Search {
  // `sources`, pixels that may be chosen, and `targets`, those that look for one: a byte per pixel.
  constructor(sources, targets, width, height, seed) {
    Object.assign(this, { sources, width, height, random: generator(seed) });
    this.places = marked(targets);
    this.number = new Int32Array(targets.length).fill(-1);
    this.places.forEach((at, target) => (this.number[at] = target));
    const candidates = marked(sources);
    this.found = this.places.map(() => candidates[Math.floor(this.random() * candidates.length)]);
    this.costs = new Float64Array(this.places.length);
    this.cost = null;
  }

  // Begins with these sources, where they are some; -1: none is known.
  start(found) {
    found.forEach((source, target) => {
      if (source >= 0 && this.sources[source]) this.found[target] = source;
    });
  }

  // What is compared from now on: cost(target, source, limit) may stop once it has reached the limit.
  describe(cost) {
    this.cost = cost;
    for (let target = 0; target < this.places.length; target++) this.costs[target] = cost(target, this.found[target], Infinity);
  }

  // Tries what the neighbours `step` pixels away found, then random places within ever smaller radii.
  sweep(step, radius) {
    for (const [down, across] of [[0, step], [0, -step], [step, 0], [-step, 0]]) this.spread(down, across);
    for (; radius >= 1; radius = Math.floor(radius / 3)) this.scatter(radius);
  }

  // Along the way that it goes, so that a good source reaches all that it suits.
  spread(down, across) {
    const { width, height, places, number, found } = this;
    const back = down > 0 || across > 0;
    for (let i = 0; i < places.length; i++) {
      const target = back ? places.length - 1 - i : i;
      const y = Math.floor(places[target] / width) + down;
      const x = (places[target] % width) + across;
      if (x < 0 || x >= width || y < 0 || y >= height) continue;
      const neighbour = number[y * width + x];
      if (neighbour < 0) continue;
      const source = found[neighbour];
      this.try(target, Math.floor(source / width) - down, (source % width) - across);
    }
  }

  scatter(radius) {
    const { width, found } = this;
    const move = () => Math.floor(this.random() * (2 * radius + 1)) - radius;
    for (let target = 0; target < found.length; target++) {
      this.try(target, Math.floor(found[target] / width) + move(), (found[target] % width) + move());
    }
  }

  try(target, y, x) {
    const { width, height, sources, found, costs } = this;
    if (x < 0 || x >= width || y < 0 || y >= height) return;
    const source = y * width + x;
    if (!sources[source] || source === found[target]) return;
    const cost = this.cost(target, source, costs[target]);
    if (cost >= costs[target]) return;
    found[target] = source;
    costs[target] = cost;
  }
}

// The places of a plane's marked pixels.
export function marked(plane) {
  let count = 0;
  for (let at = 0; at < plane.length; at++) if (plane[at]) count++;
  const places = new Int32Array(count);
  for (let at = 0, i = 0; at < plane.length; at++) if (plane[at]) places[i++] = at;
  return places;
}

// Numbers from 0 to below 1, the same for a seed everywhere: "mulberry32" of Tommy Ettinger, in the public domain.
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
