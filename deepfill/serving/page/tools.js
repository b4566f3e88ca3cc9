// The tools that mark hole, sketch and sources: brush, eraser, rectangle, lasso, and a brush each for the other two.

export class Tools {
  constructor(editor) {
    this.editor = editor;
    this.name = "brush";
    this.sizes = { brush: 40, eraser: 40, sketch: 4, sources: 40 };
    this.largest = 200;
    this.points = null; // of the stroke being drawn
    this.erasing = false;
  }

  get size() {
    return this.sizes[this.name] ?? 0;
  }

  // Sizes that suit a picture of this length.
  fitSizes(longest) {
    this.largest = Math.max(20, Math.round(longest / 3));
    const brush = Math.max(6, Math.round(longest / 25));
    this.sizes = { brush, eraser: brush, sketch: Math.max(2, Math.round(longest / 300)), sources: 2 * brush };
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
    if (this.name === "sketch") return [sketch];
    if (this.name === "sources") return [sources];
    return this.name === "eraser" ? this.editor.planes : [hole];
  }

  start(x, y, erase) {
    if (this.editor.busy) return;
    this.editor.compare(0);
    this.erasing = erase || this.name === "eraser";
    this.points = [[x, y]];
    for (const plane of this.planes) plane.begin();
    this.move(x, y);
  }

  move(x, y) {
    if (!this.points) return;
    const before = this.points.at(-1);
    this.points.push([x, y]);
    if (this.name === "rectangle" || this.name === "lasso") {
      this.editor.view.schedule();
      return;
    }
    for (const plane of this.planes) {
      plane.stroke(...before, x, y, this.radius, this.erasing ? 0 : 1);
    }
    const reach = this.radius + 1;
    this.editor.view.refreshMarks({
      left: Math.min(before[0], x) - reach,
      top: Math.min(before[1], y) - reach,
      right: Math.max(before[0], x) + reach,
      bottom: Math.max(before[1], y) + reach,
    });
  }

  end() {
    if (!this.points) return;
    const [first, last] = [this.points[0], this.points.at(-1)];
    const [hole] = this.planes;
    const value = this.erasing ? 0 : 1;
    if (this.name === "rectangle") hole.rectangle(...[...first, ...last].map(Math.round), value);
    if (this.name === "lasso") hole.polygon(this.points, value);
    this.points = null;
    this.editor.changed(this.planes);
  }

  cancel() {
    if (!this.points) return;
    for (const plane of this.planes) plane.cancel();
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
    if (this.points && this.name === "rectangle") {
      const [x0, y0] = view.toScreen(...this.points[0]);
      const [x1, y1] = view.toScreen(...this.points.at(-1));
      context.rect(x0, y0, x1 - x0, y1 - y0);
      outline();
    } else if (this.points && this.name === "lasso") {
      for (const point of this.points) context.lineTo(...view.toScreen(...point));
      context.closePath();
      outline();
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
  }
}
