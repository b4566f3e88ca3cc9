// Takes the place of the page's module: what the page can do where the browser itself completes.

// Hides the formats that browsers do not write, and what is said of a server. `limits` are those of `health`.
export function showAbilities({ guided }) {
  for (const each of document.querySelectorAll("option.served, .empty .served")) each.hidden = true;
  for (const each of document.querySelectorAll(".local")) each.hidden = false;
  document.querySelector("input[value=sketch]").disabled = !guided;
  document.getElementById("sketch-why").hidden = guided;
}

// The format in which the project is saved if none is chosen; browsers write JPEG and PNG alone.
export function ownFormat({ project }) {
  return project.format === "JPEG" ? "JPEG" : "PNG";
}
