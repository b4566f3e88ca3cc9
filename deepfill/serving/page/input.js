// Turns what mouse, pen, fingers and keys do on the picture into strokes. One finger paints, two move and zoom.

const STEP = 1.25; // of the zoom

export class Input {
  // `tools` gets start(x, y, erase), move(x, y), end() and cancel(), in the picture's pixels.
  constructor(view, tools) {
    this.view = view;
    this.tools = tools;
    this.panning = false; // the hand is chosen, or the space bar held
    this.fingers = new Map();
    this.mode = null; // "tool", "pan" or "pinch"
    this.cursor = null; // where the keyboard's or the mouse's pointer is, in the picture's pixels
    this.keyboard = false; // whether the keyboard moved it
    this.down = false; // whether the keyboard paints
    const stage = view.stage;
    stage.addEventListener("pointerdown", (event) => this.press(event));
    stage.addEventListener("pointermove", (event) => this.move(event));
    stage.addEventListener("pointerup", (event) => this.release(event));
    stage.addEventListener("pointercancel", (event) => this.release(event, true));
    stage.addEventListener("pointerleave", () => this.leave());
    stage.addEventListener("contextmenu", (event) => event.preventDefault());
    stage.addEventListener("wheel", (event) => this.turn(event), { passive: false });
  }

  place(event) {
    const box = this.view.stage.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  press(event) {
    if (!this.view.picture || event.target.closest("button, input, select")) return;
    this.view.stage.focus({ preventScroll: true });
    this.view.stage.setPointerCapture(event.pointerId);
    this.fingers.set(event.pointerId, this.place(event));
    this.keyboard = false;
    if (event.pointerType === "touch" && this.fingers.size === 2) {
      if (this.mode === "tool") this.tools.cancel();
      this.mode = "pinch";
    } else if (this.fingers.size === 1) {
      this.mode = this.panning || event.button === 1 ? "pan" : "tool";
      if (this.mode === "tool") this.tools.start(...this.view.toPicture(...this.place(event)), event.button === 2 || event.altKey);
    }
    event.preventDefault();
  }

  move(event) {
    const place = this.place(event);
    this.cursor = this.view.toPicture(...place);
    this.keyboard = false;
    const before = this.fingers.get(event.pointerId);
    if (this.mode === "tool" && before) {
      // Browsers hand over several movements at once; each is drawn.
      const all = event.getCoalescedEvents?.() ?? [];
      for (const each of all.length ? all : [event]) this.tools.move(...this.view.toPicture(...this.place(each)));
    } else if (this.mode === "pan" && before) {
      this.view.pan(place[0] - before[0], place[1] - before[1]);
    } else if (this.mode === "pinch" && before && this.fingers.size === 2) {
      const other = [...this.fingers].find(([id]) => id !== event.pointerId)[1];
      const distance = (a, b) => Math.max(1, Math.hypot(a[0] - b[0], a[1] - b[1]));
      this.view.pan((place[0] - before[0]) / 2, (place[1] - before[1]) / 2);
      const middle = [(place[0] + other[0]) / 2, (place[1] + other[1]) / 2];
      this.view.zoom(distance(place, other) / distance(before, other), ...middle);
    }
    if (before) this.fingers.set(event.pointerId, place);
    this.view.schedule();
  }

  release(event, broken = false) {
    if (!this.fingers.delete(event.pointerId)) return;
    if (this.mode === "tool") {
      if (broken) this.tools.cancel();
      else this.tools.end();
    }
    if (event.pointerType === "touch") this.cursor = null;
    if (!this.fingers.size || this.mode !== "pinch") this.mode = null;
    this.view.schedule();
  }

  leave() {
    if (!this.mode && !this.keyboard) this.cursor = null;
    this.view.schedule();
  }

  turn(event) {
    if (!this.view.picture) return;
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 30 : 1;
    this.view.zoom(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.002)), ...this.place(event));
  }

  zoomIn() {
    this.view.zoom(STEP);
  }

  zoomOut() {
    this.view.zoom(1 / STEP);
  }

  // Moves the pointer by the keyboard, or the picture with the hand. Steps are of the screen, so that zoom makes them finer.
  arrow(dx, dy, step) {
    if (this.panning) {
      this.view.pan(-dx * step, -dy * step);
      return null;
    }
    const { width, height } = this.view.picture;
    const [x, y] = this.cursor ?? [width / 2, height / 2];
    const far = Math.max(1, step / this.view.scale);
    const inside = (at, length) => Math.min(length - 1, Math.max(0, Math.round(at)));
    this.cursor = [inside(x + dx * far, width), inside(y + dy * far, height)];
    this.keyboard = true;
    if (this.down) this.tools.move(...this.cursor);
    this.view.reveal(...this.cursor);
    this.view.schedule();
    return this.cursor;
  }

  // Puts the keyboard's pen down or takes it up; whether it is down now.
  pen() {
    this.cursor ??= [Math.round(this.view.picture.width / 2), Math.round(this.view.picture.height / 2)];
    this.keyboard = true;
    this.down = !this.down;
    if (this.down) this.tools.start(...this.cursor, false);
    else this.tools.end();
    this.view.schedule();
    return this.down;
  }

  // Takes back a stroke that is being drawn; whether there was one.
  escape() {
    const drawing = this.down || this.mode === "tool";
    if (drawing) this.tools.cancel();
    this.down = false;
    this.mode = null;
    return drawing;
  }
}
