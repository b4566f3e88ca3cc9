// Holes filled by patches that agree: each finds its like in the photograph, and all vote for the pixels that they cover.
// The method is that of deepfill/inpainting/voting.py; the random numbers are others.

import { blur, distances, gaussian, map, mirrored } from "./maps.js";
import { Search } from "./patchmatch.js";
import { grown } from "./regions.js";

export const HALF = 3; // pixels from the middle of a patch to its edge
export const SIDE = 2 * HALF + 1;
const [GUIDE_SIGMA, GUIDE_STEP] = [5, 4]; // the guiding picture is low-passed, and compared at 3 x 3 points so far apart
const [STRAYED, RECALLED] = [30, 8]; // levels of straying from the networks, and how much more they lead then
const FIRST_SIGMA = 1.5; // the first match is made among pictures low-passed by so much
const TEXTURE = 10; // how much a difference of texture counts beside one of colour
const NEAR = 3; // how much it counts from how far away a patch comes
const TRUST = 1 / 1.2; // a patch counts by this factor less for each pixel that it is farther inside
const SPREAD = 0.7; // how fast a patch counts less as it fits worse
const SHARP = [0.0001, 0.0169, 0.3604, 1, 0.3604, 0.0169, 0.0001]; // what a patch counts so far from its middle, at last
const [COARSEST, SMALLEST] = [6, 32]; // pixels to the middle of a hole at the smallest size, and a picture's least side
const [LARGEST_HOLE, LARGEST] = [1 << 18, 1 << 21]; // pixels of a hole and of a picture that are searched
const LEAST_SOURCES = 50; // where fewer patches are known, none is copied
const ROUNDS = [8, 5, 3, 1]; // of matching and voting, from the smallest size on; the last for all that follow
const STEPS = [8, 4, 2, 1, 1, 1]; // how far away matches are looked for at neighbours, where there are none yet
const REACH = 16; // pixels around a match of half the size

// `level`: { width, height, colours, texture, hole, barred, guidance }, planes of bytes: 3, 2, 1 and 1 a pixel; `barred`
// may not be copied. `tell` is called now and then. Returns the picture as patches would have it, and where, which is the
// hole and what is next to it: { colours, voted }; null where too few patches may be copied.
export function fill(level, seed, tell) {
  const levels = [level];
  let depth = distances(level.hole, level.width, level.height).reduce((most, each) => Math.max(most, each), 0);
  for (; depth > COARSEST && Math.min(levels[0].width, levels[0].height) >> 1 >= SMALLEST; depth /= 2) levels.unshift(half(levels[0]));
  let filling = null;
  for (const [number, each] of levels.entries()) {
    const sources = wholePatches(each);
    if (sources.reduce((sum, one) => sum + one, 0) < LEAST_SOURCES) continue;
    filling = new Filling(each, sources, filling, seed + number);
    filling.work(ROUNDS[Math.min(number, ROUNDS.length - 1)], each === level, tell);
  }
  return filling;
}

// Matching and voting at one size, beginning with what half of the size found.
class Filling {
  constructor(level, sources, before, seed) {
    const { width, height, hole } = level;
    Object.assign(this, { level, first: !before, colours: level.colours.slice(), texture: level.texture.slice() });
    this.voted = grown(hole, width, height, HALF);
    this.search = new Search(sources, this.voted, width, height, seed);
    if (before) this.search.start(this.doubled(before));
    const depth = distances(hole, width, height);
    this.trust = Float32Array.from(this.search.places, (at) => TRUST ** Math.min(255, Math.round(depth[at])));
    this.offset = Int32Array.from(this.search.places, (at) => framed(at, width)); // in a picture with a frame
  }

  doubled({ search, level }) {
    const { width } = this.level;
    return this.search.places.map((at) => {
      const [y, x] = [Math.floor(at / width), at % width];
      const target = search.number[(y >> 1) * level.width + (x >> 1)];
      if (target < 0) return -1;
      const source = search.found[target];
      const [row, column] = [2 * Math.floor(source / level.width) + (y & 1), 2 * (source % level.width) + (x & 1)];
      return row < this.level.height && column < width ? row * width + column : -1;
    });
  }

