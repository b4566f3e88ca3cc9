// The keyboard: shortcuts by the letter that a key types or, on layouts without Latin letters, by its place.

import { extend } from "./extending.js";

const TOOLS = { b: "brush", e: "eraser", r: "rectangle", l: "lasso", s: "sketch", p: "sources", w: "select", x: "extend", h: "hand" };
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const PAGES = { PageUp: -1, PageDown: 1 };
const PLACES = { BracketLeft: "[", BracketRight: "]", Backspace: "Delete" };
const title = (word) => word[0].toUpperCase() + word.slice(1);

// The names under which a shortcut may be listed, the best first. Caps Lock must not turn undo into redo.
export function namesOf({ key, code, shiftKey }) {
  const cased = (letter) => (shiftKey ? letter.toUpperCase() : letter.toLowerCase());
  if (/^[a-z]$/i.test(key)) return [cased(key)];
  const place = PLACES[code] ?? /^Digit(\d)$/.exec(code)?.[1];
  if (key.length > 1 && key !== "Dead") return place ? [key, place] : [key];
  if (key >= " " && key <= "~") return place ? [key, place] : [key];
  const letter = /^Key([A-Z])$/.exec(code)?.[1];
  return letter ? [cased(letter)] : place ? [place] : [key];
}

// `actions` are those of the controls; `choose` and `resize` theirs.
export function listenToKeys(editor, actions, choose, resize) {
  const { view, tools, input } = editor;
  const byName = {
    o: actions.open,
    g: actions.grow,
    G: actions.shrink,
    i: actions.invert,
    t: () => editor.again(),
    v: actions.compare,
    z: () => view.zoom(1 / view.scale),
    Delete: actions.clear,
    "[": () => resize(Math.min(tools.size - 1, tools.size / 1.15)),
    "]": () => resize(Math.max(tools.size + 1, tools.size * 1.15)),
    "+": actions["zoom-in"],
    "=": actions["zoom-in"],
    "-": actions["zoom-out"],
    0: actions.fit,
    "?": actions.help,
    c: () => editor.hold(true),
  };
  for (const number of [1, 2, 3, 4]) byName[number] = () => editor.vary(number);
  for (const [key, tool] of Object.entries(TOOLS)) byName[key] = () => choose(tool);
  const withControl = { z: actions.undo, Z: actions.redo, y: actions.redo, s: actions.download, c: actions.copy, o: actions.open, Enter: actions.complete };

  function onPicture(event) {
    if (!editor.picture || editor.busy) return false;
    if (event.key in ARROWS) {
      if (view.comparing) {
        editor.compareAt(view.compared + ARROWS[event.key][0] * (event.shiftKey ? 0.1 : 0.02));
        return true;
      }
      if (tools.name === "extend") {
        const side = ["ArrowUp", "ArrowRight", "ArrowDown", "ArrowLeft"].indexOf(event.key);
        extend(editor, side, editor.project.expand[side] + (event.shiftKey ? -10 : 10));
        return true;
      }
      const place = input.arrow(...ARROWS[event.key], event.shiftKey ? 50 : 5);
      if (place) editor.tell(`Pointer at ${place.join(", ")} of ${editor.size}`);
    } else if (event.key === "Enter") {
      if (input.panning || view.comparing) return false;
      if (editor.selection.plane && !input.down) return editor.selection.use(1), true;
      editor.say(input.pen() ? `${title(tools.name)} lowered.` : `${title(tools.name)} lifted.`);
    } else {
      return false;
    }
    return true;
  }

  function escape() {
    if (input.escape()) view.refresh();
    else if (editor.selection.dismiss()) return true;
    else if (editor.busy) editor.cancel();
    else if (view.comparing) editor.compare(false);
    else return false;
    return true;
  }

  function pressed(event, control) {
    const find = (shortcuts) => namesOf(event).map((name) => shortcuts[name]).find(Boolean);
    if (control) {
      find(withControl)?.();
      return Boolean(find(withControl));
    }
    if (event.key === "Escape") return escape();
    if (event.key in PAGES && editor.pictures.several) return editor.pictures.step(PAGES[event.key]), true;
    if (event.target === view.stage && onPicture(event)) return true;
    if (event.key === " " && event.target === view.stage) {
      input.panning = true;
      view.stage.dataset.tool = "hand";
      return true;
    }
    const act = find(byName);
    if (act && !(event.repeat && act === byName.c)) act();
    return Boolean(act);
  }

  window.addEventListener("keydown", (event) => {
    const third = event.getModifierState("AltGraph"); // with it, Windows reports Ctrl and Alt, too
    if (document.querySelector("dialog[open]") || event.isComposing || (event.altKey && !third)) return;
    if (event.target.matches("select, input[type=number]")) return;
    if (pressed(event, !third && (event.ctrlKey || event.metaKey))) event.preventDefault();
  });
  window.addEventListener("keyup", (event) => {
    if (event.key === " " && input.panning && tools.name !== "hand") choose(tools.name);
    if (namesOf(event)[0].toLowerCase() === "c") editor.hold(false);
  });
  window.addEventListener("blur", () => editor.hold(false));
}
