// Opens picture files. What is decoded here is only shown: files themselves go to the server and to the disk.

import * as server from "./server.js";

const PREVIEW = 2048; // longest side of the copy that is shown while zoomed out

// What is shown of a file: its full bitmap and a scaled copy, as people see it.
export class Picture {
  constructor(file, bitmap, opaque) {
    this.file = file;
    this.bitmap = bitmap;
    this.opaque = opaque;
    this.width = bitmap.width;
    this.height = bitmap.height;
    this.border = [0, 0, 0, 0]; // by which it was extended beyond the file: top, right, bottom, left
    this.filled = []; // what of it was completed: see `filledPlane`
    const scale = Math.min(1, PREVIEW / Math.max(this.width, this.height));
    this.preview = bitmap;
    if (scale < 1) {
      this.preview = new OffscreenCanvas(Math.round(this.width * scale), Math.round(this.height * scale));
      const context = this.preview.getContext("2d");
      context.imageSmoothingQuality = "high";
      context.drawImage(bitmap, 0, 0, this.preview.width, this.preview.height);
    }
  }
}

// `plain`: the server made the file, and nothing in it speaks of turning.
export async function openPicture(file, plain = false) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const kind = kindOf(bytes);
  if (kind && kind !== "tiff" && (plain || kind === "jpg" || !mayBeTurned(bytes))) {
    const bitmap = await createImageBitmap(file).catch(() => null);
    if (bitmap) return new Picture(file, bitmap, isOpaque(kind, bytes));
  }
  // A file that browsers cannot show, or show unturned: the server gives an upright copy without loss, or says why not.
  if (plain) throw new Error(`${file.name} cannot be shown by this browser.`);
  const upright = await server.upright(file);
  return openPicture(new File([upright], file.name, { type: upright.type }), true);
}

// The picture's format, as the suffix that the server knows it by; null for none of those that it reads.
export function kindOf(bytes) {
  const start = String.fromCharCode(...bytes.subarray(0, 4));
  if (start.startsWith("\xff\xd8\xff")) return "jpg";
  if (start === "\x89PNG") return "png";
  if (start === "RIFF") return "webp";
  if (start === "GIF8") return "gif";
  if (start.startsWith("BM")) return "bmp";
  return ["II*\0", "MM\0*", "II+\0", "MM\0+"].includes(start) ? "tiff" : null;
}

// Browsers agree on JPEG's orientation, not on that of other formats.
function mayBeTurned(bytes) {
  return ["eXIf", "EXIF", "Raw profile type"].some((word) => find(bytes, word));
}

function isOpaque(kind, bytes) {
  if (kind === "png") return (bytes[25] === 0 || bytes[25] === 2) && !find(bytes, "tRNS");
  if (kind === "webp") return String.fromCharCode(...bytes.subarray(12, 16)) === "VP8 ";
  return kind === "jpg" || kind === "bmp";
}

function find(bytes, word) {
  const codes = [...word].map((letter) => letter.charCodeAt(0));
  for (let at = bytes.indexOf(codes[0]); at >= 0; at = bytes.indexOf(codes[0], at + 1)) {
    if (codes.every((code, i) => bytes[at + i] === code)) return true;
  }
  return false;
}

// A bitmap's pixels, [first row, red, green, blue and alpha of some rows]: a canvas of all would take four bytes for each.
export function* strips(bitmap) {
  const { width, height } = bitmap;
  const rows = Math.min(height, Math.max(1, Math.floor(2 ** 22 / width)));
  const context = new OffscreenCanvas(width, rows).getContext("2d", { willReadFrequently: true });
  for (let top = 0; top < height; top += rows) {
    const count = Math.min(rows, height - top);
    context.clearRect(0, 0, width, rows);
    context.drawImage(bitmap, 0, top, width, count, 0, 0, width, count);
    yield [top, context.getImageData(0, 0, width, count).data];
  }
}

// Which pixels a mask's file marks: those brighter than 50 % in any of red, green and blue that are not transparent.
export async function readMask(file, width, height) {
  const picture = await openPicture(file);
  if (picture.width !== width || picture.height !== height) {
    throw new Error(
      `${file.name} has ${picture.width} x ${picture.height} pixels, but the picture has ${width} x ${height}.`,
    );
  }
  const marked = new Uint8Array(width * height);
  for (const [top, data] of strips(picture.bitmap)) {
    for (let i = 0, at = top * width; i < data.length; i += 4, at++) {
      marked[at] = Math.max(data[i], data[i + 1], data[i + 2]) > 127.5 && data[i + 3] >= 128 ? 1 : 0;
    }
  }
  return marked;
}
