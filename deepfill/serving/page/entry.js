// One of the pictures that are open: its project while that is in memory, and what the browser's store keeps of it.

import { Project } from "./project.js";
import * as store from "./store.js";

const THUMB = [144, 108]; // pixels

export class Entry {
  // `about`: what the strip tells of it.
  constructor(number, about) {
    this.number = number; // in the order of the strip
    this.name = about.name;
    this.hole = about.hole ?? false; // whether something is marked to be completed
    this.completed = about.completed ?? false;
    this.saved = about.saved ?? true;
    this.shown = about.shown ?? 0; // the more, the later it was shown
    this.project = null;
    this.thumb = document.createElement("canvas");
    [this.thumb.width, this.thumb.height] = THUMB;
    this.kept = false; // whether the store has what is to be kept
    this.written = new Map(); // what lies in the store by its part: large files are written once
    this.keeping = Promise.resolve();
  }

  // Takes from the project what the strip tells of it.
  look() {
    const { project } = this;
    this.hole = project.hole.any() || project.expand.some(Boolean);
    this.completed = project.completed;
    this.saved = project.saved;
    if (this.drawn === project.picture) return;
    this.drawn = project.picture;
    this.draw(project.picture.preview);
  }

  // Draws the middle of an image as the thumbnail.
  draw(image) {
    const [width, height] = THUMB;
    const scale = Math.max(width / image.width, height / image.height);
    const [across, down] = [width / scale, height / scale];
    const context = this.thumb.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.clearRect(0, 0, width, height);
    context.drawImage(image, (image.width - across) / 2, (image.height - down) / 2, across, down, 0, 0, width, height);
  }

  // Puts its project into memory, with pixels.
  async wake(guided) {
    if (this.project) return this.project.wake();
    const kept = await store.get(this.number, "file", "completed", "marks");
    const project = await Project.restore(kept, guided);
    project.saved = this.saved;
    this.project = project;
    this.drawn = project.picture;
    const sources = { file: project.file, completed: kept.completed && project.picture, thumb: project.picture };
    for (const [part, source] of Object.entries(sources)) this.written.set(part, source);
    return undefined;
  }

  // Lets go of the project's pixels, and keeps it in the store.
  async rest() {
    this.project.rest();
    await this.keep();
  }

  // Lets go of what could be undone; of all of the project where the store has it.
  forget() {
    if (!this.kept) {
      this.project.past = [];
      this.project.future = [];
      return;
    }
    this.project = this.drawn = null;
    this.written.clear();
  }

  // Keeps it for a reload. A browser without room, or without a store, goes without.
  keep() {
    this.kept = false;
    const settle = (kept) => () => (this.kept = kept);
    this.keeping = this.keeping.then(() => this.write()).then(settle(true), settle(false));
    return this.keeping;
  }

  async write() {
    const parts = this.parts();
    const values = {};
    for (const [part, [source, value]] of Object.entries(parts)) {
      if (!this.written.has(part) || this.written.get(part) !== source) values[part] = value;
    }
    if ("thumb" in values) values.thumb = await new Promise((resolve) => this.thumb.toBlob(resolve));
    await store.put(this.number, values);
    for (const part of Object.keys(values)) this.written.set(part, parts[part][0]);
  }

  // What is kept, [source, value] by the part's name: a part whose source is the same has not changed.
  parts() {
    const { name, hole, completed, saved, shown, project } = this;
    const about = { name, hole, completed, saved, shown };
    const parts = { about: [JSON.stringify(about), about] };
    if (!project) return parts;
    const { file, picture, expand, planes } = project;
    const { border, filled, opaque, width, height } = picture;
    const marks = { expand, marked: planes.map((plane) => plane.runs()) };
    const result = project.completed ? { file: picture.file, border, filled, opaque, width, height } : null;
    return { ...parts, file: [file, file], completed: [result && picture, result], marks: [marks, marks], thumb: [picture] };
  }

  // The file that was opened and the completed picture, which need not be decoded.
  async result() {
    if (this.project) return this.project;
    const { file, completed } = await store.get(this.number, "file", "completed");
    return { file, picture: completed };
  }

  async remove() {
    await this.keeping;
    await store.remove(this.number).catch(() => {});
  }
}
