// Does something with each of several, one after the other.

// `tell` gets the progress; `act` one of them, and its own `tell`. Returns how many were done, what failed as [name,
// sentence], and whether the rest was cancelled.
export async function forEach(several, word, signal, tell, act) {
  const outcome = { done: 0, failed: [], cancelled: false };
  for (const [i, each] of several.entries()) {
    const name = several.length > 1 ? `${word} ${i + 1} of ${several.length}` : word;
    if (several.length > 1) tell({ done: i, of: several.length }, name);
    try {
      signal.throwIfAborted();
      await act(each, (state) => tell(state, name));
      outcome.done++;
    } catch (error) {
      outcome.cancelled = error.name === "AbortError";
      if (outcome.cancelled) break;
      outcome.failed.push([each.name, error.message]);
    }
  }
  return outcome;
}

// What came of it. Fails where nothing was done, as one alone would.
export function sentenceOf({ done, failed, cancelled }, of, word) {
  if (!done && cancelled) throw new DOMException("Cancelled.", "AbortError");
  const reasons = failed.map(([name, reason]) => (reason.includes(name) ? reason : `${name}: ${reason}`));
  if (!done && failed.length < 2) throw new Error(reasons[0]);
  const sentences = [`${word} ${done} of ${of} pictures.`];
  if (cancelled) sentences.unshift("Cancelled.");
  if (failed.length > 2) sentences.push(`Not ${word.toLowerCase()}: ${failed.map(([name]) => name).join(", ")}. ${reasons[0]}`);
  else sentences.push(...reasons);
  return sentences.join(" ");
}
