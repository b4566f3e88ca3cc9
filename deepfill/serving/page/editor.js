// The editor: what is open, what can be undone, and what happens to it.

import * as comparison from "./comparison.js";
import * as completing from "./completing.js";
import { controls } from "./controls.js";
import { paintBorder } from "./extending.js";
import { growthNeeded } from "./hint.js";
import { step } from "./history.js";
import { Input } from "./input.js";
import { Pictures } from "./pictures.js";
import { copy, loadMask, save, saveAll, saveMask } from "./saving.js";
import { Selection } from "./selection.js";
import { Tools } from "./tools.js";
import { View } from "./view.js";

export class Editor {
  constructor(stage) {
    this.view = new View(stage);
    this.tools = new Tools(this);
    this.input = new Input(this.view, this.tools);
    this.view.expand = () => this.project?.expand ?? [0, 0, 0, 0];
    this.view.drawTool = (context, view) => {
      if (!view.comparing) paintBorder(context, view, this.project, this.tools.name === "extend" && !this.busy);
      if (!this.busy && !this.input.panning && !view.comparing) {
        this.tools.draw(context, view, this.input.cursor, this.input.keyboard);
      }
    };
    this.selection = new Selection(this);
    this.subtracting = false; // whether strokes of Select take away
    this.chosenMargin = null; // pixels around the hole that are completed with it; null: as the picture's size suggests
    this.limits = { max_bytes: Infinity, guided: false };
    this.pictures = new Pictures(this);
    this.detail = null; // null: the server's own
    this.busy = null; // what cancels the request under way
    this.held = false; // the key that shows the original
    this.update = () => {}; // these five are the controls'
    this.say = () => {};
    this.tell = () => {};
    this.progress = () => {};
    this.hint = () => {};
  }

  get project() {
    return this.pictures.current?.project ?? null;
  }

  get picture() {
    return this.project?.picture ?? null;
  }

  get hole() {
    return this.project?.hole ?? null;
  }

  get sketch() {
    return this.project?.sketch ?? null;
  }

  get sources() {
    return this.project?.sources ?? null;
  }

  get planes() {
    return this.project.planes;
  }

  // How many completed holes and variations can be undone.
  get fills() {
    return this.project?.past.filter((change) => change.pictures).length ?? 0;
  }

  // Rims and shadows reach a few pixels beyond what people paint.
  get margin() {
    if (this.chosenMargin !== null || !this.picture) return this.chosenMargin ?? 0;
    return Math.min(12, Math.max(2, Math.round(Math.max(this.picture.width, this.picture.height) / 500)));
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
      await work(this.busy.signal, (state, as = name) => this.progress(as, state));
    } catch (error) {
      if (error.name === "AbortError") this.say("Cancelled. Nothing has changed.");
      else this.say(error.message, true);
    } finally {
      this.busy = null;
      this.progress(name, null);
      this.update();
    }
  }

  // Begins with another picture.
  start() {
    this.selection.drop();
    this.tools.fitSizes(Math.max(this.picture.width, this.picture.height));
    this.show();
    this.look();
  }

  // Keeps what is open for a reload.
  keep() {
    this.pictures.keepSoon();
  }

  // What to do next.
  advice() {
    if (!this.project.completable) return "Paint over what should disappear.";
    return this.hole.any() || this.project.expand.some(Boolean) ? "Choose Complete." : "Choose Complete to fill what is transparent, or paint over more.";
  }

  show() {
    const { picture, original, hole, sketch, sources } = this.project;
    this.view.show(picture, original, { hole, sketch, sources });
    this.keep();
    this.update();
  }

  changed(planes, pictures = null, fill = null, expand = null) {
    if (!this.project.changed(planes, pictures, fill, expand)) return;
    this.view.refresh();
    this.update();
    this.keep();
    this.look();
    if (!pictures && this.project.past.length === 1) this.say(this.advice());
  }

  undo() {
    if (this.selection.dismiss()) return undefined;
    return step(this, "past", "future", 0, "Undone");
  }

  redo() {
    return step(this, "future", "past", 1, "Redone");
  }

  // Looks, once nothing is painted for a moment, whether the hole cuts through something.
  look() {
    this.hint(0);
    clearTimeout(this.looking);
    this.looking = setTimeout(() => {
      if (!this.busy && !this.input.mode && this.hole.any()) this.hint(growthNeeded(this.project));
    }, 400);
  }

  // Draws in the hole by a function of the plane; in other planes where it says so.
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
    if (this.picture) this.edit((plane) => plane.clear(), this.planes);
  }

  loadMask(file) {
    return this.attempt("Opening", () => loadMask(this, file));
  }

  saveMask() {
    if (this.picture) saveMask(this);
  }

  complete() {
    if (!this.picture || this.busy) return undefined;
    this.input.escape();
    this.selection.use(1);
    if (this.project.completable) return completing.complete(this);
    this.say("There is no hole yet: paint over what should disappear.", true);
    return undefined;
  }

  // Shows a variation of the hole that was completed last, and asks for it first where need be; the first is 1.
  vary(number) {
    if (!this.project?.fill || this.busy) return undefined;
    this.input.escape();
    return completing.vary(this, number);
  }

  again() {
    return this.vary((completing.shown(this.project) % completing.MOST) + 1);
  }

  download(format) {
    if (!this.project?.completed) return undefined;
    return this.attempt("Saving", (signal, tell) => save(this, format, signal, tell));
  }

  downloadAll(format) {
    if (!this.pictures.completed.length) return this.say("No picture is completed yet.", true);
    return this.attempt("Saving", (signal, tell) => saveAll(this, format, signal, tell));
  }

  copy() {
    return this.project?.completed ? this.attempt("Copying", (signal, tell) => copy(this, signal, tell)) : undefined;
  }

  cancel() {
    this.busy?.abort();
  }

  // Shows the original left of a line, or not.
  compare(on = !this.view.comparing) {
    comparison.compare(this, on);
  }

  compareAt(share) {
    comparison.compareAt(this, share);
  }

  // Shows all of the original while a key is held.
  hold(on) {
    comparison.hold(this, on);
  }
}

const editor = new Editor(document.getElementById("stage"));
controls(editor);
window.editor = editor; // for the console, and for tests
