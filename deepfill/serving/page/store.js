// Keeps what is open in the browser until the tab is closed, so that a reload loses nothing.

import { openPicture } from "./picture.js";
import { Project } from "./project.js";

const NAME = "deepfill";
const DAY = 24 * 60 * 60 * 1000; // milliseconds after which a tab is taken for closed where the browser does not tell

// A tab's own name: it outlives a reload, and not the tab.
const id = (sessionStorage[NAME] ??= `${Date.now()}-${Math.random().toString(36).slice(2)}`);
navigator.locks?.request(`${NAME} ${id}`, () => new Promise(() => {})); // held while this page lives

const written = new Map(); // what lies in the store by its part: large files are written once
let waiting;

// Keeps what is open, once nothing changes for a moment; the editor's `kept` says whether it is kept.
export function keepSoon(editor) {
  editor.kept = false;
  clearTimeout(waiting);
  waiting = setTimeout(async () => {
    // A browser without room, or without a store, goes without.
    editor.kept = await keep(editor.project).then(() => true, () => false);
  }, 500);
}

async function keep({ file, picture, original, expand, planes }) {
  const completed = picture === original ? null : picture;
  const marks = { expand, marked: planes.map((plane) => plane.runs()) };
  const result = completed && { file: picture.file, border: picture.border };
  const parts = { file: [file, file], completed: [completed, result], marks: [marks, marks] };
  for (const [part, [source, value]] of Object.entries(parts)) {
    if (written.has(part) && written.get(part) === source) continue;
    await ask("readwrite", (store) => store.put({ id, part, value }));
    written.set(part, source);
  }
}

// The project that was open before a reload, or null.
export async function restore(guided) {
  await deleteOthers().catch(() => {});
  const kept = await ask("readonly", (store) => store.getAll(IDBKeyRange.bound([id], [id, []]))).catch(() => []);
  const { file, completed, marks } = Object.fromEntries(kept.map(({ part, value }) => [part, value]));
  if (!file) return null;
  const project = await Project.open(file, guided);
  if (completed) {
    const picture = await openPicture(completed.file, true);
    picture.border = completed.border;
    await project.show(picture);
    project.saved = false;
  }
  project.expand = marks?.expand ?? project.expand;
  project.planes.forEach((plane, i) => plane.flip(marks?.marked[i] ?? []));
  return project;
}

// Deletes what tabs have left that are closed.
async function deleteOthers() {
  const held = (await navigator.locks?.query())?.held.map((lock) => lock.name);
  const keys = await ask("readonly", (store) => store.getAllKeys());
  for (const other of new Set(keys.map(([tab]) => tab))) {
    const closed = held ? !held.includes(`${NAME} ${other}`) : Number(other.split("-")[0]) < Date.now() - DAY;
    if (other !== id && closed) await ask("readwrite", (store) => store.delete(IDBKeyRange.bound([other], [other, []])));
  }
}

function ask(mode, act) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(NAME, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(NAME, { keyPath: ["id", "part"] });
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const transaction = opening.result.transaction(NAME, mode);
      const request = act(transaction.objectStore(NAME));
      transaction.oncomplete = () => {
        opening.result.close();
        resolve(request.result);
      };
      transaction.onabort = () => reject(transaction.error);
    };
  });
}
