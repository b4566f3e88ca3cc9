// The editor: what is open, what can be undone, and what happens to it.

import { controls } from "./controls.js";
import { Input } from "./input.js";
import { kindOf, openPicture, readMask } from "./picture.js";
import { Plane } from "./plane.js";
import { encodePlane } from "./png.js";
import * as server from "./server.js";
import { Tools } from "./tools.js";
import { View } from "./view.js";

const KEPT = 3; // bitmaps kept for undoing at once; others are decoded again
const SUFFIXES = { "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/tiff": "tiff", "image/bmp": "bmp" };

export class Editor {
  constructor(stage) {
    this.view = new View(stage);
    this.tools = new Tools(this);
    this.input = new Input(this.view, this.tools);
    this.view.drawTool = (context, view) => {
      if (!this.busy && !this.input.panning && !this.view.compared) {
        this.tools.draw(context, view, this.input.cursor, this.input.keyboard);
      }
    };
    this.limits = { max_bytes: Infinity, guided: false };
    this.original = this.picture = this.hole = this.sketch = this.sources = null;
    this.past = []; // changes: { planes: [[plane, runs]], pictures: [before, after] or null, fill: what was sent, or null }
    this.future = [];
    this.decoded = []; // pictures whose bitmaps are there, the latest last
    this.detail = null; // null: the server's own
    this.saved = true;
    this.busy = null; // what cancels the request under way
    this.update = () => {}; // these four are the controls'
    this.compare = () => {};
    this.say = () => {};
    this.progress = () => {};
  }

  get fills() {
    return this.past.filter((change) => change.pictures).length;
  }

  // What completed the picture last, if nothing has been changed since.
  get fill() {
    return this.past.at(-1)?.fill ?? null;
  }

  get planes() {
    return this.sketch ? [this.hole, this.sketch, this.sources] : [this.hole, this.sources];
  }

  get size() {
    return `${this.picture.width} × ${this.picture.height}`;
  }

  // Runs something that may fail or be cancelled; says so where it does.
  async attempt(name, work) {
    if (this.busy) return;
    this.busy = new AbortController();
    this.update();
    try {
      await work(this.busy.signal, (state) => this.progress(name, state));
    } catch (error) {
      if (error.name === "AbortError") this.say("Cancelled. Nothing has changed.");
      else this.say(error.message, true);
    } finally {
      this.busy = null;
      this.progress(name, null);
      this.update();
    }
  }

  open(file) {
    return this.attempt("Opening", async () => {
      if (file.size > this.limits.max_bytes) {
        throw new Error(`${file.name} is too large: this server takes ${Math.floor(this.limits.max_bytes / 2 ** 20)} MB.`);
      }
      const picture = await openPicture(file);
      if (picture.width * picture.height > this.limits.max_pixels) {
        throw new Error(`${file.name} has more pixels than this server takes: ${this.limits.max_pixels.toLocaleString("en")}.`);
      }
      this.original = { file, picture, format: await formatOf(file) };
      this.picture = picture;
      this.decoded = [];
      this.hole = new Plane(picture.width, picture.height);
      this.sketch = this.limits.guided ? new Plane(picture.width, picture.height) : null;
      this.sources = new Plane(picture.width, picture.height);
      [this.past, this.future, this.saved] = [[], [], true];
      this.tools.fitSizes(Math.max(picture.width, picture.height));
      this.show();
      this.say(`${file.name}, ${this.size} pixels. Paint over what should disappear, then choose Complete.`);
    });
  }

  show() {
    const { hole, sketch, sources } = this;
    this.view.show(this.picture, this.original.picture, { hole, sketch, sources });
    this.update();
  }

  // Keeps what has been drawn since the planes' `begin` as one change.
  changed(planes, pictures = null, fill = null) {
    const runs = planes.map((plane) => [plane, plane.end()]).filter(([, each]) => each);
    if (!runs.length && !pictures) return;
    this.past.push({ planes: runs, pictures, fill });
    this.future = [];
    this.view.refresh();
    this.update();
  }

  undo() {
    return this.step(this.past, this.future, 0, "Undone");
  }

  redo() {
    return this.step(this.future, this.past, 1, "Redone");
  }

  step(from, to, which, word) {
    if (!from.length || this.busy || this.input.escape()) return undefined;
    const change = from.at(-1);
    const take = () => {
      to.push(from.pop());
      for (const [plane, runs] of change.planes) plane.flip(runs);
      this.show();
      this.say(`${word}: ${change.pictures ? "a completed hole" : "a change of what is marked"}.`);
    };
    if (!change.pictures) return take();
    return this.attempt("Opening", async () => {
      await this.change(change.pictures[which]);
      take();
    });
  }

