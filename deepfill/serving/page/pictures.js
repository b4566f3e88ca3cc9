// All pictures that are open, of which one is shown. The others rest as files, so that memory stays bounded.

import { fill } from "./completing.js";
import { Entry } from "./entry.js";
import { Project, UNDONE } from "./project.js";
import * as server from "./server.js";
import { forEach, sentenceOf } from "./several.js";
import * as store from "./store.js";

export class Pictures {
  constructor(editor) {
    this.editor = editor;
    this.all = []; // entries, in the order of the strip
    this.current = null;
  }

  get several() {
    return this.all.length > 1;
  }

  get completed() {
    return this.all.filter((each) => each.completed);
  }

  get unsaved() {
    return this.all.some((each) => !each.saved);
  }

  // Opens files. One alone takes the place of one alone; several join what is open.
  open(files) {
    const { editor } = this;
    return editor.attempt("Opening", async (signal, tell) => {
      const replaced = files.length === 1 && !this.several ? this.current : null;
      let first = null;
      const outcome = await forEach(files, "Opening", signal, tell, async (file, tellOne) => {
        const entry = await this.load(file, signal, tellOne);
        this.all.push(entry);
        if (first) await entry.rest();
        else await this.show(entry);
        first ??= entry;
        if (entry !== this.current) entry.forget();
        editor.update();
      });
      if (replaced && first) await this.remove(replaced);
      const opened = first && files.length === 1 ? `${first.name}, ${editor.size} pixels.` : sentenceOf(outcome, files.length, "Opened");
      editor.say(`${opened} ${first ? editor.advice() : ""}`, outcome.failed.length > 0);
    });
  }

  // What the server would refuse is said before anything is painted.
  async load(file, signal, tell) {
    const { max_bytes: most, guided } = this.editor.limits;
    if (file.size > most) throw new Error(`${file.name} is too large: this server takes ${Math.floor(most / 2 ** 20)} MB.`);
    await server.check(file, signal, tell);
    const entry = new Entry(1 + Math.max(0, ...this.all.map((each) => each.number)), { name: file.name });
    entry.project = await Project.open(file, guided);
    entry.look();
    return entry;
  }

  async show(entry) {
    const before = this.current;
    if (entry === before) return;
    await entry.wake(this.editor.limits.guided);
    this.current = entry;
    entry.shown = 1 + Math.max(...this.all.map((each) => each.shown));
    this.editor.start();
    await before?.rest();
    this.forget();
  }

  // Undoing is kept for pictures that were shown lately, as far as memory allows.
  forget() {
    const resting = this.all.filter((each) => each.project && each !== this.current).sort((a, b) => b.shown - a.shown);
    let bytes = this.current.project.bytes;
    for (const entry of resting) {
      bytes += entry.project.bytes;
      if (bytes > UNDONE) entry.forget();
    }
  }

  // Shows another picture, and says which.
  choose(entry) {
    const { editor } = this;
    if (!entry || entry === this.current || editor.busy) return undefined;
    editor.input.escape();
    return editor.attempt("Opening", async () => {
      await this.show(entry);
      editor.say(`${entry.name}, ${this.all.indexOf(entry) + 1} of ${this.all.length}. ${editor.advice()}`);
    });
  }

  step(by) {
    return this.choose(this.all[this.all.indexOf(this.current) + by]);
  }

  // Completes all that have a hole, one after the other.
  completeAll() {
    const { editor } = this;
    if (editor.busy) return undefined;
    editor.input.escape();
    editor.selection.use(1);
    const entries = this.all.filter((each) => each.hole);
    if (!entries.length) return editor.say("No picture has a hole yet: paint over what should disappear.", true);
    return editor.attempt("Completing", async (signal, tell) => {
      const outcome = await forEach(entries, "Completing", signal, tell, async (entry, tellOne) => {
        await this.show(entry);
        await fill(editor, signal, tellOne);
      });
      editor.say(sentenceOf(outcome, entries.length, "Completed"), outcome.failed.length > 0);
    });
  }

  // Closes the picture that is shown, where there are others.
  close() {
    const { editor, current } = this;
    if (!this.several || editor.busy) return undefined;
    if (!current.saved && !confirm("The completed picture has not been downloaded. Close it?")) return undefined;
    editor.input.escape();
    return editor.attempt("Closing", async () => {
      const at = this.all.indexOf(current);
      await this.show(this.all[at + 1] ?? this.all[at - 1]);
      await this.remove(current);
      editor.say(`Closed ${current.name}. ${editor.advice()}`);
      if (!this.several) editor.view.stage.focus({ preventScroll: true }); // the button vanishes
    });
  }

  async remove(entry) {
    this.all = this.all.filter((each) => each !== entry);
    await entry.remove();
  }

  // Opens what was open before a reload; whether there was something.
  async restore() {
    const { editor } = this;
    await store.deleteOthers().catch(() => {});
    const kept = await store.list("about").catch(() => []);
    this.all = kept.map(([number, about]) => new Entry(number, about));
    const lately = [...this.all].sort((a, b) => b.shown - a.shown);
    while (lately.length && !this.current) await this.show(lately.shift()).catch(() => {});
    if (!this.current) this.all = [];
    if (!this.current) return false;
    for (const [number, thumb] of await store.list("thumb")) {
      const entry = this.all.find((each) => each.number === number);
      const bitmap = await createImageBitmap(thumb).catch(() => null);
      if (bitmap) entry?.draw(bitmap);
    }
    editor.update();
    const [{ name }] = this.all;
    const which = this.several ? `${this.all.length} pictures are as they were` : `${name} is as it was`;
    editor.say(`${which} before the page was reloaded. ${editor.advice()}`);
    return true;
  }

  // Keeps what is shown for a reload, once nothing changes for a moment.
  keepSoon() {
    const { editor } = this;
    editor.kept = false;
    clearTimeout(this.waiting);
    this.waiting = setTimeout(async () => {
      const { current } = this;
      await current.keep();
      editor.kept = current.kept;
    }, 500);
  }
}
