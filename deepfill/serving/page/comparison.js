// Comparing the picture as it was opened with what it is now.

export function compare(editor, on) {
  const { view } = editor;
  view.comparing = on && Boolean(editor.project?.completed);
  editor.held = false;
  compareAt(editor, view.comparing ? view.middle : 0.5);
}

export function compareAt(editor, share) {
  editor.view.compared = Math.min(1, Math.max(0, share));
  editor.view.refresh();
  editor.update();
}

export function hold(editor, on) {
  const { view } = editor;
  if (on === editor.held || (on && !editor.project?.completed)) return;
  if (on) editor.before = [view.comparing, view.compared];
  editor.held = on;
  [view.comparing, view.compared] = on ? [true, 1] : editor.before;
  view.refresh();
}

// The line between both, and which is which.
export function paintBorder(context, view, border) {
  const sharp = view.back.width / view.stage.clientWidth;
  const top = Math.max(0, view.y);
  const bottom = Math.min(view.stage.clientHeight, view.y + view.scale * view.picture.height);
  context.setTransform(sharp, 0, 0, sharp, 0, 0);
  for (const [style, width] of [["#000c", 4], ["#fff", 2]]) {
    context.strokeStyle = style;
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(border, top);
    context.lineTo(border, bottom);
    context.stroke();
  }
  paintGrip(context, border, (top + bottom) / 2);
  context.font = "600 14px system-ui, sans-serif";
  context.lineJoin = "round";
  context.fillStyle = "#fff";
  context.strokeStyle = "#000c";
  context.lineWidth = 4;
  for (const [word, side, align] of [["Before", -10, "right"], ["After", 10, "left"]]) {
    context.textAlign = align;
    context.strokeText(word, border + side, top + 22);
    context.fillText(word, border + side, top + 22);
  }
}

// What shows that the line can be dragged.
function paintGrip(context, x, y) {
  context.beginPath();
  context.arc(x, y, 15, 0, 2 * Math.PI);
  context.fillStyle = "#fff";
  context.fill();
  context.strokeStyle = "#000c";
  context.lineWidth = 1.5;
  context.stroke();
  context.beginPath();
  for (const side of [-1, 1]) {
    context.moveTo(x + 4 * side, y - 5);
    context.lineTo(x + 9 * side, y);
    context.lineTo(x + 4 * side, y + 5);
  }
  context.stroke();
}
