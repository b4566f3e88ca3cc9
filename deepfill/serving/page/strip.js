// The strip: thumbnails to choose from, shown where several pictures are open.

const $ = (id) => document.getElementById(id);
const STEPS = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };

// Returns what shows how things stand.
export function strip(editor) {
  const { pictures } = editor;
  const list = $("pictures");
  const buttons = new Map(); // by entry
  let current = null;

  function buttonOf(entry) {
    if (!buttons.has(entry)) {
      const [button] = $("thumb").content.cloneNode(true).children;
      button.title = entry.name;
      button.prepend(entry.thumb);
      button.addEventListener("click", () => pictures.choose(entry));
      buttons.set(entry, button);
    }
    return buttons.get(entry);
  }

  // Arrows move the focus alone: to show a picture takes a moment.
  list.addEventListener("keydown", (event) => {
    const at = [...list.children].indexOf(event.target);
    if (at < 0 || !(event.key in STEPS)) return;
    list.children[Math.min(list.children.length - 1, Math.max(0, at + STEPS[event.key]))].focus();
    event.preventDefault();
  });

  return () => {
    const { all } = pictures;
    $("strip").hidden = !pictures.several;
    for (const entry of buttons.keys()) if (!all.includes(entry)) buttons.delete(entry);
    all.forEach((entry, i) => {
      const button = buttonOf(entry);
      const state = entry.hole ? ", hole painted" : entry.completed ? ", completed" : "";
      const label = `${i + 1} of ${all.length}: ${entry.name}${state}`;
      button.setAttribute("aria-label", label);
      button.setAttribute("aria-selected", String(entry === pictures.current));
      button.tabIndex = entry === pictures.current ? 0 : -1;
      button.toggleAttribute("data-marked", Boolean(state));
      button.querySelector("use").setAttribute("href", entry.hole ? "#i-brush" : "#i-check");
      if (list.children[i] !== button) list.insertBefore(button, list.children[i] ?? null);
    });
    while (list.children.length > all.length) list.lastChild.remove();
    // They keep the focus while they work.
    const busy = Boolean(editor.busy);
    $("complete-all").setAttribute("aria-disabled", String(busy || !all.some((each) => each.hole)));
    $("download-all").setAttribute("aria-disabled", String(busy || !pictures.completed.length));
    $("close").setAttribute("aria-disabled", String(busy));
    if (current === pictures.current || !pictures.several) return;
    current = pictures.current;
    buttonOf(current).scrollIntoView({ block: "nearest", inline: "nearest" });
  };
}
