// Paints what is marked. Each pixel of the screen is looked up in the planes: nothing is scaled, so what is shown is what
// is sent.

const HOLE = [0x8c5a2bff, 0x8c1e00c8]; // two reds, half transparent, as stripes: seen on any colour (bytes: A B G R)
const LINE = 0xffffe600;
const LINE_OUTSIDE = 0x80b4a03c;
const FOUND = [0x99ff8c1e, 0x66ff8c1e]; // blue: selected, and not yet in the hole
const SOURCE = 0x7850c83c; // green, half transparent

export function paintMarks(view, box) {
  const context = view.marks.getContext("2d");
  const left = Math.max(0, box.left);
  const top = Math.max(0, box.top);
  const width = Math.min(view.marks.width, box.right) - left;
  const height = Math.min(view.marks.height, box.bottom) - top;
  if (width <= 0 || height <= 0) return;
  const image = context.createImageData(width, height);
  if (view.hole && !view.comparing) sample(view, new Uint32Array(image.data.buffer), left, top, width, height);
  context.putImageData(image, left, top);
}

function sample(view, out, left, top, width, height) {
  const hole = view.hole.data;
  const sketch = view.sketch?.data;
  const sources = view.sources.data;
  const found = view.proposal?.data;
  const across = view.hole.width;
  // Zoomed out, lines are thinner than a pixel of the screen: two places of it are looked up each way.
  const places = view.scale < 1 ? [0.25, 0.75] : [0.5];
  const index = (count, start, corner, limit) =>
    places.map((place) =>
      Int32Array.from({ length: count }, (_, i) => {
        const at = Math.floor((start + i + place - corner) / view.scale);
        return at >= 0 && at < limit ? at : -1;
      }),
    );
  const columns = index(width, left, view.x, across);
  const rows = index(height, top, view.y, view.hole.height);
  for (let y = 0; y < height; y++) {
    for (const row of rows) {
      if (row[y] < 0) continue;
      const start = row[y] * across;
      for (const column of columns) {
        for (let x = 0; x < width; x++) {
          if (column[x] < 0) continue;
          const at = start + column[x];
          if (found?.[at]) out[y * width + x] = FOUND[(left + x + top + y) & 8 ? 1 : 0];
          else if (sketch?.[at]) out[y * width + x] = hole[at] ? LINE : LINE_OUTSIDE;
          else if (out[y * width + x]) continue;
          else if (hole[at]) out[y * width + x] = HOLE[(left + x + top + y) & 8 ? 1 : 0];
          else if (sources[at]) out[y * width + x] = SOURCE;
        }
      }
    }
  }
}
