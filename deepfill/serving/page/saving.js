// What goes to the disk, and masks that come from it.

import { readMask } from "./picture.js";
import { encodePlane } from "./png.js";
import * as server from "./server.js";

const SUFFIXES = { "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/tiff": "tiff", "image/bmp": "bmp" };

export async function save(editor, format, signal, tell) {
  const { project } = editor;
  const [answer, dropped] = await server.save(project.file, project.picture, format, signal, tell);
  download(answer, `${stem(project.file)}_completed.${SUFFIXES[answer.type]}`);
  project.saved = true;
  // JPEG, and a format that cannot keep all, are told: all else is exact.
  const exact = answer.type === "image/jpeg" ? "" : " Outside the holes its pixels are exactly those of your file.";
  editor.say(`Downloaded.${exact}${dropped ? ` Not kept: ${dropped}.` : ""}`);
}

// To the clipboard, as a PNG.
export async function copy(editor, signal, tell) {
  if (!window.ClipboardItem) throw new Error("This browser copies pictures only from pages that come by HTTPS or from this machine.");
  const { project } = editor;
  const [answer] = await server.save(project.file, project.picture, "png", signal, tell);
  await navigator.clipboard.write([new ClipboardItem({ "image/png": answer })]);
  editor.say("Copied the completed picture.");
}

export async function loadMask(editor, file) {
  const { hole } = editor;
  const marked = await readMask(file, hole.width, hole.height);
  if (!marked.includes(1)) throw new Error(`${file.name} marks nothing: no pixel is brighter than 50 %.`);
  hole.begin();
  hole.load(marked);
  editor.changed([hole]);
  editor.say(`Loaded the hole from ${file.name}.`);
}

// As it was painted: the margin is for whoever completes it.
export async function saveMask(editor) {
  download(await encodePlane(editor.hole), `${stem(editor.project.file)}_mask.png`);
  if (editor.margin) editor.say(`Saved the hole as painted; deepfill inpaint adds the margin by --grow_mask=${editor.margin}.`);
}

export function stem(file) {
  return file.name.replace(/\.[^.]*$/, "") || "picture";
}

export function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}
