// Plans windows around the holes of a picture, as deepfill/inpainting/windows.py does.

import { distances } from "./maps.js";

const CELL = 8; // pixels of the cells in which windows are planned

// Windows { view, core }, each [[top, bottom], [left, right]]: what the network sees, and the part whose holes it completes.
export function planWindows(hole, width, height, side) {
  const plan = new Plan(hole, width, height, side);
  const windows = plan.divide().map((box) => plan.window(box));
  const large = (window) => longest(window) > side;
  return [...windows.filter((each) => !large(each)), ...windows.filter(large)];
}

export function longest({ view }) {
  return Math.max(...view.map(([start, stop]) => stop - start));
}

class Plan {
  constructor(hole, width, height, side) {
    this.size = [height, width];
    this.side = side;
    [this.rows, this.columns] = [Math.ceil(height / CELL), Math.ceil(width / CELL)];
    this.cells = sharesOf(hole, width, height, this.rows, this.columns);
    const far = distances(this.cells.map((share) => (share === 255 ? 1 : 0)), this.columns, this.rows);
    const most = Math.max(this.rows, this.columns);
    this.depth = this.cells.map((share, at) => CELL * Math.ceil(Math.min(far[at], most) + (share ? 1 : 0)));
  }

  // Boxes of cells, tight around the holes, that no cut would better.
  divide() {
    const boxes = [];
    const waiting = [[[0, this.rows], [0, this.columns]]];
    while (waiting.length) {
      const box = this.tight(waiting.pop());
      if (!box) continue;
      let halves = this.part(box);
      if (!halves && longest(this.window(box)) > this.side) halves = this.cut(box);
      if (halves) waiting.push(...halves.reverse());
      else boxes.push(box);
    }
    return boxes;
  }

  // The values of each row (axis 0) or column (axis 1) of a box, reduced to one.
  lines(values, box, axis, reduce) {
    const [[top, bottom], [left, right]] = box;
    const made = new Array(box[axis][1] - box[axis][0]).fill(0);
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const line = axis ? x - left : y - top;
        made[line] = reduce(made[line], values[y * this.columns + x]);
      }
    }
    return made;
  }

  tight(box) {
    const spans = [0, 1].map((axis) => {
      const full = this.lines(this.cells, box, axis, Math.max);
      const first = full.findIndex(Boolean);
      return first < 0 ? null : [box[axis][0] + first, box[axis][0] + full.findLastIndex(Boolean) + 1];
    });
    return spans[0] && spans;
  }

  // The box parted in its widest gap; null where two windows would be no smaller than the one.
  part(box) {
    const area = (each) => this.window(each).view.reduce((product, [start, stop]) => product * (stop - start), 1);
    for (const axis of [0, 1]) {
      const full = this.lines(this.cells, box, axis, Math.max);
      let [widest, before, last] = [0, 0, 0];
      for (let line = 1; line < full.length; line++) {
        if (!full[line]) continue;
        if (line - last - 1 > widest) [widest, before] = [line - last - 1, last];
        last = line;
      }
      if (!widest) continue;
      const parts = halves(box, axis, box[axis][0] + before + 1).map((half) => this.tight(half)).filter(Boolean);
      if (parts.reduce((sum, half) => sum + area(half), 0) < area(box)) return parts;
    }
    return null;
  }

  // Two parts, cut where holes are thin, best where there are none; null where only deep holes could be cut.
  cut(box) {
    const deepest = Math.max(...this.lines(this.depth, box, 0, Math.max));
    for (const [pixels, thin] of [[this.side - 2 * this.context(0), Math.floor(this.side / 8)], [8 * deepest, deepest]]) {
      const reach = Math.floor(pixels / CELL);
      const half = Math.floor(reach / 2);
      for (const axis of [0, 1].sort((a, b) => box[a][0] - box[a][1] - (box[b][0] - box[b][1]))) {
        const [start, stop] = box[axis];
        if (stop - start <= reach) continue;
        const depth = this.lines(this.depth, box, axis, Math.max);
        // Neither part may be a sliver, such as the shallow rim of a deep hole.
        let lines = Array.from({ length: stop - start - 2 * half + 1 }, (_, i) => start + half + i);
        lines = lines.filter((line) => depth[line - start] <= thin);
        if (!lines.length) continue;
        const latest = Math.max(start + reach, lines[0] + half);
        const taken = this.lines(this.cells, box, axis, (sum, share) => sum + share);
        const even = start + (stop - start) / Math.ceil((stop - start) / reach);
        lines = lines.filter((line) => line <= latest);
        lines.sort((a, b) => taken[a - start] - taken[b - start] || Math.abs(a - even) - Math.abs(b - even));
        return halves(box, axis, lines[0]);
      }
    }
    return null;
  }

  context(depth) {
    return Math.max(Math.floor(this.side / 8), Math.floor(depth));
  }

  // The window of a box of cells: context all around, moved inwards at the picture's borders.
  window(box) {
    const context = this.context(Math.max(...this.lines(this.depth, box, 0, Math.max)));
    const spans = box.map(([from, to], axis) => {
      const length = this.size[axis];
      const [start, stop] = [from * CELL, Math.min(to * CELL, length)];
      const wanted = Math.min(length, Math.max(Math.floor(this.side / 2), stop - start + 2 * context));
      const first = Math.min(Math.max(0, Math.floor((start + stop - wanted) / 2)), length - wanted);
      return [[first, first + wanted], [start, stop]];
    });
    return { view: spans.map(([view]) => view), core: spans.map(([, core]) => core) };
  }
}

function halves(box, axis, line) {
  const [start, stop] = box[axis];
  return [[start, line], [line, stop]].map((span) => (axis ? [box[0], span] : [span, box[1]]));
}

// The share of each cell that is hole: over 0 for a single pixel, 255 for all.
function sharesOf(hole, width, height, rows, columns) {
  const shares = new Array(rows * columns).fill(0);
  for (let y = 0; y < rows * CELL; y++) {
    for (let x = 0; x < columns * CELL; x++) {
      const marked = hole[Math.min(y, height - 1) * width + Math.min(x, width - 1)];
      shares[Math.floor(y / CELL) * columns + Math.floor(x / CELL)] += marked;
    }
  }
  return shares.map((count) => Math.round((255 * count) / (CELL * CELL)));
}
