// Completes the hole, and shows other ways of completing it.

import { openPicture } from "./picture.js";
import { encodePlane } from "./png.js";
import * as server from "./server.js";

export const MOST = 4; // variations of a hole
const THUMB = [64, 48]; // pixels on the screen

export function complete(editor) {
  return editor.attempt("Completing", async (signal, tell) => {
    const seconds = await fill(editor, signal, tell);
    editor.say(`Completed in ${seconds} s. Paint another hole, choose another variation of this one, or download the picture.`);
  });
}

// Completes what is marked, as one change; how many seconds it took.
export async function fill(editor, signal, tell) {
  const { project } = editor;
  const encode = (plane) => (plane?.any() ? encodePlane(plane) : null);
  const [mask, sketch, sources] = await Promise.all([project.hole, project.sketch, project.sources].map(encode));
  // Without loss and upright, whatever the file was; the answer is the next input.
  const format = project.picture.opaque ? "bmp" : "png";
  const margin = mask ? editor.margin : null;
  const parts = { image: project.picture.file, mask, sketch, sources, format, detail: editor.detail, grow_mask: margin };
  const { expand } = project;
  parts.expand = expand.some(Boolean) ? expand.join() : null;
  const border = project.picture.border.map((pixels, side) => pixels + expand[side]);
  const filled = [...project.picture.filled, { hole: project.hole.runs(), margin, expand }];
  const asked = { parts, made: [], thumbs: [], box: boxOf(project), border, filled };
  const seconds = await ask(project, asked, 1, signal, tell);
  const { planes } = project;
  for (const plane of planes) {
    plane.begin();
    plane.clear();
  }
  project.expand = [0, 0, 0, 0];
  await take(editor, asked, 1, planes, [expand, project.expand]);
  return seconds;
}

// Which variation of the hole completed last is shown, from 1 on; 0: none.
export function shown(project) {
  return (project?.fill?.made.indexOf(project.picture) ?? -1) + 1;
}

export function vary(editor, number) {
  const { project } = editor;
  const { fill } = project;
  if (number === shown(project)) return undefined;
  return editor.attempt("Completing", async (signal, tell) => {
    const seconds = fill.made[number - 1] ? 0 : await ask(project, fill, number, signal, tell);
    await take(editor, fill, number, []);
    editor.say(`Variation ${number}${seconds ? `: completed in ${seconds} s` : ""}. Undo returns to the one before.`);
  });
}

// Asks the server for a variation, and keeps it; how many seconds it took.
async function ask(project, fill, number, signal, tell) {
  const began = performance.now();
  const answer = await server.complete({ ...fill.parts, variation: number }, signal, tell);
  const picture = await openPicture(new File([answer], project.file.name, { type: answer.type }), true);
  Object.assign(picture, { border: fill.border, filled: fill.filled });
  fill.made[number - 1] = picture;
  fill.thumbs[number - 1] = thumb(picture, fill.box);
  return ((performance.now() - began) / 1000).toFixed(1);
}

// Makes a variation the present picture, as one change, with what has been drawn in these planes.
async function take(editor, fill, number, planes, expand = null) {
  const { project } = editor;
  const before = project.picture;
  await project.show(before);
  await project.show(fill.made[number - 1]);
  project.saved = false;
  editor.changed(planes, [before, project.picture], fill, expand);
  editor.show();
}

// The box around the hole in the completed picture; with a border, it is all of it.
function boxOf({ hole, expand }) {
  return expand.some(Boolean) ? null : hole.box();
}

// A small copy of what was completed, with something around it.
function thumb(picture, box) {
  const [width, height] = THUMB;
  const sharp = Math.min(2, window.devicePixelRatio || 1);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width * sharp, height * sharp];
  const { left, top, right, bottom } = box ?? { left: 0, top: 0, right: picture.width, bottom: picture.height };
  const scale = 0.7 * Math.min(width / (right - left + 1), height / (bottom - top + 1));
  const [across, down] = [width / scale, height / scale];
  const corner = [(left + right - across) / 2, (top + bottom - down) / 2];
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(picture.bitmap, ...corner, across, down, 0, 0, canvas.width, canvas.height);
  return canvas;
}
