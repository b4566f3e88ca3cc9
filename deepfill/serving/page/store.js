// Keeps what is open in the browser until the tab is closed, so that a reload loses nothing.

const NAME = "deepfill";
const DAY = 24 * 60 * 60 * 1000; // milliseconds after which a tab is taken for closed where the browser does not tell

// A tab's own name: it outlives a reload, and not the tab.
const tab = (sessionStorage[NAME] ??= `${Date.now()}-${Math.random().toString(36).slice(2)}`);
navigator.locks?.request(`${NAME} ${tab}`, () => new Promise(() => {})); // held while this page lives

// Parts of a picture, by their names; `picture` is its number.
export function put(picture, parts) {
  const records = Object.entries(parts).map(([part, value]) => ({ tab, part, picture, value }));
  return ask("readwrite", (store) => records.map((record) => store.put(record)));
}

export async function get(picture, ...parts) {
  const records = await ask("readonly", (store) => parts.map((part) => store.get([tab, part, picture])));
  return Object.fromEntries(parts.map((part, i) => [part, records[i]?.value]));
}

export async function remove(picture) {
  const [keys] = await ask("readonly", (store) => [store.getAllKeys(IDBKeyRange.bound([tab], [tab, []]))]);
  await ask("readwrite", (store) => keys.filter((key) => key[2] === picture).map((key) => store.delete(key)));
}

// One part of all pictures that this tab has kept, [number, value], in their order.
export async function list(part) {
  const [records] = await ask("readonly", (store) => [store.getAll(IDBKeyRange.bound([tab, part], [tab, part, []]))]);
  return records.map(({ picture, value }) => [picture, value]);
}

// Deletes what tabs have left that are closed.
export async function deleteOthers() {
  const held = (await navigator.locks?.query())?.held.map((lock) => lock.name);
  const [keys] = await ask("readonly", (store) => [store.getAllKeys()]);
  for (const other of new Set(keys.map(([name]) => name))) {
    const closed = held ? !held.includes(`${NAME} ${other}`) : Number(other.split("-")[0]) < Date.now() - DAY;
    if (other !== tab && closed) await ask("readwrite", (store) => [store.delete(IDBKeyRange.bound([other], [other, []]))]);
  }
}

// What the requests that `act` makes of the store have answered.
function ask(mode, act) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(NAME, 2);
    opening.onupgradeneeded = () => {
      const { result } = opening;
      if (result.objectStoreNames.contains(NAME)) result.deleteObjectStore(NAME); // it was of an earlier page
      result.createObjectStore(NAME, { keyPath: ["tab", "part", "picture"] });
    };
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const transaction = opening.result.transaction(NAME, mode);
      const requests = act(transaction.objectStore(NAME));
      transaction.oncomplete = () => {
        opening.result.close();
        resolve(requests.map(({ result }) => result));
      };
      transaction.onabort = () => {
        opening.result.close();
        reject(transaction.error);
      };
    };
  });
}
