// Undoing and redoing: strokes, completed pictures and sides that were moved.

// Takes the latest change from one list of the project to another; `which`: 0 undoes it, 1 does it again.
export function step(editor, from, to, which, word) {
  const { project } = editor;
  if (!project?.[from].length || editor.busy || editor.input.escape()) return undefined;
  const change = project[from].at(-1);
  const take = () => {
    project[to].push(project[from].pop());
    for (const [plane, runs] of change.planes) plane.flip(runs);
    if (change.expand) project.expand = change.expand[which];
    editor.show();
    editor.say(`${word}: ${change.pictures ? "a completed hole" : "a change of what is marked"}. ${editor.advice()}`);
  };
  if (!change.pictures) return take();
  return editor.attempt("Opening", async () => {
    await project.show(change.pictures[which]);
    take();
  });
}
