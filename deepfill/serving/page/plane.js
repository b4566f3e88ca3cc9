// A plane of pixels that are marked or not, one byte each, at the picture's full size: the hole, or the sketch.

const EMPTY = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };

export class Plane {
  constructor(width, height) {
    this.width = width;
    this.height = height;
    this.data = new Uint8Array(width * height);
    this.before = null; // what `begin` kept
    this.touched = { ...EMPTY }; // the box that was drawn in since `begin`
    this.packed = null; // what is marked, while the plane rests
  }

  // Keeps what is marked as runs, and no pixels, until `wake`.
  rest() {
    this.packed = this.runs();
    this.data = this.before = null;
  }

  wake() {
    if (!this.packed) return;
    this.data = new Uint8Array(this.width * this.height);
    this.flip(this.packed);
    this.packed = null;
  }

  // Between `begin` and `end` lies one change, which can be undone.
  begin() {
    this.before ??= new Uint8Array(this.data.length);
    this.before.set(this.data);
    this.touched = { ...EMPTY };
  }

  // The change as runs, [first pixel, count, ...]; null where nothing changed. Flipping them undoes it and does it again.
  end() {
    const { left, top, right, bottom } = this.touched;
    const runs = [];
    for (let y = top; y <= bottom; y++) {
      let start = -1;
      const row = y * this.width;
      for (let x = left; x <= right + 1; x++) {
        const differs = x <= right && this.data[row + x] !== this.before[row + x];
        if (differs && start < 0) start = row + x;
        if (!differs && start >= 0) {
          runs.push(start, row + x - start);
          start = -1;
        }
      }
    }
    return runs.length ? Uint32Array.from(runs) : null;
  }

  // Takes back what was drawn since `begin`.
  cancel() {
    this.data.set(this.before);
  }

  // What is marked, as `end` gives changes.
  runs() {
    if (this.packed) return this.packed;
    const runs = [];
    for (let start = this.data.indexOf(1); start >= 0; ) {
      const stop = this.data.indexOf(0, start);
      const end = stop < 0 ? this.data.length : stop;
      runs.push(start, end - start);
      start = this.data.indexOf(1, end);
    }
    return Uint32Array.from(runs);
  }

  flip(runs) {
    for (let i = 0; i < runs.length; i += 2) {
      for (let at = runs[i], stop = at + runs[i + 1]; at < stop; at++) this.data[at] ^= 1;
    }
  }

  // Everything that a round brush of this radius covers on its way from (x0, y0) to (x1, y1).
  stroke(x0, y0, x1, y1, radius, value) {
    const top = Math.max(0, Math.ceil(Math.min(y0, y1) - radius));
    const bottom = Math.min(this.height - 1, Math.floor(Math.max(y0, y1) + radius));
    const [dx, dy] = [x1 - x0, y1 - y0];
    const length = Math.hypot(dx, dy);
    for (let y = top; y <= bottom; y++) {
      let [left, right] = [Infinity, -Infinity];
      const widen = (from, to) => {
        left = Math.min(left, from);
        right = Math.max(right, to);
      };
      for (const [x, across] of [[x0, y - y0], [x1, y - y1]]) {
        const reach = Math.sqrt(radius * radius - across * across);
        if (reach >= 0) widen(x - reach, x + reach);
      }
      if (length && dy) {
        // The sides of the stroke: where this row crosses them.
        for (const side of [-radius, radius]) {
          const t = (y - y0 - (side * dx) / length) / dy;
          if (t >= 0 && t <= 1) widen(x0 + t * dx - (side * dy) / length, x0 + t * dx - (side * dy) / length);
        }
      }
      this.fillRow(y, Math.ceil(left), Math.floor(right), value);
    }
  }

  rectangle(x0, y0, x1, y1, value) {
    const [left, right] = [Math.min(x0, x1), Math.max(x0, x1)];
    for (let y = Math.max(0, Math.min(y0, y1)); y <= Math.min(this.height - 1, Math.max(y0, y1)); y++) {
      this.fillRow(y, left, right, value);
    }
  }

