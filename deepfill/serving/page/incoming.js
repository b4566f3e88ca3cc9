// Photographs that come in: chosen, dropped or pasted.

const $ = (id) => document.getElementById(id);

export function listenToFiles(editor) {
  async function open(files) {
    const { pictures } = editor;
    if (!files.length) return;
    const replaced = files.length === 1 && !pictures.several && pictures.unsaved;
    if (replaced && !confirm("The completed picture has not been downloaded. Open another one?")) return;
    await pictures.open(files);
    editor.view.stage.focus({ preventScroll: true });
  }

  $("file").addEventListener("change", async () => {
    const files = [...$("file").files];
    $("file").value = ""; // so that the same files can be chosen again
    await open(files);
  });
  window.addEventListener("paste", (event) => {
    const files = [...event.clipboardData.files].filter((each) => each.type.startsWith("image/"));
    if (files.length) open(files);
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
  window.addEventListener("drop", async (event) => {
    event.preventDefault();
    dropping(0);
    await open(await dropped(event.dataTransfer));
  });
}

// The files that were dropped, and those of folders.
async function dropped({ files, items }) {
  const entries = [...items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const plain = [...files];
  if (!entries.some((entry) => entry.isDirectory)) return plain;
  return (await Promise.all(entries.map(filesOf))).flat();
}

// What lies in a folder and in its folders, in the order of the names; hidden files are left out.
async function filesOf(entry) {
  if (entry.isFile) return [await new Promise((resolve, reject) => entry.file(resolve, reject))];
  const reader = entry.createReader();
  const found = [];
  for (let some; (some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject))).length; ) found.push(...some);
  const seen = found.filter(({ name }) => !name.startsWith("."));
  seen.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
  return (await Promise.all(seen.map(filesOf))).flat();
}
