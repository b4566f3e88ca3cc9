// What of a picture was completed, so that it can be saved as a layer.

import { strips } from "./picture.js";
import { Plane } from "./plane.js";

// A plane of the completed picture. `steps`: what was completed of the photograph, { hole, margin, expand }, hole as runs.
export function filledPlane(steps, photograph) {
  let filled = new Plane(photograph.width, photograph.height);
  for (const { hole, margin, expand } of steps) {
    const marked = new Plane(filled.width, filled.height);
    marked.flip(hole);
    if (!hole.length && !expand.some(Boolean)) markTransparent(marked, photograph);
    else if (margin) marked.grow(margin);
    filled.combine(marked, 1);
    filled = bordered(filled, expand);
  }
  return filled;
}

// Without a hole, what is more transparent than not was completed.
function markTransparent(plane, bitmap) {
  for (const [top, data] of strips(bitmap)) {
    for (let i = 3, at = top * plane.width; i < data.length; i += 4, at++) plane.data[at] = data[i] < 128 ? 1 : 0;
  }
}

// With a border that is marked.
function bordered(plane, expand) {
  if (!expand.some(Boolean)) return plane;
  const [top, right, bottom, left] = expand;
  const { width, height, data } = plane;
  const whole = new Plane(left + width + right, top + height + bottom);
  whole.data.fill(1);
  for (let y = 0; y < height; y++) whole.data.set(data.subarray(y * width, (y + 1) * width), (y + top) * whole.width + left);
  return whole;
}
