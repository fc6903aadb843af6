// The command palette: opened by Ctrl-K or its button, moved through by arrows. What it finds, the server says.

const dialog = document.getElementById("palette");
const text = document.getElementById("palette-text");
const list = document.getElementById("palette-hits");
const options = () => [...list.querySelectorAll("a[role=option]")];
const chosen = () => options().findIndex((option) => option.getAttribute("aria-selected") === "true");

const choose = (index) => {
  const all = options();
  all.forEach((option, place) => option.setAttribute("aria-selected", String(place === index)));
  if (all[index]) {
    text.setAttribute("aria-activedescendant", all[index].id);
    all[index].scrollIntoView({ block: "nearest" });
  } else {
    text.removeAttribute("aria-activedescendant");
  }
};

const open = () => {
  if (dialog.open) return;
  dialog.showModal();
  text.value = "";
  text.focus();
  text.dispatchEvent(new Event("opened"));
};

for (const opener of document.querySelectorAll("[data-opens=palette]")) {
  opener.addEventListener("click", (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open();
  });
  if (/Mac|iPhone|iPad/.test(navigator.platform)) {
    const key = opener.querySelector("kbd");
    if (key) key.textContent = "⌘K";
  }
}

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  event.preventDefault();
  if (dialog.open) dialog.close();
  else open();
});

text.addEventListener("keydown", (event) => {
  const all = options();
  const moves = { ArrowDown: chosen() + 1, ArrowUp: chosen() - 1 + all.length, PageDown: all.length - 1, PageUp: 0 };
  if (event.key in moves && all.length) {
    event.preventDefault();
    choose(moves[event.key] % all.length);
  }
});

// Enter goes where the list says; while the list is older than the text, it waits for the new one.
let stale = false;
let waiting = false;

text.addEventListener("input", () => {
  stale = true;
  waiting = false;
});

dialog.querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (stale) waiting = true;
  else options()[chosen()]?.click();
});

dialog.querySelector("[data-closes]").addEventListener("click", () => dialog.close());
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});

list.addEventListener("htmx:afterSwap", () => {
  stale = false;
  choose(options().length ? 0 : -1);
  if (waiting) options()[0]?.click();
  waiting = false;
});
