// Writes PNG files. Not by a canvas: what a canvas gives back may differ from what it was given.

const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

// A plane, one bit a pixel.
export function encodePlane(plane) {
  const { width, height, data } = plane;
  const stride = 1 + Math.ceil(width / 8); // a byte for the row's filter, none
  const rows = new Uint8Array(stride * height);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) if (data[at]) rows[y * stride + 1 + (x >> 3)] |= 0x80 >> (x & 7);
  }
  return packPng(width, height, 1, 0, rows);
}

// A file of filtered rows; `depth` and `colour` as PNG numbers them, `extra` chunks [name, bytes] after the header.
export async function packPng(width, height, depth, colour, rows, extra = []) {
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint8(8, depth);
  header.setUint8(9, colour);
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  const chunks = [["IHDR", new Uint8Array(header.buffer)], ...extra, ["IDAT", await deflate(rows)], ["IEND", new Uint8Array()]];
  return new Blob([signature, ...chunks.map(([name, bytes]) => chunk(name, bytes))], { type: "image/png" });
}

export async function deflate(bytes) {
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

function chunk(name, bytes) {
  const whole = new Uint8Array(12 + bytes.length);
  const view = new DataView(whole.buffer);
  view.setUint32(0, bytes.length);
  for (let i = 0; i < 4; i++) whole[4 + i] = name.charCodeAt(i);
  whole.set(bytes, 8);
  view.setUint32(whole.length - 4, crc32(whole.subarray(4, -4)));
  return whole;
}

// CRC-32 of bytes; `before`: that of the bytes before them.
export function crc32(bytes, before = 0) {
  let crc = ~before;
  for (let i = 0; i < bytes.length; i++) crc = CRC[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}
