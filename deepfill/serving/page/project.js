// One open photograph: its picture at present, what is marked on it, and what can be undone.

import { kindOf, openPicture } from "./picture.js";
import { Plane } from "./plane.js";

const DECODED = 3; // bitmaps kept for undoing at once; others are decoded again
const UNDONE = 512 * 2 ** 20; // bytes of completed pictures that can be undone

export class Project {
  // `guided`: the model follows sketches.
  constructor(file, picture, format, guided) {
    this.file = file;
    this.format = format; // in which the server writes a file like this one
    this.original = this.picture = picture;
    this.guided = guided;
    this.saved = true;
    // Changes: { planes: [[plane, runs]], pictures: [before, after] or null, fill: what was sent, or null,
    // expand: [before, after] or null }.
    this.past = [];
    this.future = [];
    this.decoded = []; // pictures whose bitmaps are there, the latest last
    this.expand = [0, 0, 0, 0]; // pixels to extend the picture by: top, right, bottom, left
    this.marked = new Map(); // the planes, by the size of the picture
    this.fitPlanes();
  }

  // Planes of the picture's size: those that were there before, so that changes of them can be undone.
  fitPlanes() {
    const { width, height } = this.picture;
    const size = `${width} x ${height}`;
    if (!this.marked.has(size)) {
      const plane = () => new Plane(width, height);
      this.marked.set(size, { hole: plane(), sketch: this.guided ? plane() : null, sources: plane() });
    }
    Object.assign(this, this.marked.get(size));
  }

  static async open(file, guided) {
    const picture = await openPicture(file);
    return new Project(file, picture, await formatOf(file), guided);
  }

  get planes() {
    return this.sketch ? [this.hole, this.sketch, this.sources] : [this.hole, this.sources];
  }

  // What completed the picture last, if nothing has been changed since.
  get fill() {
    return this.past.at(-1)?.fill ?? null;
  }

  get completed() {
    return this.picture !== this.original;
  }

  // Whether there is something to complete: what is transparent is a hole, too.
  get completable() {
    return this.hole.any() || this.expand.some(Boolean) || (!this.picture.opaque && !this.completed);
  }

  // Keeps what has been drawn since the planes' `begin` as one change; whether there was any.
  changed(planes, pictures = null, fill = null, expand = null) {
    const runs = planes.map((plane) => [plane, plane.end()]).filter(([, each]) => each);
    if (!runs.length && !pictures && !expand) return false;
    this.past.push({ planes: runs, pictures, fill, expand });
    this.future = [];
    this.forget();
    return true;
  }

  // Lets go of what was long ago, so that memory stays bounded.
  forget() {
    let bytes = 0;
    for (let i = this.past.length - 1; i >= 0; i--) {
      bytes += this.past[i].pictures?.[1].file.size ?? 0;
      if (bytes > UNDONE) {
        this.past = this.past.slice(i + 1);
        return;
      }
    }
  }

  // Makes a picture the present one, and lets go of bitmaps that were not shown for long.
  async show(picture) {
    if (picture.closed) Object.assign(picture, await openPicture(picture.file, true), { closed: false, border: picture.border });
    this.picture = picture;
    this.fitPlanes();
    this.decoded = [...this.decoded.filter((each) => each !== picture), picture];
    while (this.decoded.length > DECODED) this.release(this.decoded.shift());
  }

  release(picture) {
    if (picture === this.original) return;
    picture.bitmap.close();
    picture.preview = picture.bitmap = null;
    picture.closed = true;
  }
}

async function formatOf(file) {
  const kind = kindOf(new Uint8Array(await file.slice(0, 16).arrayBuffer()));
  return { jpg: "JPEG", webp: "WebP", tiff: "TIFF", bmp: "BMP" }[kind] ?? "PNG";
}