  // Makes a picture the present one, and lets go of bitmaps that were not shown for long.
  async change(picture) {
    if (picture.closed) Object.assign(picture, await openPicture(picture.file, true), { closed: false });
    this.picture = picture;
    this.decoded = [...this.decoded.filter((each) => each !== picture), picture];
    while (this.decoded.length > KEPT) this.release(this.decoded.shift());
  }

  release(picture) {
    if (picture === this.original.picture) return;
    picture.bitmap.close();
    picture.preview = picture.bitmap = null;
    picture.closed = true;
  }

  // Draws in the hole by a function of the plane; with the sketch too where it says so.
  edit(draw, planes = [this.hole]) {
    if (!this.picture || this.busy) return;
    for (const plane of planes) plane.begin();
    for (const plane of planes) draw(plane);
    this.changed(planes);
  }

  grow(radius) {
    this.edit((hole) => hole.grow(radius));
    this.say(`The hole was ${radius > 0 ? "grown" : "shrunk"} by ${Math.abs(radius)} pixels.`);
  }

  invert() {
    this.edit((hole) => hole.invert());
  }

  clear() {
    this.edit((plane) => plane.clear(), this.planes);
  }

  loadMask(file) {
    return this.attempt("Opening", async () => {
      const marked = await readMask(file, this.picture.width, this.picture.height);
      if (!marked.includes(1)) throw new Error(`${file.name} marks nothing: no pixel is brighter than 50 %.`);
      this.hole.begin();
      this.hole.load(marked);
      this.changed([this.hole]);
      this.say(`Loaded the hole from ${file.name}.`);
    });
  }

  async saveMask() {
    if (!this.picture) return;
    download(await encodePlane(this.hole), `${stem(this.original.file)}_mask.png`);
  }

  complete() {
    if (!this.picture || this.busy) return undefined;
    this.input.escape();
    const marked = this.hole.count();
    if (!marked && this.picture.opaque) {
      this.say("There is no hole yet: paint over what should disappear.", true);
      return undefined;
    }
    return this.attempt("Completing", async (signal, tell) => {
      const encode = (plane) => (plane?.count() ? encodePlane(plane) : null);
      const [mask, sketch, sources] = [await encode(this.hole), await encode(this.sketch), await encode(this.sources)];
      // Without loss and upright, whatever the file was; the answer is the next input.
      const format = this.picture.opaque ? "bmp" : "png";
      const fill = { parts: { image: this.picture.file, mask, sketch, sources, format }, tries: 0 };
      const seconds = await this.take(fill, this.planes, signal, tell);
      this.say(`Completed in ${seconds} s. Paint another hole, have another try at this one, or download the picture.`);
    });
  }

  // Completes the hole that was completed last in another way.
  again() {
    const fill = this.fill;
    if (!fill || this.busy) return undefined;
    this.input.escape();
    return this.attempt("Completing", async (signal, tell) => {
      const seconds = await this.take(fill, [], signal, tell);
      this.say(`Try ${fill.tries}: completed in ${seconds} s. Undo returns to the try before.`);
    });
  }

  // Sends a hole, and makes the answer the present picture and these planes empty, as one change.
  async take(fill, planes, signal, tell) {
    const began = performance.now();
    const parts = { ...fill.parts, detail: this.detail, variation: fill.tries + 1 };
    const answer = await server.complete(parts, signal, tell);
    const completed = await openPicture(new File([answer], this.original.file.name, { type: answer.type }), true);
    fill.tries += 1;
    const before = this.picture;
    for (const plane of planes) {
      plane.begin();
      plane.clear();
    }
    await this.change(before);
    await this.change(completed);
    this.saved = false;
    this.changed(planes, [before, completed], fill);
    this.show();
    return ((performance.now() - began) / 1000).toFixed(1);
  }

  download(format) {
    if (!this.fills) return undefined;
    return this.attempt("Saving", async (signal, tell) => {
      const [answer, dropped] = await server.save(this.original.file, this.picture.file, format, signal, tell);
      download(answer, `${stem(this.original.file)}_completed.${SUFFIXES[answer.type]}`);
      this.saved = true;
      // JPEG, and a format that cannot keep all, are told: all else is exact.
      const exact = answer.type === "image/jpeg" ? "" : " Outside the holes its pixels are exactly those of your file.";
      this.say(`Downloaded.${exact}${dropped ? ` Not kept: ${dropped}.` : ""}`);
    });
  }

  cancel() {
    this.busy?.abort();
  }
}

// The format in which the server writes a file like this one.
async function formatOf(file) {
  const kind = kindOf(new Uint8Array(await file.slice(0, 16).arrayBuffer()));
  return { jpg: "JPEG", webp: "WebP", tiff: "TIFF", bmp: "BMP" }[kind] ?? "PNG";
}

function stem(file) {
  return file.name.replace(/\.[^.]*$/, "") || "picture";
}

function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

const editor = new Editor(document.getElementById("stage"));
controls(editor);
window.editor = editor; // for the console, and for tests
