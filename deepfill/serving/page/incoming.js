// Photographs that come in: chosen, dropped or pasted.

const $ = (id) => document.getElementById(id);

export function listenToFiles(editor) {
  async function open(file) {
    if (editor.project && !editor.project.saved && !confirm("The completed picture has not been downloaded. Open another one?")) return;
    await editor.open(file);
    editor.view.stage.focus({ preventScroll: true });
  }

  $("file").addEventListener("change", async () => {
    const [file] = $("file").files;
    $("file").value = ""; // so that the same file can be chosen again
    if (file) await open(file);
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
}
