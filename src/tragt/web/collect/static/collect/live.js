// Live: nothing is asked while nobody looks, the reader may pause, and the list keeps its length.

const list = document.getElementById("live-rows");
const button = document.getElementById("live-pause");
const words = button.querySelector("span");
const { resume } = button.dataset;
const pause = words.textContent;
let paused = false;

button.hidden = false;
button.addEventListener("click", () => {
  paused = !paused;
  button.setAttribute("aria-pressed", String(paused));
  words.textContent = paused ? resume : pause;
});

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.id === "live-follow" && (paused || document.hidden)) event.preventDefault();
});

// An open event stays where the reader left it; of the others the oldest go.
document.addEventListener("htmx:oobAfterSwap", () => {
  for (const row of [...list.children].slice(list.dataset.most)) {
    if (!row.querySelector("details[open]")) row.remove();
  }
});