  work(rounds, sharp, tell) {
    const { level, search, first } = this;
    const [size, longer] = [level.hole.length, Math.max(level.width, level.height)];
    if (!first && (search.places.length > LARGEST_HOLE || size > LARGEST)) return this.vote(this.trust, sharp);
    this.low = lowPassed(level.colours, level, GUIDE_SIGMA);
    this.guide = withFrame(this.low, level);
    this.led = new Float64Array(search.places.length).fill((level.guidance * SIDE ** 2) / 9);
    this.describe(first ? FIRST_SIGMA : 0);
    if (first) for (const step of STEPS) search.sweep(step, longer);
    this.vote(this.weights(), false);
    for (let number = 0; number < rounds; number++) {
      tell();
      this.recall();
      this.describe(0);
      for (const step of number ? [1, 1] : [4, 1, 1]) search.sweep(step, first ? longer : REACH);
      this.vote(this.weights(), sharp && number === rounds - 1);
    }
    return undefined;
  }

  // The networks lead more strongly where the picture has strayed from theirs.
  recall() {
    const { level, search, low, led } = this;
    const now = lowPassed(this.colours, level, GUIDE_SIGMA);
    search.places.forEach((at, target) => {
      const strayed = Math.max(...[0, 1, 2].map((c) => Math.abs(now[3 * at + c] - low[3 * at + c])));
      const more = 1 + RECALLED * Math.min(1, Math.max(0, strayed / STRAYED - 1));
      led[target] = (level.guidance * SIDE ** 2 * more) / 9;
    });
  }

  describe(sigma) {
    const { level, guide, led, offset, texture } = this;
    const { width, height, texture: textures } = level;
    const row = 3 * (width + 2 * GUIDE_STEP);
    const known = withFrame(sigma ? lowPassed(level.colours, level, sigma) : level.colours, level);
    const wanted = withFrame(sigma ? lowPassed(this.colours, level, sigma) : this.colours, level);
    const { places } = this.search;
    const longer = Math.max(width, height);
    const rows = Uint8Array.from({ length: height }, (_, y) => Math.floor((255 * y) / longer));
    const columns = Uint8Array.from({ length: width }, (_, x) => Math.floor((255 * x) / longer) >> 1);
    const [step, corner] = [GUIDE_STEP * row, HALF * row + 3 * HALF];
    const square = (a) => a * a;
    this.search.describe((target, source, limit) => {
      const place = places[target];
      const [y, sourceY] = [Math.floor(place / width), Math.floor(source / width)];
      let cost = NEAR * (square(rows[y] - rows[sourceY]) + square(columns[place - y * width] - columns[source - sourceY * width]));
      const across = square(texture[2 * place] - textures[2 * source]) + square(texture[2 * place + 1] - textures[2 * source + 1]);
      cost += ((TEXTURE * SIDE ** 2) / 4) * across;
      if (cost >= limit) return cost;
      const [to, from] = [3 * offset[target], 3 * framed(source, width)];
      let sum = 0;
      for (let down = -step; down <= step; down += step) {
        for (let move = down - 3 * GUIDE_STEP; move <= down + 3 * GUIDE_STEP; move += 3 * GUIDE_STEP) {
          sum += square(guide[to + move] - guide[from + move]) + square(guide[to + move + 1] - guide[from + move + 1]);
          sum += square(guide[to + move + 2] - guide[from + move + 2]);
        }
      }
      cost += led[target] * sum;
      for (let line = 0, move = -corner; line < SIDE && cost < limit; line++, move += row) {
        let part = 0;
        for (let i = move; i < move + 3 * SIDE; i++) part += square(wanted[to + i] - known[from + i]);
        cost += part;
      }
      return cost;
    });
  }

  // Less for patches that fit worse.
  weights() {
    const { costs } = this.search;
    const typical = costs.slice().sort()[Math.floor(0.6 * (costs.length - 1))];
    return this.trust.map((trust, target) => {
      const unlike = costs[target] / (SPREAD * Math.max(typical, 1));
      return trust * (1 / (1 + unlike + unlike ** 2 / 2 + unlike ** 3 / 6) + 1e-6);
    });
  }

