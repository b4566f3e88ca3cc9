// The tools that mark hole, sketch and sources: brush, eraser, rectangle, lasso, select, and a brush each for the
// other two.

import { dragged, finish, nearestSide } from "./extending.js";

// Widths on the screen, until another one is chosen: zooming in makes a brush finer.
const FIRST = { brush: 24, eraser: 24, sketch: 3, sources: 48, select: 12 };

export class Tools {
  constructor(editor) {
    this.editor = editor;
    this.name = "brush";
    this.sizes = {}; // in the picture's pixels, of tools for which one was chosen
    this.largest = 200;
    this.points = null; // of the stroke being drawn
    this.last = null; // where the last stroke ended: a straight line may go on from there
    this.erasing = this.straight = false;
  }

  // The brush's width in the picture's pixels; 0 for tools without one.
  get size() {
    const first = FIRST[this.name];
    if (!first) return 0;
    return this.sizes[this.name] ?? Math.min(this.largest, Math.max(1, Math.round(first / this.editor.view.scale)));
  }

  // Sizes that suit a picture of this length; those chosen remain for others of the same length.
  fitSizes(longest) {
    const largest = Math.max(20, Math.round(longest / 3));
    if (largest !== this.largest) this.sizes = {};
    this.largest = largest;
    this.last = null;
  }

  // The slider goes from 0 to 100; each step is the same share of the size.
  sizeOf(slider) {
    return Math.round(this.largest ** (slider / 100));
  }

  sliderOf(size) {
    return Math.round((100 * Math.log(size)) / Math.log(this.largest));
  }

  // Lines of one pixel would have gaps.
  get radius() {
    return Math.max(0.75, this.size / 2);
  }

  get planes() {
    const { hole, sketch, sources } = this.editor;
    if (this.name === "select" || this.name === "extend") return [];
    if (this.name === "sketch") return [sketch];
    if (this.name === "sources") return [sources];
    return this.name === "eraser" ? this.editor.planes : [hole];
  }

  get outlined() {
    return this.straight || ["select", "extend"].includes(this.name) || this.name === "rectangle" || this.name === "lasso";
  }

  start(x, y, erase, straight) {
    if (this.editor.busy) return;
    this.erasing = erase || this.name === "eraser";
    this.straight = straight && this.size > 0 && this.name !== "select";
    if (this.name === "extend") {
      const { project } = this.editor;
      this.side = nearestSide(project, x, y);
      this.before = project.expand;
    }
    this.points = [this.straight && this.last ? this.last : [x, y]];
    for (const plane of this.planes) plane.begin();
    this.move(x, y);
  }

  move(x, y) {
    if (!this.points) return;
    const before = this.points.at(-1);
    this.points.push([x, y]);
    if (this.name === "extend") {
      const { project } = this.editor;
      project.expand = project.expand.with(this.side, dragged(project, this.side, x, y));
    }
    if (this.outlined) this.editor.view.schedule();
    else this.stroke(before, [x, y]);
  }

  stroke(from, to) {
    for (const plane of this.planes) plane.stroke(...from, ...to, this.radius, this.erasing ? 0 : 1);
    const reach = this.radius + 1;
    this.editor.view.refreshMarks({
      left: Math.min(from[0], to[0]) - reach,
      top: Math.min(from[1], to[1]) - reach,
      right: Math.max(from[0], to[0]) + reach,
      bottom: Math.max(from[1], to[1]) + reach,
    });
  }

  end() {
    if (!this.points) return;
    const [first, last] = [this.points[0], this.points.at(-1)];
    const [hole] = this.planes;
    const value = this.erasing ? 0 : 1;
    if (this.name === "select") {
      const { points, erasing } = this;
      this.points = null;
      this.editor.selection.add(points, this.radius, erasing || this.editor.subtracting);
      return;
    }
    if (this.name === "extend") {
      this.points = null;
      finish(this.editor, this.before);
      return;
    }
    if (this.straight) this.stroke(first, last);
    else if (this.name === "rectangle") hole.rectangle(...[...first, ...last].map(Math.round), value);
    else if (this.name === "lasso") hole.polygon(this.points, value);
    this.last = last;
    this.points = null;
    this.editor.changed(this.planes);
  }

  cancel() {
    if (!this.points) return;
    for (const plane of this.planes) plane.cancel();
    if (this.name === "extend") this.editor.project.expand = this.before;
    this.points = null;
    this.editor.view.refresh();
  }

  // Draws the outline of what is being marked, or of the brush.
  draw(context, view, cursor, crosshair) {
    const outline = () => {
      for (const [colour, width] of [["#000c", 3], ["#fff", 1]]) {
        context.strokeStyle = colour;
        context.lineWidth = width;
        context.stroke();
      }
    };
    context.beginPath();
    if (this.points) {
      const places = this.points.map((point) => view.toScreen(...point));
      const [[x0, y0], [x1, y1]] = [places[0], places.at(-1)];
      if (this.straight) {
        this.drawLine(context, [places[0], places.at(-1)], view.scale);
      } else if (this.name === "select") {
        this.drawLine(context, places, view.scale);
      } else if (this.name === "rectangle") {
        context.rect(x0, y0, x1 - x0, y1 - y0);
        outline();
      } else if (this.name === "lasso") {
        for (const place of places) context.lineTo(...place);
        context.closePath();
        outline();
      }
    }
    if (!cursor) return;
    const [x, y] = view.toScreen(...cursor);
    context.beginPath();
    if (this.size) context.arc(x, y, Math.max(2, this.radius * view.scale), 0, 2 * Math.PI);
    if (crosshair || !this.size) {
      for (const [dx, dy] of [[1, 0], [0, 1]]) {
        context.moveTo(x - 9 * dx, y - 9 * dy);
        context.lineTo(x + 9 * dx, y + 9 * dy);
      }
    }
    outline();
    if (this.name === "brush" && this.editor.margin) {
      // What is completed beside what is painted.
      context.beginPath();
      context.arc(x, y, (this.radius + this.editor.margin) * view.scale, 0, 2 * Math.PI);
      context.setLineDash([2, 4]);
      context.strokeStyle = "#fffb";
      context.stroke();
      context.setLineDash([]);
    }
  }

  drawLine(context, places, scale) {
    context.lineCap = context.lineJoin = "round";
    context.strokeStyle = this.erasing ? "#fff9" : this.name === "select" ? "#1e8cffb0" : "#ff3c2899";
    context.lineWidth = Math.max(2, 2 * this.radius * scale);
    for (const place of places) context.lineTo(...place);
    context.stroke();
    context.lineCap = "butt";
  }
}
