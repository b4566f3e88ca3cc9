// What the page can do: all, where a server completes; less where the browser itself does, as an exported site lets it.

// Hides what the page cannot do. `limits` are those of `health`.
export function showAbilities({ local, guided }) {
  for (const each of document.querySelectorAll(".served, .local")) {
    each.hidden = each.matches(local ? ".served" : ".local");
    for (const radio of each.querySelectorAll("input[type=radio]")) radio.disabled = each.hidden;
  }
  document.querySelector("input[value=sketch]").disabled = !guided;
  document.getElementById("sketch-why").hidden = guided;
}

// The format in which the project is saved if none is chosen; browsers write JPEG and PNG alone.
export function ownFormat({ limits, project }) {
  return limits.local && project.format !== "JPEG" ? "PNG" : project.format;
}
