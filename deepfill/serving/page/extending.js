// Extending the picture: its sides are dragged outward, and the border joins the hole.

const MOST = 4096; // pixels of one side
const HANDLE = 7; // half a handle's side on the screen

// Which of top, right, bottom and left (0 to 3) lies nearest to a point of the picture.
export function nearestSide({ picture, expand }, x, y) {
  const [top, right, bottom, left] = expand;
  const away = [y + top, picture.width + right - x, picture.height + bottom - y, x + left].map(Math.abs);
  return away.indexOf(Math.min(...away));
}

// How far a side lies outside when it is dragged to a point.
export function dragged({ picture }, side, x, y) {
  const far = [-y, x - picture.width + 1, y - picture.height + 1, -x][side];
  return Math.min(MOST, Math.max(0, Math.round(far)));
}

// Extends one side as one change.
export function extend(editor, side, far) {
  const { project } = editor;
  const before = project.expand;
  project.expand = before.with(side, Math.min(MOST, Math.max(0, Math.round(far))));
  finish(editor, before);
}

// Keeps how far the sides were moved as one change.
export function finish(editor, before) {
  const { project, view } = editor;
  if (String(before) !== String(project.expand)) {
    project.changed([], null, null, [before, project.expand]);
    const [top, right, bottom, left] = project.expand;
    editor.say(`Extended by ${top} above, ${right} right, ${bottom} below, ${left} left. ${editor.advice()}`);
  }
  editor.keep();
  if (view.fitted) view.fit();
  else view.refresh();
  editor.update();
}

// The border in the stripes of the hole, and handles where the tool is chosen.
export function paintBorder(context, view, { picture, expand }, handles) {
  const [top, right, bottom, left] = expand;
  const [x0, y0] = [view.x - left * view.scale, view.y - top * view.scale];
  const [width, height] = [(picture.width + left + right) * view.scale, (picture.height + top + bottom) * view.scale];
  if (top || right || bottom || left) {
    context.beginPath();
    context.rect(x0, y0, width, height);
    context.rect(view.x, view.y, picture.width * view.scale, picture.height * view.scale);
    context.fillStyle = "#ff2b5a8c";
    context.fill("evenodd");
    context.strokeStyle = "#fff";
    context.lineWidth = 1;
    context.strokeRect(x0, y0, width, height);
  }
  if (!handles) return;
  for (const [x, y] of [[x0 + width / 2, y0], [x0 + width, y0 + height / 2], [x0 + width / 2, y0 + height], [x0, y0 + height / 2]]) {
    context.fillStyle = "#fff";
    context.fillRect(x - HANDLE, y - HANDLE, 2 * HANDLE, 2 * HANDLE);
    context.strokeStyle = "#000";
    context.strokeRect(x - HANDLE, y - HANDLE, 2 * HANDLE, 2 * HANDLE);
  }
}
