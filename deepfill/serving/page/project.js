// One open photograph: its picture at present, what is marked on it, and what can be undone.

import { kindOf, openPicture } from "./picture.js";
import { Plane } from "./plane.js";

const DECODED = 3; // bitmaps kept for undoing at once; others are decoded again
export const UNDONE = 512 * 2 ** 20; // bytes of completed pictures that can be undone

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

  // As the browser's store has kept it; what could be undone is not kept.
  static async restore({ file, completed, marks }, guided) {
    const project = await Project.open(file, guided);
    if (completed) {
      const { border, filled } = completed;
      await project.show(Object.assign(await openPicture(completed.file, true), { border, filled }));
    }
    project.expand = marks.expand;
    project.planes.forEach((plane, i) => plane.flip(marks.marked[i] ?? []));
    return project;
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
    await this.reopen(picture);
    this.picture = picture;
    this.fitPlanes();
    this.decoded = [...this.decoded.filter((each) => each !== picture), picture];
    while (this.decoded.length > DECODED) this.release(this.decoded.shift());
  }

  // Lets go of all pixels while another photograph is shown; what could be undone stays as files and runs.
  rest() {
    for (const picture of this.decoded) this.release(picture);
    this.decoded = [];
    this.close(this.original);
    for (const planes of this.marked.values()) for (const plane of Object.values(planes)) plane?.rest();
  }

  async wake() {
    await this.reopen(this.original);
    await this.show(this.picture);
    for (const planes of this.marked.values()) for (const plane of Object.values(planes)) plane?.wake();
  }

  // Bytes of the pictures that undoing, redoing and variations may show.
  get bytes() {
    const pictures = [...this.past, ...this.future].flatMap(({ pictures, fill }) => [...(pictures ?? []), ...(fill?.made ?? [])]);
    return [...new Set(pictures)].reduce((sum, picture) => sum + (picture?.file.size ?? 0), 0);
  }

  async reopen(picture) {
    if (!picture.closed) return;
    const { border, filled } = picture;
    Object.assign(picture, await openPicture(picture.file, true), { closed: false, border, filled });
  }

  release(picture) {
    if (picture !== this.original) this.close(picture);
  }

  close(picture) {
    picture.bitmap.close();
    picture.preview = picture.bitmap = null;
    picture.closed = true;
  }
}

async function formatOf(file) {
  const kind = kindOf(new Uint8Array(await file.slice(0, 16).arrayBuffer()));
  return { jpg: "JPEG", webp: "WebP", tiff: "TIFF", bmp: "BMP" }[kind] ?? "PNG";
}
