// Shows the picture, what is marked and the tool, at any zoom. One unit of the picture is one of its pixels.

import { paintBorder } from "./comparison.js";
import { paintMarks } from "./marks.js";

const MOST = 32; // screen pixels for one of the picture's

export class View {
  constructor(stage) {
    this.stage = stage;
    [this.back, this.marks, this.front] = stage.querySelectorAll("canvas");
    this.scale = 1; // screen pixels, as CSS counts them, for one of the picture's
    [this.x, this.y] = [0, 0]; // where the picture's corner lies
    this.picture = this.original = null;
    this.hole = this.sketch = this.sources = null;
    this.proposal = null; // what is selected, and not yet in the hole
    this.fitted = true; // a window of another size fits the picture again
    this.comparing = false;
    this.compared = 0.5; // share of the picture's width that shows the original while comparing
    this.expand = () => [0, 0, 0, 0]; // the border that the picture is to get
    this.drawTool = () => {};
    this.onzoom = () => {};
    this.stale = { picture: true, marks: null };
    new ResizeObserver(() => this.resize()).observe(stage);
  }

  // `marked`: the planes hole, sketch (or null) and sources.
  show(picture, original, marked) {
    const same = this.picture?.width === picture.width && this.picture?.height === picture.height;
    Object.assign(this, { picture, original, ...marked });
    if (same) this.refresh();
    else this.fit();
  }

  fit() {
    if (!this.picture) return;
    const { clientWidth: width, clientHeight: height } = this.stage;
    const margin = Math.min(width, height) < 500 ? 4 : 20;
    const [top, right, bottom, left] = this.expand();
    const across = this.picture.width + left + right;
    const down = this.picture.height + top + bottom;
    this.scale = Math.min((width - margin) / across, (height - margin) / down, 4);
    this.x = (width - this.scale * across) / 2 + this.scale * left;
    this.y = (height - this.scale * down) / 2 + this.scale * top;
    this.fitted = true;
    this.refresh();
  }

  zoom(factor, x = this.stage.clientWidth / 2, y = this.stage.clientHeight / 2) {
    if (!this.picture) return;
    const least = Math.min(1, 64 / Math.max(this.picture.width, this.picture.height));
    const scale = Math.min(MOST, Math.max(least, this.scale * factor));
    this.x = x - (scale / this.scale) * (x - this.x);
    this.y = y - (scale / this.scale) * (y - this.y);
    this.scale = scale;
    this.fitted = false;
    this.refresh();
  }

  pan(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.fitted = false;
    this.refresh();
  }

  // Keeps a point of the picture in sight.
  reveal(x, y) {
    const [left, top] = this.toScreen(x, y);
    const { clientWidth: width, clientHeight: height } = this.stage;
    const outside = (at, length) => (at < 20 ? 20 - at : at > length - 20 ? length - 20 - at : 0);
    if (outside(left, width) || outside(top, height)) this.pan(outside(left, width), outside(top, height));
  }

  // The middle of pixel (0, 0) is at (0, 0).
  toPicture(x, y) {
    return [(x - this.x) / this.scale - 0.5, (y - this.y) / this.scale - 0.5];
  }

  toScreen(x, y) {
    return [this.x + (x + 0.5) * this.scale, this.y + (y + 0.5) * this.scale];
  }

  // Where the middle of the stage is, as a share of the picture's width.
  get middle() {
    return (this.stage.clientWidth / 2 - this.x) / (this.scale * this.picture.width);
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.stage;
    const sharp = Math.min(2, window.devicePixelRatio || 1);
    for (const [canvas, ratio] of [[this.back, sharp], [this.marks, 1], [this.front, sharp]]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    if (this.fitted) this.fit();
    else this.refresh();
  }

  refresh() {
    this.stale = { picture: true, marks: { left: 0, top: 0, right: this.marks.width, bottom: this.marks.height } };
    this.onzoom();
    this.schedule();
  }

  // Shows a box of the picture's pixels again in which marks have changed.
  refreshMarks({ left, top, right, bottom }) {
    if (left > right) return;
    const [x0, y0] = this.toScreen(left - 1, top - 1);
    const [x1, y1] = this.toScreen(right + 1, bottom + 1);
    const box = this.stale.marks ?? { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
    this.stale.marks = {
      left: Math.min(box.left, Math.floor(x0)),
      top: Math.min(box.top, Math.floor(y0)),
      right: Math.max(box.right, Math.ceil(x1)),
      bottom: Math.max(box.bottom, Math.ceil(y1)),
    };
    this.schedule();
  }

  schedule() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.paint();
    });
  }

  paint() {
    const { picture, marks } = this.stale;
    this.stale = { picture: false, marks: null };
    if (picture) this.paintPicture();
    if (marks) paintMarks(this, marks);
    const context = this.front.getContext("2d");
    const sharp = this.front.width / this.stage.clientWidth;
    context.setTransform(sharp, 0, 0, sharp, 0, 0);
    context.clearRect(0, 0, this.stage.clientWidth, this.stage.clientHeight);
    if (this.picture) this.drawTool(context, this);
  }

  paintPicture() {
    const context = this.back.getContext("2d");
    const { width, height } = this.back;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    if (!this.picture) return;
    const border = this.comparing ? this.x + this.scale * this.picture.width * this.compared : 0;
    this.paintPart(context, this.picture, border, this.stage.clientWidth);
    if (!this.comparing) return;
    this.paintPart(context, this.original, 0, border);
    paintBorder(context, this, border);
  }

  // The part of a picture between two columns of the screen.
  paintPart(context, picture, from, to) {
    const sharp = this.back.width / this.stage.clientWidth;
    const source = this.scale * sharp * picture.width > picture.preview.width ? picture.bitmap : picture.preview;
    const ratio = source.width / picture.width;
    // Where the picture was extended, the original lies inside of it.
    const [x0, y0] = [3, 0].map((side, i) => [this.x, this.y][i] + this.scale * (this.picture.border[side] - picture.border[side]));
    const left = Math.max(from, x0, 0);
    const right = Math.min(to, x0 + this.scale * picture.width, this.stage.clientWidth);
    const top = Math.max(y0, 0);
    const bottom = Math.min(y0 + this.scale * picture.height, this.stage.clientHeight);
    if (left >= right || top >= bottom) return;
    const back = (at, corner) => ((at - corner) / this.scale) * ratio;
    const [width, height] = [right - left, bottom - top];
    context.imageSmoothingEnabled = this.scale < 3;
    context.imageSmoothingQuality = "high";
    context.drawImage(
      source,
      back(left, x0),
      back(top, y0),
      (width / this.scale) * ratio,
      (height / this.scale) * ratio,
      left * sharp,
      top * sharp,
      width * sharp,
      height * sharp,
    );
  }
}