  // What a closed line of points [[x, y], ...] goes around, however often it crosses itself.
  polygon(points, value) {
    const ys = points.map((point) => point[1]);
    const top = Math.max(0, Math.ceil(Math.min(...ys)));
    const bottom = Math.min(this.height - 1, Math.floor(Math.max(...ys)));
    for (let y = top; y <= bottom; y++) {
      const crossings = [];
      points.forEach(([x0, y0], i) => {
        const [x1, y1] = points[(i + 1) % points.length];
        if (y0 <= y !== y1 <= y) crossings.push([x0 + ((y - y0) / (y1 - y0)) * (x1 - x0), y1 > y0 ? 1 : -1]);
      });
      crossings.sort((a, b) => a[0] - b[0]);
      let winding = 0;
      for (let i = 0; i + 1 < crossings.length; i++) {
        winding += crossings[i][1];
        if (winding) this.fillRow(y, Math.ceil(crossings[i][0]), Math.floor(crossings[i + 1][0]), value);
      }
    }
  }

  fillRow(y, left, right, value) {
    left = Math.max(0, left);
    right = Math.min(this.width - 1, right);
    if (left > right) return;
    this.data.fill(value, y * this.width + left, y * this.width + right + 1);
    this.touch(left, y, right, y);
  }

  // Grown by a disc of this radius or, where it is negative, shrunk; the picture's border neither grows nor shrinks.
  grow(radius) {
    const marked = radius > 0 ? 1 : 0;
    const reach = Math.abs(radius);
    const { width, height, data } = this;
    const source = data.slice();
    const far = reach + 1;
    const distances = new Uint16Array(width * height); // to the nearest marked pixel of the column
    for (let x = 0; x < width; x++) {
      for (let y = 0, distance = far; y < height; y++) {
        distance = source[y * width + x] === marked ? 0 : Math.min(far, distance + 1);
        distances[y * width + x] = distance;
      }
      for (let y = height - 1, distance = far; y >= 0; y--) {
        distance = source[y * width + x] === marked ? 0 : Math.min(far, distance + 1);
        if (distance < distances[y * width + x]) distances[y * width + x] = distance;
      }
    }
    const half = Array.from({ length: far }, (_, across) => Math.floor(Math.sqrt(reach * reach - across * across)));
    const change = new Int32Array(width + 1);
    for (let y = 0; y < height; y++) {
      change.fill(0);
      let any = false;
      for (let x = 0; x < width; x++) {
        const distance = distances[y * width + x];
        if (distance === far) continue;
        any = true;
        change[Math.max(0, x - half[distance])]++;
        change[Math.min(width, x + half[distance] + 1)]--;
      }
      if (!any) continue;
      for (let x = 0, over = 0; x < width; x++) {
        over += change[x];
        if (over) data[y * width + x] = marked;
      }
    }
    this.touchAll();
  }

  clear() {
    this.data.fill(0);
    this.touchAll();
  }

  invert() {
    for (let i = 0; i < this.data.length; i++) this.data[i] ^= 1;
    this.touchAll();
  }

  // Sets what another plane marks to a value.
  combine(other, value) {
    for (let i = 0; i < this.data.length; i++) if (other.data[i]) this.data[i] = value;
    this.touchAll();
  }

  load(marked) {
    this.data.set(marked);
    this.touchAll();
  }

  any() {
    return this.data.includes(1);
  }

  // The box around what is marked; null where nothing is.
  box() {
    const first = this.data.indexOf(1);
    if (first < 0) return null;
    const { width } = this;
    const top = Math.floor(first / width);
    const bottom = Math.floor(this.data.lastIndexOf(1) / width);
    let [left, right] = [width, -1];
    for (let y = top; y <= bottom; y++) {
      const row = this.data.subarray(y * width, (y + 1) * width);
      const start = row.indexOf(1);
      if (start < 0) continue;
      left = Math.min(left, start);
      right = Math.max(right, row.lastIndexOf(1));
    }
    return { left, top, right, bottom };
  }

  count() {
    let total = 0;
    for (const value of this.data) total += value;
    return total;
  }

  touchAll() {
    this.touch(0, 0, this.width - 1, this.height - 1);
  }

  touch(left, top, right, bottom) {
    const box = this.touched;
    box.left = Math.min(box.left, left);
    box.top = Math.min(box.top, top);
    box.right = Math.max(box.right, right);
    box.bottom = Math.max(box.bottom, bottom);
  }
}
