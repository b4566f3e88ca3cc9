// Buttons, sliders, keys and files that come in: what people do, handed to the editor.

import { health } from "./server.js";

const $ = (id) => document.getElementById(id);
const TOOLS = { b: "brush", e: "eraser", r: "rectangle", l: "lasso", s: "sketch", p: "sources", h: "hand" };
const title = (word) => word[0].toUpperCase() + word.slice(1);
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export function controls(editor) {
  const { view, tools, input } = editor;

  editor.say = (sentence, wrong = false) => {
    $("status").setAttribute("aria-live", wrong ? "assertive" : "polite");
    $("status").classList.toggle("wrong", wrong);
    $("status").textContent = sentence;
  };

  let refocus = false; // a button that vanishes must not take the keyboard's focus with it
  editor.update = () => {
    if (editor.busy && document.activeElement === $("complete")) refocus = true;
    const open = Boolean(editor.picture);
    const free = open && !editor.busy;
    for (const id of ["load-mask", "save-mask", "grow", "shrink", "invert", "clear", "complete"]) $(id).disabled = !free;
    for (const id of ["download", "format", "compare"]) $(id).disabled = !free || !editor.fills;
    $("again").disabled = !free || !editor.fill;
    $("undo").disabled = !free || !editor.past.length;
    $("redo").disabled = !free || !editor.future.length;
    $("complete").hidden = Boolean(editor.busy) && !$("cancel").hidden;
    if (refocus && free) {
      refocus = false;
      $("complete").focus();
    }
    $("empty").hidden = open;
    $("format").options[0].textContent = open ? `its own format (${editor.original.format})` : "its own format";
    $("name").textContent = open ? `${editor.original.file.name} · ${editor.size}` : "";
    view.stage.setAttribute("aria-label", open ? `Picture ${editor.original.file.name}, ${editor.size} pixels` : "Picture: no file open");
    view.stage.setAttribute("aria-busy", String(Boolean(editor.busy)));
    if (!editor.fills) editor.compare(0);
    showSize();
  };

  editor.progress = (name, state) => {
    const running = state !== null;
    for (const id of ["progress", "cancel"]) $(id).hidden = !running;
    $("complete").hidden = running;
    if (running && refocus) $("cancel").focus();
    if (!running) return;
    const bar = $("progress");
    if (state.share < 1) bar.value = state.share;
    else if (state.of) bar.value = state.done / state.of;
    else bar.removeAttribute("value");
    const words = {
      busy: "The server is busy; trying again",
      waiting: `Waiting; ${state.ahead} ahead`,
      running: state.of ? `${name}: ${state.done} of ${state.of} windows` : `${name}: ${Math.round(state.seconds)} s`,
      uploading: state.share < 1 ? `Sending: ${Math.round(100 * state.share)} %` : name,
    };
    editor.say(`${words[state.state] ?? name} …`);
  };

  function showSize() {
    const size = tools.size;
    $("size-field").classList.toggle("off", !size);
    $("size").disabled = !size;
    $("size-shown").textContent = size ? `${size} px` : "";
    if (size) $("size").value = tools.sliderOf(size);
  }

  function choose(name) {
    const radio = document.querySelector(`input[name=tool][value=${name}]`);
    if (radio.disabled) return;
    radio.checked = true;
    input.escape();
    input.panning = name === "hand";
    tools.name = name;
    view.stage.dataset.tool = name;
    showSize();
    view.schedule();
  }

  function resize(size) {
    if (!tools.size) return;
    tools.sizes[tools.name] = Math.max(1, Math.min(tools.largest, Math.round(size)));
    showSize();
    view.schedule();
  }

  editor.compare = (percent) => {
    if (view.compared === percent / 100) return;
    $("compare").value = percent;
    view.compared = percent / 100;
    view.refresh();
  };

  function detail(percent) {
    $("detail").value = percent;
    $("detail-shown").textContent = `${percent} %`;
    editor.detail = percent / 100;
  }

  async function open(file) {
    if (!editor.saved && !confirm("The completed picture has not been downloaded. Open another one?")) return;
    await editor.open(file);
    view.stage.focus({ preventScroll: true });
  }

  const reach = () => Math.min(200, Math.max(1, Math.round(Number($("reach").value)) || 1));
  const actions = {
    open: () => $("file").click(),
    "open-here": () => $("file").click(),
    "load-mask": () => $("mask-file").click(),
    "save-mask": () => editor.saveMask(),
    undo: () => editor.undo(),
    redo: () => editor.redo(),
    grow: () => editor.grow(reach()),
    shrink: () => editor.grow(-reach()),
    invert: () => editor.invert(),
    clear: () => editor.clear(),
    complete: () => editor.complete(),
    again: () => editor.again(),
    cancel: () => editor.cancel(),
    download: () => editor.download($("format").value),
    "zoom-in": () => input.zoomIn(),
    "zoom-out": () => input.zoomOut(),
    fit: () => view.fit(),
    help: () => $("keys").showModal(),
    "keys-close": () => $("keys").close(),
  };
  for (const [id, act] of Object.entries(actions)) $(id).addEventListener("click", act);
  for (const [id, take] of [["file", open], ["mask-file", (file) => editor.loadMask(file)]]) {
    $(id).addEventListener("change", async () => {
      const [file] = $(id).files;
      $(id).value = ""; // so that the same file can be chosen again
      if (file) await take(file);
    });
  }
  $("tools").addEventListener("change", (event) => choose(event.target.value));
  $("size").addEventListener("input", () => resize(tools.sizeOf(Number($("size").value))));
  $("detail").addEventListener("input", () => detail(Number($("detail").value)));
  $("compare").addEventListener("input", () => editor.compare(Number($("compare").value)));
  view.onzoom = () => ($("zoom").textContent = `${Math.round(100 * view.scale)} %`);

  // Keys without Ctrl are for the picture; fields that take text or numbers keep theirs.
  const keys = {
    o: actions.open,
    g: actions.grow,
    G: actions.shrink,
    i: actions.invert,
    t: actions.again,
    Delete: actions.clear,
    "[": () => resize(Math.min(tools.size - 1, tools.size / 1.15)),
    "]": () => resize(Math.max(tools.size + 1, tools.size * 1.15)),
    "+": actions["zoom-in"],
    "=": actions["zoom-in"],
    "-": actions["zoom-out"],
    0: actions.fit,
    1: () => view.zoom(1 / view.scale),
    "?": actions.help,
    c: () => editor.fills && editor.compare(100),
  };
  const withControl = { z: actions.undo, Z: actions.redo, y: actions.redo, s: actions.download, o: actions.open, Enter: actions.complete };

  function onPicture(event) {
    if (!editor.picture || editor.busy) return false;
    if (event.key in ARROWS) {
      const place = input.arrow(...ARROWS[event.key], event.shiftKey ? 50 : 5);
      if (place) $("spoken").textContent = `Pointer at ${place.join(", ")} of ${editor.size}`;
    } else if (event.key === "Enter") {
      if (input.panning) return false;
      editor.say(input.pen() ? `${title(tools.name)} lowered.` : `${title(tools.name)} lifted.`);
    } else {
      return false;
    }
    return true;
  }

  function pressed(event) {
    // Caps Lock must not turn undo into redo.
    const letter = /^[a-z]$/i.test(event.key);
    const key = !letter ? event.key : event.shiftKey ? event.key.toUpperCase() : event.key.toLowerCase();
    if (event.ctrlKey || event.metaKey) return key in withControl && (withControl[key](), true);
    if (event.key === "Escape") return input.escape() ? (view.refresh(), true) : (editor.cancel(), Boolean(editor.busy));
    if (event.target === view.stage && onPicture(event)) return true;
    if (event.key === " " && event.target === view.stage) {
      input.panning = true;
      view.stage.dataset.tool = "hand";
      return true;
    }
    const act = keys[key] ?? (TOOLS[key] && (() => choose(TOOLS[key])));
    if (act) act();
    return Boolean(act);
  }

  window.addEventListener("keydown", (event) => {
    if ($("keys").open || event.altKey || event.target.matches("select, input[type=number]")) return;
    if (pressed(event)) event.preventDefault();
  });
  window.addEventListener("keyup", (event) => {
    if (event.key === " " && input.panning && tools.name !== "hand") choose(tools.name);
    if (event.key.toLowerCase() === "c" && view.compared) editor.compare(0);
  });

  window.addEventListener("paste", (event) => {
    const file = [...event.clipboardData.files].find((each) => each.type.startsWith("image/"));
    if (file) open(file);
    else editor.say("There is no picture in the clipboard.", true);
  });
  let entered = 0; // elements that a drag is over: it leaves one after it enters the next
  const dropping = (change) => {
    entered = change ? entered + change : 0;
    $("drop").hidden = entered <= 0;
  };
  window.addEventListener("dragenter", () => dropping(1));
  window.addEventListener("dragleave", () => dropping(-1));
  window.addEventListener("dragover", (event) => event.preventDefault());
  window.addEventListener("drop", (event) => {
    event.preventDefault();
    dropping(0);
    const [file] = event.dataTransfer.files;
    if (file) open(file);
  });
  window.addEventListener("beforeunload", (event) => {
    if (!editor.saved) event.preventDefault();
  });

  health().then(
    (limits) => {
      editor.limits = limits;
      detail(Math.round(100 * limits.detail));
      document.querySelector("input[value=sketch]").disabled = !limits.guided;
      $("sketch-why").hidden = limits.guided;
      editor.say("Ready.");
      document.body.dataset.ready = "true";
    },
    () => editor.say("The server cannot be reached.", true),
  );
  editor.update();
}
