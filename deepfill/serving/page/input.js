// Turns what mouse, pen, fingers and keys do on the picture into strokes. One finger paints, two move and zoom.

const STEP = 1.25; // of the zoom
const PEN = 5000; // milliseconds after a pen was seen in which one finger is taken for the palm

export class Input {
  // `tools` gets start(x, y, erase, straight), move(x, y), end() and cancel(), in the picture's pixels.
  constructor(view, tools) {
    this.view = view;
    this.tools = tools;
    this.panning = false; // the hand is chosen, or the space bar held
    this.pointers = new Map(); // those that count, with their places
    this.penDown = null; // the pen's pointer
    this.penSeen = -PEN; // when
    this.mode = null; // "tool", "pan", "pinch", "compare" or "palm"
    this.cursor = null; // where the keyboard's or the mouse's pointer is, in the picture's pixels
    this.keyboard = false; // whether the keyboard moved it
    this.down = false; // whether the keyboard paints
    this.onmode = () => {};
    this.oncompare = () => {}; // gets the share of the picture's width at which the line was put
    this.onresize = () => {}; // gets the factor by which the brush is to change
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

  enter(mode) {
    this.mode = mode;
    this.onmode(mode);
  }

  press(event) {
    if (!this.view.picture) return;
    if (event.pointerType === "pen") this.lowerPen(event);
    else if (event.pointerType === "touch" && this.penDown !== null) return; // the palm
    this.view.stage.focus({ preventScroll: true });
    this.view.stage.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, this.place(event));
    this.keyboard = false;
    if (event.pointerType === "touch" && this.pointers.size === 2) {
      if (this.mode === "tool") this.tools.cancel();
      this.enter("pinch");
    } else if (this.pointers.size === 1) {
      this.enter(this.modeFor(event));
      const place = this.place(event);
      if (this.mode === "compare") this.drawLine(place);
      if (this.mode === "tool") {
        this.tools.start(...this.view.toPicture(...place), event.button === 2 || event.altKey, event.shiftKey);
      }
    }
    event.preventDefault();
  }

  modeFor(event) {
    if (this.panning || event.button === 1) return "pan";
    if (this.view.comparing) return "compare";
    return event.pointerType === "touch" && performance.now() < this.penSeen + PEN ? "palm" : "tool";
  }

  // What fingers have begun before the pen came down was the palm.
  lowerPen(event) {
    if (this.mode === "tool") this.tools.cancel();
    this.pointers.clear();
    this.penDown = event.pointerId;
  }

  move(event) {
    const before = this.pointers.get(event.pointerId);
    if (event.pointerType === "pen") this.penSeen = performance.now();
    if (event.pointerType === "touch" && !before) return;
    const place = this.place(event);
    this.cursor = this.view.toPicture(...place);
    this.keyboard = false;
    if (this.mode === "tool" && before) {
      // Browsers hand over several movements at once; each is drawn.
      const all = event.getCoalescedEvents?.() ?? [];
      for (const each of all.length ? all : [event]) this.tools.move(...this.view.toPicture(...this.place(each)));
    } else if (this.mode === "pan" && before) {
      this.view.pan(place[0] - before[0], place[1] - before[1]);
    } else if (this.mode === "compare" && before) {
      this.drawLine(place);
    } else if (this.mode === "pinch" && before && this.pointers.size === 2) {
      this.pinch(event.pointerId, before, place);
    }
    if (before) this.pointers.set(event.pointerId, place);
    this.view.schedule();
  }

  pinch(id, before, place) {
    const other = [...this.pointers].find(([each]) => each !== id)[1];
    const distance = (a, b) => Math.max(1, Math.hypot(a[0] - b[0], a[1] - b[1]));
    this.view.pan((place[0] - before[0]) / 2, (place[1] - before[1]) / 2);
    const middle = [(place[0] + other[0]) / 2, (place[1] + other[1]) / 2];
    this.view.zoom(distance(place, other) / distance(before, other), ...middle);
  }

  drawLine([x]) {
    this.oncompare((x - this.view.x) / (this.view.scale * this.view.picture.width));
  }

  release(event, broken = false) {
    if (event.pointerId === this.penDown) {
      this.penDown = null;
      this.penSeen = performance.now();
    }
    if (!this.pointers.delete(event.pointerId)) return;
    if (this.mode === "tool") {
      if (broken) this.tools.cancel();
      else this.tools.end();
    }
    if (event.pointerType === "touch") this.cursor = null;
    if (!this.pointers.size || this.mode !== "pinch") this.enter(null);
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
    // Some systems turn the wheel sideways while Shift is held.
    if (event.shiftKey) this.onresize(Math.exp(-(event.deltaY || event.deltaX) * lines * 0.0015));
    else this.view.zoom(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.002)), ...this.place(event));
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
    if (this.down) this.tools.start(...this.cursor, false, false);
    else this.tools.end();
    this.view.schedule();
    return this.down;
  }

  // Takes back a stroke that is being drawn; whether there was one.
  escape() {
    const drawing = this.down || this.mode === "tool";
    if (drawing) this.tools.cancel();
    this.down = false;
    this.enter(null);
    return drawing;
  }
}
