// What goes to the disk, and masks that come from it.

import { readMask } from "./picture.js";
import { encodePlane } from "./png.js";
import { saveLayers } from "./layers.js";
import { forEach, sentenceOf } from "./several.js";
import * as server from "./server.js";
import { zip } from "./zip.js";

const SUFFIXES = {
  "image/jpeg": "jpg",
  "image/png": "png",
  "image/webp": "webp",
  "image/tiff": "tiff",
  "image/bmp": "bmp",
  "image/openraster": "ora",
};

export async function save(editor, format, signal, tell) {
  const { project } = editor;
  const { name, answer, dropped } = await made(project, format, signal, tell);
  download(answer, name);
  project.saved = true;
  editor.keep();
  // JPEG, and a format that cannot keep all, are told: all else is exact.
  const exact = answer.type === "image/jpeg" ? "" : " Outside the holes its pixels are exactly those of your file.";
  const layers = "Downloaded as layers of 8 bits, without metadata: photograph, completed picture and, hidden, the hole.";
  editor.say(`${format === "ora" ? layers : `Downloaded.${exact}`}${dropped ? ` Not kept: ${dropped}.` : ""}`);
}

// All completed pictures in one zip file, each as it is downloaded alone.
export async function saveAll(editor, format, signal, tell) {
  const entries = editor.pictures.completed;
  const files = [];
  const taken = new Set();
  const lost = new Set();
  const outcome = await forEach(entries, "Saving", signal, tell, async (entry, tellOne) => {
    const { name, answer, dropped } = await made(await entry.result(), format, signal, tellOne);
    files.push([freeName(name, taken), answer, entry]);
    if (dropped) lost.add(dropped);
  });
  signal.throwIfAborted();
  const sentence = sentenceOf(outcome, entries.length, "Downloaded");
  if (files.length) download(await zip(files), "completed.zip");
  for (const [, , entry] of files) {
    entry.saved = true;
    if (entry.project) entry.project.saved = true;
    await entry.keep();
  }
  editor.say(`${sentence}${lost.size ? ` Not kept: ${[...lost].join("; ")}.` : ""}`, outcome.failed.length > 0);
}

// A completed picture's file, its name, and what of the original it does not keep.
async function made({ file, picture }, format, signal, tell) {
  const make = format === "ora" ? saveLayers(file, picture, signal, tell) : server.save(file, picture, format, signal, tell);
  const [answer, dropped] = await make;
  return { name: `${stem(file)}_completed.${SUFFIXES[answer.type]}`, answer, dropped };
}

// The name, with a number where it is taken; not all systems tell capitals from small letters.
function freeName(name, taken) {
  const [, start, suffix] = /^(.*)(\.[^.]*)$/s.exec(name);
  let free = name;
  for (let number = 2; taken.has(free.toLowerCase()); number++) free = `${start} (${number})${suffix}`;
  taken.add(free.toLowerCase());
  return free;
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
