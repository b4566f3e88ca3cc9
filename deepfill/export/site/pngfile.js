// Reads PNG files to the byte, which a canvas does not: it may lose what is transparent.

const SAMPLES = [1, 0, 3, 1, 2, 0, 4]; // per pixel, by the kind of colour

// The chunks [name, bytes] of a PNG file; none of other files.
export function chunksOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks = [];
  if (bytes.length < 8 || view.getUint32(0) !== 0x89504e47) return chunks;
  for (let at = 8; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at);
    chunks.push([String.fromCharCode(...bytes.subarray(at + 4, at + 8)), bytes.subarray(at + 8, at + 8 + length)]);
    at += 12 + length;
  }
  return chunks;
}

// { width, height, data }: bytes of red, green, blue and alpha. Null for what is not read here: interlaced files.
export async function decodePng(chunks) {
  const header = chunks.find(([name]) => name === "IHDR")?.[1];
  if (header?.length !== 13 || header[12]) return null;
  const view = new DataView(header.buffer, header.byteOffset, 13);
  const [width, height, depth, colour] = [view.getUint32(0), view.getUint32(4), header[8], header[9]];
  const samples = SAMPLES[colour];
  const stride = Math.ceil((width * samples * depth) / 8);
  const packed = new Blob(chunks.filter(([name]) => name === "IDAT").map(([, bytes]) => bytes));
  const unpacked = packed.stream().pipeThrough(new DecompressionStream("deflate"));
  const rows = new Uint8Array(await new Response(unpacked).arrayBuffer());
  if (rows.length < (stride + 1) * height) throw new Error("The PNG file is damaged: it ends early.");
  unfilter(rows, stride, height, Math.max(1, (samples * depth) >> 3));
  const plain = (name) => chunks.find(([each]) => each === name)?.[1];
  return { width, height, data: coloured(rows, width, height, stride, depth, colour, plain("PLTE"), plain("tRNS")) };
}

// Undoes the rows' filters in place.
function unfilter(rows, stride, height, before) {
  for (let y = 0; y < height; y++) {
    const start = y * (stride + 1) + 1;
    const kind = rows[start - 1];
    if (!kind) continue;
    for (let i = 0; i < stride; i++) {
      const at = start + i;
      const left = i >= before ? rows[at - before] : 0;
      const up = y ? rows[at - stride - 1] : 0;
      const corner = y && i >= before ? rows[at - stride - 1 - before] : 0;
      rows[at] += predicted(kind, left, up, corner);
    }
  }
}

function predicted(kind, left, up, corner) {
  if (kind === 1) return left;
  if (kind === 2) return up;
  return kind === 3 ? (left + up) >> 1 : paeth(left, up, corner);
}

export function paeth(left, up, corner) {
  const a = Math.abs(up - corner);
  const b = Math.abs(left - corner);
  const c = Math.abs(left + up - 2 * corner);
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

function coloured(rows, width, height, stride, depth, colour, palette, clear) {
  const data = new Uint8Array(4 * width * height);
  const samples = SAMPLES[colour];
  const largest = 2 ** depth - 1;
  const raw = new Uint16Array(samples);
  const key = clear && colour < 3 ? Array.from({ length: samples }, (_, c) => (clear[2 * c] << 8) | clear[2 * c + 1]) : null;
  for (let y = 0, to = 0; y < height; y++) {
    const start = y * (stride + 1) + 1;
    for (let x = 0; x < width; x++, to += 4) {
      for (let c = 0; c < samples; c++) {
        const i = x * samples + c;
        if (depth === 16) raw[c] = (rows[start + 2 * i] << 8) | rows[start + 2 * i + 1];
        else if (depth === 8) raw[c] = rows[start + i];
        else raw[c] = (rows[start + ((i * depth) >> 3)] >> (8 - depth - ((i * depth) & 7))) & largest;
      }
      data[to + 3] = key && key.every((value, c) => value === raw[c]) ? 0 : 255;
      if (colour === 3) {
        for (let c = 0; c < 3; c++) data[to + c] = palette[3 * raw[0] + c];
        data[to + 3] = clear && raw[0] < clear.length ? clear[raw[0]] : 255;
        continue;
      }
      const level = (value) => (depth === 8 ? value : Math.round((255 * value) / largest));
      for (let c = 0; c < 3; c++) data[to + c] = level(raw[samples < 3 ? 0 : c]);
      if (colour & 4) data[to + 3] = level(raw[samples - 1]);
    }
  }
  return data;
}
