// What differs where the browser itself completes, as an exported site lets it, and what networks can do.

// Shows what the page can do. `limits` are those of `health`.
export function showAbilities({ local, guided }) {
  for (const each of document.querySelectorAll(".served, .local")) each.hidden = each.matches(local ? ".served" : ".local");
  document.querySelector("input[value=sketch]").disabled = !guided;
  document.getElementById("sketch-why").hidden = guided;
}

// The format in which the project is saved if none is chosen; browsers write JPEG and PNG alone.
export function ownFormat({ limits, project }) {
  return limits.local && project.format !== "JPEG" ? "PNG" : project.format;
}
