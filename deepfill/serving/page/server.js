// Asks the server that the page came from; paths are relative, for servers that a proxy shows below a path.

const POLL = 400; // milliseconds

export async function health() {
  return (await fetch("health")).json();
}

// Fails with the server's reason where it would not complete this file.
export async function check(file, signal, tell) {
  await send("v1/check", { image: file }, signal, tell);
}

// A mask of the object that strokes touch.
export async function select(parts, signal, tell) {
  return (await send("v1/select", parts, signal, tell)).response;
}

// A copy of a file as people see it, in a format that browsers show.
export async function upright(file) {
  return (await send("v1/upright", { image: file }, new AbortController().signal, () => {})).response;
}

// The completed picture's file. `parts` are those of the form; null leaves one out.
export async function complete(parts, signal, tell) {
  return (await send("v1/complete", parts, signal, tell)).response;
}

// A completed picture as a file like the original, and what of the original it could not keep.
export async function save(original, completed, format, signal, tell) {
  const expand = completed.border.some(Boolean) ? completed.border.join() : null;
  const request = await send("v1/save", { image: original, completed: completed.file, format, expand }, signal, tell);
  return [request.response, request.getResponseHeader("X-Dropped")];
}

// Sends a form, tells what becomes of it, and waits where the server is busy. Aborting the signal frees its place.
async function send(path, parts, signal, tell) {
  const form = new FormData();
  for (const [name, part] of Object.entries(parts)) if (part !== null) form.append(name, part);
  for (;;) {
    const job = crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random().toString(36).slice(2)}`;
    const ended = new AbortController();
    follow(job, tell, ended.signal);
    const request = await post(`${path}?job=${job}`, form, signal, tell).finally(() => ended.abort());
    if (request.status < 300) return request;
    if (request.status !== 429) throw new Error(await sentence(request));
    tell({ state: "busy" });
    await pause(1000 * Number(request.getResponseHeader("Retry-After") || 1), signal);
  }
}

// XMLHttpRequest, because fetch does not tell how much of a file has been sent.
function post(path, form, signal, tell) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.responseType = "blob";
    request.upload.onprogress = (event) => tell({ state: "uploading", share: event.loaded / event.total });
    request.onload = () => resolve(request);
    request.onerror = () => reject(new Error("The server cannot be reached, or it ended the connection."));
    request.onabort = () => reject(cancelled());
    signal.addEventListener("abort", () => request.abort());
    if (signal.aborted) reject(cancelled());
    else request.send(form);
  });
}

async function follow(job, tell, ended) {
  while (!ended.aborted) {
    await pause(POLL, ended).catch(() => {});
    const answer = ended.aborted ? null : await fetch(`v1/jobs/${job}`, { signal: ended }).catch(() => null);
    const state = answer?.ok ? await answer.json().catch(() => null) : null;
    if (state && !ended.aborted && state.state !== "receiving") tell(state);
  }
}

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(cancelled());
    });
  });
}

async function sentence(request) {
  try {
    return JSON.parse(await request.response.text()).error;
  } catch {
    return `The server answered with status ${request.status}.`;
  }
}

function cancelled() {
  return new DOMException("Cancelled.", "AbortError");
}
