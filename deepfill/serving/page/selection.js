// Selecting an object by a click or a rough stroke: the server finds its edges, and it is shown before it joins the hole.

import { Plane } from "./plane.js";
import * as server from "./server.js";

const SIDE = 768; // longest side of what is sent

export class Selection {
  constructor(editor) {
    this.editor = editor;
    this.drop();
  }

  drop() {
    this.strokes = []; // { points, radius, outside }
    this.region = null; // of the picture: what is sent
    this.plane = null; // what was found
    this.editor.view.proposal = null;
  }

  // Takes back what is selected and not yet in the hole; whether there was something.
  dismiss() {
    const { editor } = this;
    if (!this.plane || editor.busy) return false;
    this.drop();
    editor.view.refresh();
    editor.update();
    editor.say(`Nothing is selected. ${editor.advice()}`);
    return true;
  }

  // Adds a stroke over the object or, where `outside` is set, over what does not belong to it.
  add(points, radius, outside) {
    if (outside && !this.strokes.length) return undefined;
    const { editor } = this;
    const before = this.region;
    this.strokes.push({ points, radius, outside });
    this.region = this.surroundings(points, radius);
    return editor.attempt("Selecting", async (signal, tell) => {
      try {
        await this.find(signal, tell);
      } catch (error) {
        this.strokes.pop();
        this.region = before;
        throw error;
      }
      editor.view.proposal = this.plane;
      editor.view.refresh();
      editor.say("Selected. Stroke over more, or with the right button or Subtract over what does not belong to it.");
    });
  }

  // What is seen of the picture, and all strokes.
  surroundings(points, radius) {
    const { view, picture } = this.editor;
    const [left, top] = view.toPicture(0, 0);
    const [right, bottom] = view.toPicture(view.stage.clientWidth, view.stage.clientHeight);
    const xs = [left, right, ...points.flatMap(([x]) => [x - radius, x + radius])];
    const ys = [top, bottom, ...points.flatMap(([, y]) => [y - radius, y + radius])];
    const known = this.region;
    if (known) {
      xs.push(known.left, known.left + known.width - 1);
      ys.push(known.top, known.top + known.height - 1);
    }
    const clip = (at, length) => Math.min(length - 1, Math.max(0, Math.round(at)));
    const [x0, x1] = [clip(Math.min(...xs), picture.width), clip(Math.max(...xs), picture.width)];
    const [y0, y1] = [clip(Math.min(...ys), picture.height), clip(Math.max(...ys), picture.height)];
    return { left: x0, top: y0, width: x1 - x0 + 1, height: y1 - y0 + 1 };
  }

  async find(signal, tell) {
    const { left, top, width, height } = this.region;
    const { picture } = this.editor;
    const scale = Math.min(1, SIDE / Math.max(width, height));
    const size = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
    const image = await drawn(size, (context) => {
      context.imageSmoothingQuality = "high";
      context.drawImage(picture.bitmap, left, top, width, height, 0, 0, ...size);
    });
    const strokes = (outside) =>
      drawn(size, (context) => {
        context.fillStyle = "#000";
        context.fillRect(0, 0, ...size);
        context.fillStyle = context.strokeStyle = "#fff";
        context.lineCap = context.lineJoin = "round";
        for (const stroke of this.strokes.filter((each) => each.outside === outside)) {
          context.lineWidth = Math.max(1.5, 2 * stroke.radius * scale);
          const places = stroke.points.map(([x, y]) => [(x + 0.5 - left) * scale, (y + 0.5 - top) * scale]);
          context.beginPath();
          for (const place of places) context.lineTo(...place);
          context.stroke();
          context.beginPath(); // a click alone has no length to stroke
          context.arc(...places[0], context.lineWidth / 2, 0, 2 * Math.PI);
          context.fill();
        }
      });
    const parts = { image, inside: await strokes(false), outside: await strokes(true) };
    const found = await createImageBitmap(await server.select(parts, signal, tell));
    this.plane = planeOf(found, this.region, picture);
  }

  // Makes what was found a part of the hole, as one change, or takes it out of it.
  use(value) {
    const { plane } = this;
    if (!plane) return;
    this.drop();
    this.editor.edit((hole) => hole.combine(plane, value));
    this.editor.say(`${value ? "Added to the hole" : "Taken out of the hole"}. ${this.editor.advice()}`);
  }
}

function drawn([width, height], draw) {
  const canvas = new OffscreenCanvas(width, height);
  draw(canvas.getContext("2d"));
  return canvas.convertToBlob({ type: "image/png" });
}

// A mask of a region, scaled to its size: smoothly, so that edges are not stairs.
function planeOf(found, { left, top, width, height }, picture) {
  const plane = new Plane(picture.width, picture.height);
  const rows = Math.max(1, Math.floor(2 ** 20 / width)); // in strips, to bound memory
  const canvas = new OffscreenCanvas(width, rows);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  for (let y = 0; y < height; y += rows) {
    const count = Math.min(rows, height - y);
    context.drawImage(found, 0, 0, found.width, found.height, 0, -y, width, height);
    const { data } = context.getImageData(0, 0, width, count);
    for (let row = 0; row < count; row++) {
      const start = (top + y + row) * plane.width + left;
      for (let x = 0; x < width; x++) plane.data[start + x] = data[4 * (row * width + x)] > 127 ? 1 : 0;
    }
  }
  return plane;
}
