// Buttons, sliders and files that come in: what people do, handed to the editor.

import { ownFormat, showAbilities } from "./abilities.js";
import { MOST, shown } from "./completing.js";
import { listenToFiles } from "./incoming.js";
import { listenToKeys } from "./keys.js";
import { health } from "./server.js";
import { strip } from "./strip.js";

const $ = (id) => document.getElementById(id);

export function controls(editor) {
  const { view, tools, input, pictures } = editor;
  const showStrip = strip(editor);

  editor.say = (sentence, wrong = false) => {
    $("status").setAttribute("aria-live", wrong ? "assertive" : "polite");
    $("status").classList.toggle("wrong", wrong);
    $("status").textContent = sentence;
  };
  editor.tell = (sentence) => ($("spoken").textContent = sentence);

  let refocus = false; // a button that vanishes must not take the keyboard's focus with it
  editor.update = () => {
    if (editor.busy && document.activeElement === $("complete")) refocus = true;
    pictures.current?.look();
    const { project } = editor;
    const free = Boolean(project) && !editor.busy;
    for (const id of ["load-mask", "save-mask", "grow", "shrink", "invert", "clear", "complete"]) $(id).disabled = !free;
    // It keeps the focus, and says what to do when it is pressed all the same.
    $("complete").setAttribute("aria-disabled", String(!project?.completable && !editor.selection.plane));
    for (const id of ["download", "copy", "compare"]) $(id).disabled = !free || !project.completed;
    $("format").disabled = !free || !pictures.completed.length;
    $("undo").disabled = !free || !project.past.length;
    $("redo").disabled = !free || !project.future.length;
    $("complete").hidden = Boolean(editor.busy) && !$("cancel").hidden;
    if (refocus && free) {
      refocus = false;
      $("complete").focus();
    }
    $("empty").hidden = Boolean(project);
    $("format").options[0].textContent = project ? `its own format (${ownFormat(editor)})` : "its own format";
    $("name").textContent = project ? `${project.file.name} · ${editor.size}` : "";
    view.stage.setAttribute("aria-label", project ? `Picture ${project.file.name}, ${editor.size} pixels` : "Picture: no file open");
    view.stage.toggleAttribute("data-transparent", project ? !project.picture.opaque : false);
    view.stage.setAttribute("aria-busy", String(Boolean(editor.busy)));
    if (view.comparing && !project?.completed) view.comparing = false;
    if (editor.busy) $("hint").hidden = true;
    $("margin").placeholder = project ? `${editor.margin}` : "auto";
    showSelection();
    showComparison();
    showVariations();
    showSize();
    showStrip();
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
      loading: "Loading the model",
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

  // `pixels`: by which the hole had better grow; 0: nothing is to be said.
  editor.hint = (pixels) => {
    const needed = pixels > editor.margin;
    $("hint").hidden = !needed;
    $("hint-grow").textContent = `Grow by ${pixels} pixels?`;
    $("hint-grow").dataset.pixels = pixels;
  };

  function showSelection() {
    const { plane } = editor.selection;
    if (!plane) editor.subtracting = false;
    $("selection").hidden = !plane;
    $("selection-subtract").setAttribute("aria-pressed", String(editor.subtracting));
    if (plane) $("hint").hidden = true;
  }

  function showComparison() {
    $("compare").setAttribute("aria-pressed", String(view.comparing && !editor.held));
    $("compare-bar").hidden = !view.comparing;
    $("compare-at").value = Math.round(100 * view.compared);
    view.stage.toggleAttribute("data-comparing", view.comparing);
  }

  function showVariations() {
    const { project } = editor;
    const fill = project?.fill;
    $("variations").hidden = !fill || Boolean(editor.selection.plane);
    if (!fill) return;
    const present = shown(project);
    const buttons = Array.from({ length: MOST }, (_, i) => {
      const button = document.createElement("button");
      const key = document.createElement("kbd");
      key.textContent = i + 1;
      button.title = fill.made[i] ? `Variation ${i + 1} (${i + 1})` : `Ask for variation ${i + 1} (${i + 1})`;
      button.setAttribute("aria-label", button.title);
      button.setAttribute("aria-pressed", String(present === i + 1));
      button.disabled = Boolean(editor.busy);
      button.dataset.number = i + 1;
      button.append(fill.thumbs[i] ?? "+", key);
      return button;
    });
    $("variations").replaceChildren(...buttons);
  }

  function choose(name) {
    const radio = document.querySelector(`input[name=tool][value=${name}]`);
    if (radio.disabled) return;
    radio.checked = true;
    input.escape();
    if (view.comparing) editor.compare(false);
    input.panning = name === "hand";
    tools.name = name;
    view.stage.dataset.tool = name;
    $("sheet-tools").querySelector("use").setAttribute("href", `#i-${name}`);
    showSize();
    view.schedule();
  }

  function resize(size) {
    if (!tools.size) return;
    tools.sizes[tools.name] = Math.max(1, Math.min(tools.largest, Math.round(size)));
    showSize();
    view.schedule();
  }

  function detail(percent) {
    $("detail").value = percent;
    $("detail-shown").textContent = `${percent} %`;
    editor.detail = percent / 100;
  }

  // Sheets of a small screen, which open above the bar.
  function sheet(name) {
    const opened = document.body.dataset.sheet === name ? "" : name;
    if (opened) document.body.dataset.sheet = opened;
    else delete document.body.dataset.sheet;
    for (const each of ["tools", "size", "more"]) $(`sheet-${each}`).setAttribute("aria-expanded", String(each === opened));
    if (opened === "more") $("more").open = true;
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
    cancel: () => editor.cancel(),
    compare: () => editor.compare(),
    copy: () => editor.copy(),
    download: () => editor.download($("format").value),
    "download-all": () => editor.downloadAll($("format").value),
    "complete-all": () => pictures.completeAll(),
    close: () => pictures.close(),
    "zoom-in": () => input.zoomIn(),
    "zoom-out": () => input.zoomOut(),
    fit: () => view.fit(),
    help: () => $("keys").showModal(),
    "keys-close": () => $("keys").close(),
    "selection-add": () => editor.selection.use(1),
    "selection-remove": () => editor.selection.use(0),
    "selection-drop": () => editor.selection.dismiss(),
    "selection-subtract": () => {
      editor.subtracting = !editor.subtracting;
      editor.update();
    },
    "hint-grow": () => editor.grow(Number($("hint-grow").dataset.pixels)),
    "hint-close": () => editor.hint(0),
    "sheet-tools": () => sheet("tools"),
    "sheet-size": () => sheet("size"),
    "sheet-more": () => sheet("more"),
  };
  for (const [id, act] of Object.entries(actions)) $(id).addEventListener("click", act);
  $("mask-file").addEventListener("change", async () => {
    const [file] = $("mask-file").files;
    $("mask-file").value = ""; // so that the same file can be chosen again
    if (file) await editor.loadMask(file);
  });
  $("variations").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) editor.vary(Number(button.dataset.number));
  });
  $("tools").addEventListener("change", (event) => {
    choose(event.target.value);
    if (document.body.dataset.sheet) sheet("tools");
  });
  $("margin").addEventListener("input", () => {
    const { value } = $("margin");
    editor.chosenMargin = value === "" ? null : Math.min(200, Math.max(0, Math.round(Number(value))));
    view.schedule();
  });
  $("size").addEventListener("input", () => resize(tools.sizeOf(Number($("size").value))));
  $("detail").addEventListener("input", () => detail(Number($("detail").value)));
  $("compare-at").addEventListener("input", () => editor.compareAt(Number($("compare-at").value) / 100));
  view.stage.addEventListener("pointerdown", () => sheet(document.body.dataset.sheet));
  view.onzoom = () => {
    $("zoom").textContent = `${Math.round(100 * view.scale)} %`;
    showSize();
  };
  input.onmode = (mode) => document.querySelector(".floats").toggleAttribute("data-away", mode === "tool");
  input.oncompare = (share) => editor.compareAt(share);
  input.onresize = (factor) => resize(Math.max(factor > 1 ? tools.size + 1 : 1, tools.size * factor));
  listenToFiles(editor);
  listenToKeys(editor, actions, choose, resize);
  window.addEventListener("beforeunload", (event) => {
    if (pictures.unsaved) event.preventDefault();
  });

  health().then(
    async (limits) => {
      editor.limits = limits;
      showAbilities(limits);
      detail(Math.round(100 * limits.detail));
      if (!(await pictures.restore())) editor.say("Ready.");
      document.body.dataset.ready = "true";
    },
    () => editor.say("The server cannot be reached.", true),
  );
  editor.update();
}
