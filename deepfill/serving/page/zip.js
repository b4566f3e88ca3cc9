// Writes zip files whose parts are stored as they are: pictures are compressed already.

import { crc32 } from "./png.js";

const MOST = 2 ** 32 - 1; // bytes, which the format's numbers hold
const VERSION = 20; // of the format that is needed to read it, times ten
const UTF8 = 0x800; // the names are UTF-8

// `files`: [name, blob], in this order. Blobs are not copied, so that memory does not bound their sizes.
export async function zip(files, type = "application/zip") {
  const [time, date] = now();
  const parts = [];
  const directory = [];
  let at = 0;
  for (const [name, blob] of files) {
    const bytes = new TextEncoder().encode(name);
    const facts = [UTF8, 0, time, date, await crcOf(blob), blob.size, blob.size, bytes.length, 0];
    parts.push(record("42222244422", [0x04034b50, VERSION, ...facts]), bytes, blob);
    directory.push(record("42222224442222244", [0x02014b50, VERSION, VERSION, ...facts, 0, 0, 0, 0, at]), bytes);
    at += 30 + bytes.length + blob.size;
    if (at > MOST || files.length > 65535) throw new Error("A zip file holds 4 GB: download some of the pictures by themselves.");
  }
  const size = new Blob(directory).size;
  const end = record("42222442", [0x06054b50, 0, 0, files.length, files.length, size, at, 0]);
  return new Blob([...parts, ...directory, end], { type });
}

async function crcOf(blob) {
  const reader = blob.stream().getReader();
  let crc = 0;
  for (let read = await reader.read(); !read.done; read = await reader.read()) crc = crc32(read.value, crc);
  return crc;
}

// Numbers of two and four bytes, the lowest first.
function record(widths, values) {
  const bytes = [];
  values.forEach((value, i) => {
    for (let shift = 0; shift < 8 * Number(widths[i]); shift += 8) bytes.push((value >>> shift) & 255);
  });
  return Uint8Array.from(bytes);
}

// The present time and day as the format counts them.
function now() {
  const day = new Date();
  const time = (day.getHours() << 11) | (day.getMinutes() << 5) | (day.getSeconds() >> 1);
  return [time, ((day.getFullYear() - 1980) << 9) | ((day.getMonth() + 1) << 5) | day.getDate()];
}
