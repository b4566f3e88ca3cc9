// Pictures as bytes of red, green, blue and alpha, as their file has them: read from files, and written as PNG.

import { deflate, packPng } from "./png.js";
import { chunksOf, decodePng, paeth } from "./pngfile.js";

const COLOURS = ["iCCP", "sRGB", "gAMA", "cHRM", "pHYs"]; // chunks that remain
const STRIP = 2 ** 22; // pixels that a canvas holds at once

// { width, height, data, chunks }: `chunks` tell of the colours, and go into the file that is made of it.
export async function readPixels(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const chunks = chunksOf(bytes);
  const png = chunks.length ? await decodePng(chunks) : null;
  const kept = chunks.filter(([name]) => COLOURS.includes(name));
  return { ...(png ?? (await shown(file))), chunks: chunks.length ? kept : await profileChunks(bytes) };
}

// As the browser turns it: for files that may say which way is up.
export async function readUpright(file) {
  const { chunks } = await readPixels(file);
  return { ...(await shown(file)), chunks };
}

export function writePixels({ width, height, data, chunks }) {
  const channels = isOpaque(data) ? 3 : 4;
  const stride = width * channels;
  const plain = new Uint8Array(stride * height);
  for (let from = 0, to = 0; from < data.length; from += 4) for (let c = 0; c < channels; c++) plain[to++] = data[from + c];
  const rows = new Uint8Array((stride + 1) * height);
  for (let y = 0; y < height; y++) {
    rows[y * (stride + 1)] = 4;
    for (let i = 0, at = y * stride; i < stride; i++, at++) {
      const left = i < channels ? 0 : plain[at - channels];
      const up = y ? plain[at - stride] : 0;
      const corner = y && i >= channels ? plain[at - stride - channels] : 0;
      rows[y * (stride + 1) + 1 + i] = plain[at] - paeth(left, up, corner);
    }
  }
  return packPng(width, height, 8, channels === 4 ? 6 : 2, rows, chunks);
}

function isOpaque(data) {
  for (let i = 3; i < data.length; i += 4) if (data[i] !== 255) return false;
  return true;
}

// What the browser decodes, with the file's own numbers.
async function shown(file) {
  const options = { colorSpaceConversion: "none", premultiplyAlpha: "none", imageOrientation: "from-image" };
  const bitmap = await createImageBitmap(file, options);
  const { width, height } = bitmap;
  const data = new Uint8Array(4 * width * height);
  const rows = Math.max(1, Math.floor(STRIP / width));
  const canvas = new OffscreenCanvas(width, Math.min(rows, height));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  for (let top = 0; top < height; top += rows) {
    const count = Math.min(rows, height - top);
    context.clearRect(0, 0, width, rows);
    context.drawImage(bitmap, 0, top, width, count, 0, 0, width, count);
    data.set(context.getImageData(0, 0, width, count).data, 4 * top * width);
  }
  bitmap.close();
  return { width, height, data };
}

// The colour profile of a JPEG or WebP file as PNG holds it.
async function profileChunks(bytes) {
  const profile = bytes[0] === 0xff ? profileOfJpeg(bytes) : profileOfWebp(bytes);
  if (!profile || String.fromCharCode(...profile.subarray(16, 20)) !== "RGB ") return [];
  const packed = await deflate(profile);
  const name = [0x69, 0x63, 0x63, 0, 0]; // "icc", and how it is packed
  return [["iCCP", Uint8Array.from([...name, ...packed])]];
}

function profileOfJpeg(bytes) {
  const view = new DataView(bytes.buffer);
  const parts = [];
  for (let at = 2; at + 4 < bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xda; at += 2 + view.getUint16(at + 2)) {
    const body = bytes.subarray(at + 4, at + 2 + view.getUint16(at + 2));
    if (bytes[at + 1] === 0xe2 && String.fromCharCode(...body.subarray(0, 11)) === "ICC_PROFILE") parts[body[12]] = body.subarray(14);
  }
  return joined(Object.values(parts));
}

function profileOfWebp(bytes) {
  const view = new DataView(bytes.buffer);
  if (bytes.length < 12 || view.getUint32(8) !== 0x57454250) return null;
  for (let at = 12; at + 8 < bytes.length; ) {
    const length = view.getUint32(at + 4, true);
    if (view.getUint32(at) === 0x49434350) return bytes.subarray(at + 8, at + 8 + length);
    at += 8 + length + (length & 1);
  }
  return null;
}

function joined(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole.length ? whole : null;
}
