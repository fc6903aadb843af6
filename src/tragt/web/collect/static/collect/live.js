// Live: the server tells what comes. Nothing is asked while nobody looks, the reader may pause, and the list keeps its length.

const list = document.getElementById("live-rows");
const state = document.getElementById("live-state");
const button = document.getElementById("live-pause");
const words = button.querySelector("span");
const { resume } = button.dataset;
const pause = words.textContent;
const well = state.textContent;
let paused = false;
let after = new URL(list.dataset.follow, location.href).searchParams.get("after");
let source = null;

function listen() {
  const address = new URL(list.dataset.follow, location.href);
  address.searchParams.set("after", after);
  source = new EventSource(address);
  source.onopen = () => { state.textContent = well; };
  source.onmessage = show;
  source.onerror = () => {
    state.textContent = state.dataset.lost;
    if (source.readyState === EventSource.CLOSED) setTimeout(follow, 5000);
  };
}

function follow() {
  source?.close();
  source = null;
  if (!paused && !document.hidden) listen();
}

function which(row) {
  return row.querySelector("details")?.getAttribute("hx-get");
}

function show(event) {
  after = event.lastEventId;
  const came = document.createElement("template");
  came.innerHTML = event.data;
  // Where the lake took over what the page had not seen, the newest are told again.
  const there = new Set([...list.children].map(which));
  for (const row of [...came.content.children]) if (there.has(which(row))) row.remove();
  list.prepend(came.content);
  window.htmx.process(list);
  // An open event stays where the reader left it; of the others the oldest go.
  for (const row of [...list.children].slice(list.dataset.most)) {
    if (!row.querySelector("details[open]")) row.remove();
  }
}

button.hidden = false;
button.addEventListener("click", () => {
  paused = !paused;
  button.setAttribute("aria-pressed", String(paused));
  words.textContent = paused ? resume : pause;
  follow();
});
document.addEventListener("visibilitychange", follow);
follow();
