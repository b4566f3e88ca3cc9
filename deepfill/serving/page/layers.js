// Saves photograph, hole and completed picture as layers of an OpenRaster file, which GIMP, Krita and MyPaint read.

import { filledPlane } from "./filled.js";
import { strips } from "./picture.js";
import { encodePlane, packPng } from "./png.js";
import * as server from "./server.js";
import { zip } from "./zip.js";

const TYPE = "image/openraster";
const THUMB = 256; // longest side of the thumbnail

// Known pixels are the same in both layers, and exactly those of an opaque file of 8 bits.
export async function saveLayers(file, picture, signal, tell) {
  const [saved, dropped] = await server.save(file, picture, "png", signal, tell);
  const profile = await profileOf(saved);
  const upright = await server.upright(file);
  const photograph = await decoded(upright, async (bitmap) => {
    const hole = await encodePlane(filledPlane(picture.filled, bitmap));
    return { hole, png: await asPng(upright, bitmap, profile) };
  });
  const completed = await decoded(picture.file, (bitmap) => asPng(picture.file, bitmap, profile));
  const parts = [
    ["mimetype", new Blob([TYPE])],
    ["stack.xml", new Blob([stackOf(picture)])],
    ["data/hole.png", photograph.hole],
    ["data/completed.png", completed],
    ["data/photograph.png", photograph.png],
    ["mergedimage.png", completed],
    ["Thumbnails/thumbnail.png", await decoded(completed, thumbnail)],
  ];
  return [await zip(parts, TYPE), dropped];
}

// The uppermost layer comes first.
function stackOf({ width, height, border: [top, , , left] }) {
  return `<?xml version="1.0" encoding="UTF-8"?>
<image version="0.0.3" w="${width}" h="${height}">
  <stack>
    <layer name="Hole" src="data/hole.png" x="0" y="0" visibility="hidden"/>
    <layer name="Completed" src="data/completed.png" x="0" y="0"/>
    <layer name="Photograph" src="data/photograph.png" x="${left}" y="${top}"/>
  </stack>
</image>
`;
}

// What `act` makes of a file's bitmap, which has the file's own numbers.
async function decoded(file, act) {
  const bitmap = await createImageBitmap(file, { colorSpaceConversion: "none" });
  try {
    return await act(bitmap);
  } finally {
    bitmap.close();
  }
}

// PNG files remain: a canvas would change pixels that are partly transparent.
function asPng(file, bitmap, profile) {
  if (file.type === "image/png") return file;
  const { width, height } = bitmap;
  const stride = 1 + 3 * width;
  const rows = new Uint8Array(stride * height);
  for (const [top, data] of strips(bitmap)) {
    for (let from = 0, to = top * stride; from < data.length; ) {
      rows[to++] = 1; // the row's filter: what is kept is the difference from the pixel to the left
      for (let x = 0; x < width; x++, from += 4) {
        for (let c = 0; c < 3; c++) rows[to++] = data[from + c] - (x ? data[from + c - 4] : 0);
      }
    }
  }
  return packPng(width, height, 8, 2, rows, profile);
}

// The chunk of a PNG file that tells of its colours, for others to have it, too.
async function profileOf(png) {
  const bytes = new Uint8Array(await png.arrayBuffer());
  const view = new DataView(bytes.buffer);
  const grey = !(bytes[25] & 2); // its profile is none for colours
  for (let at = 8; at < bytes.length && !grey; at += 12 + view.getUint32(at)) {
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (name === "iCCP") return [[name, bytes.subarray(at + 8, at + 8 + view.getUint32(at))]];
    if (name === "IDAT") break;
  }
  return [];
}

function thumbnail(bitmap) {
  const scale = Math.min(1, THUMB / Math.max(bitmap.width, bitmap.height));
  const canvas = new OffscreenCanvas(Math.ceil(bitmap.width * scale), Math.ceil(bitmap.height * scale));
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas.convertToBlob({ type: "image/png" });
}
