// Files dropped or chosen are sent at once, with progress. Without this script the form is sent as it is.

const form = (event) => event.target.closest?.("form.adds");

const say = (adds, text) => {
  const place = adds.querySelector(".error");
  place.textContent = text;
  place.hidden = !text;
};

const send = (adds) => {
  const files = [...adds.querySelector("input[type=file]").files];
  if (!files.length) return;
  const large = files.filter((file) => file.size > Number(adds.dataset.limit));
  say(adds, large.map((file) => `${file.name}: ${adds.dataset.large}`).join(" "));
  if (large.length) {
    const kept = new DataTransfer();
    for (const file of files) if (!large.includes(file)) kept.items.add(file);
    adds.querySelector("input[type=file]").files = kept.files;
    if (!kept.files.length) return;
  }
  adds.requestSubmit();
};

const ready = (root) => {
  // Choosing a file sends it: there is nothing left to press.
  for (const acts of root.querySelectorAll("form.adds > .acts")) acts.hidden = true;
};

document.addEventListener("change", (event) => { if (event.target.matches?.("form.adds input[type=file]")) send(form(event)); });

for (const kind of ["dragenter", "dragover"]) {
  document.addEventListener(kind, (event) => {
    const drop = event.target.closest?.("form.adds .drop");
    if (!drop) return;
    event.preventDefault();
    drop.classList.add("over");
  });
}
document.addEventListener("dragleave", (event) => event.target.closest?.("form.adds .drop")?.classList.remove("over"));
document.addEventListener("drop", (event) => {
  const adds = form(event);
  if (!adds) return;
  event.preventDefault();
  adds.querySelector(".drop").classList.remove("over");
  if (!event.dataTransfer.files.length) return;
  adds.querySelector("input[type=file]").files = event.dataTransfer.files;
  send(adds);
});

document.addEventListener("htmx:xhr:progress", (event) => {
  const adds = form(event);
  if (!adds || !event.detail.lengthComputable) return;
  const percent = Math.round((100 * event.detail.loaded) / event.detail.total);
  adds.querySelector(".progress").hidden = false;
  adds.querySelector(".far").textContent = `${percent} %`;
  adds.querySelector("progress").value = percent;
});
for (const kind of ["htmx:sendError", "htmx:responseError"]) {
  document.addEventListener(kind, (event) => {
    const adds = form(event);
    if (!adds) return;
    adds.querySelector(".progress").hidden = true;
    adds.querySelector("input[type=file]").value = "";
  });
}
document.addEventListener("htmx:afterSwap", (event) => {
  ready(document);
  // The part that held the focus is gone with what it showed.
  if (event.detail.target.id === "files" && document.activeElement === document.body) document.getElementById("add-file")?.focus();
});
ready(document);
