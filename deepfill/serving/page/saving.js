// What goes to the disk.

import * as server from "./server.js";

const SUFFIXES = { "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/tiff": "tiff", "image/bmp": "bmp" };

export async function save(editor, format, signal, tell) {
  const { project } = editor;
  const [answer, dropped] = await server.save(project.file, project.picture.file, format, signal, tell);
  download(answer, `${stem(project.file)}_completed.${SUFFIXES[answer.type]}`);
  project.saved = true;
  // JPEG, and a format that cannot keep all, are told: all else is exact.
  const exact = answer.type === "image/jpeg" ? "" : " Outside the holes its pixels are exactly those of your file.";
  editor.say(`Downloaded.${exact}${dropped ? ` Not kept: ${dropped}.` : ""}`);
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