  // Every pixel of the hole becomes the mean of what the patches over it say; `sharp`: and those beside it.
  vote(weights, sharp) {
    const { level, voted, search } = this;
    const { width, height, colours, texture } = level;
    const { number, found, places } = search;
    for (const at of places) {
      if (!sharp && !level.hole[at]) continue;
      const [y, x] = [Math.floor(at / width), at % width];
      let [red, green, blue, across, down, total] = [0, 0, 0, 0, 0, 0];
      for (let dy = Math.max(-HALF, -y); dy <= Math.min(HALF, height - 1 - y); dy++) {
        for (let dx = Math.max(-HALF, -x); dx <= Math.min(HALF, width - 1 - x); dx++) {
          const move = dy * width + dx;
          if (!voted[at + move]) continue;
          const target = number[at + move];
          const weight = sharp ? weights[target] * SHARP[dy + HALF] * SHARP[dx + HALF] : weights[target];
          const source = found[target] - move;
          red += weight * colours[3 * source];
          green += weight * colours[3 * source + 1];
          blue += weight * colours[3 * source + 2];
          across += weight * texture[2 * source];
          down += weight * texture[2 * source + 1];
          total += weight;
        }
      }
      this.colours.set([red, green, blue].map((sum) => Math.round(sum / total)), 3 * at);
      this.texture.set([across, down].map((sum) => Math.round(sum / total)), 2 * at);
    }
  }
}

function half({ width, height, colours, texture, hole, barred, guidance }) {
  const size = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const reduced = (plane, channels, reduce) => {
    const made = new Uint8Array(size[0] * size[1] * channels);
    for (let y = 0, to = 0; y < size[1]; y++) {
      const rows = [2 * y, Math.min(height - 1, 2 * y + 1)];
      for (let x = 0; x < size[0]; x++) {
        const columns = [2 * x, Math.min(width - 1, 2 * x + 1)];
        for (let c = 0; c < channels; c++, to++) {
          const value = (row, column) => plane[(row * width + column) * channels + c];
          made[to] = reduce(value(rows[0], columns[0]), value(rows[0], columns[1]), value(rows[1], columns[0]), value(rows[1], columns[1]));
        }
      }
    }
    return made;
  };
  const mean = (a, b, c, d) => (a + b + c + d + 2) >> 2;
  const any = (a, b, c, d) => a | b | c | d;
  const made = { colours: reduced(colours, 3, mean), texture: reduced(texture, 2, mean), hole: reduced(hole, 1, any) };
  return { width: size[0], height: size[1], ...made, barred: reduced(barred, 1, any), guidance };
}

// The middles of patches of which every pixel may be copied.
function wholePatches({ width, height, barred }) {
  const near = grown(barred, width, height, HALF);
  const inside = (at, length) => at >= HALF && at < length - HALF;
  return near.map((marked, at) => (!marked && inside(at % width, width) && inside(Math.floor(at / width), height) ? 1 : 0));
}

function lowPassed(colours, { width, height }, sigma) {
  const { data } = blur(map(width, height, 3, Float32Array.from(colours)), gaussian(sigma, 3));
  return Uint8Array.from(data, (value) => Math.round(value));
}

// With `GUIDE_STEP` mirrored pixels on each side, so that nothing that is compared lies outside.
function withFrame(colours, { width, height }) {
  const size = [width + 2 * GUIDE_STEP, height + 2 * GUIDE_STEP];
  const made = new Uint8Array(3 * size[0] * size[1]);
  const columns = Array.from({ length: size[0] }, (_, x) => 3 * mirrored(x - GUIDE_STEP, width));
  for (let y = 0, to = 0; y < size[1]; y++) {
    const row = 3 * width * mirrored(y - GUIDE_STEP, height);
    for (let x = 0; x < size[0]; x++, to += 3) for (let c = 0; c < 3; c++) made[to + c] = colours[row + columns[x] + c];
  }
  return made;
}

// Where a place lies in a picture with a frame.
function framed(at, width) {
  return at + 2 * GUIDE_STEP * Math.floor(at / width) + GUIDE_STEP * (width + 2 * GUIDE_STEP + 1);
}
