// What is known of a record, changed where it stands: a click on a value opens its field, Escape leaves it as it was.

document.addEventListener("click", (event) => {
  const keeps = event.target.closest("[data-keeps]");
  if (keeps) { event.preventDefault(); leave(keeps.closest(".fact")); return; }
  const what = event.target.closest(".fact .what");
  if (what && !event.target.closest("a") && getSelection().isCollapsed) what.parentElement.querySelector(".change")?.click();
});

document.addEventListener("keydown", (event) => {
  const field = event.key === "Escape" && event.target.closest?.(".fact.editing");
  if (field) leave(field);
});

const before = new Map();
document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
  if (target.matches?.(".fact:not(.editing)")) before.set(target.id, target.outerHTML);
});

function leave(field) {
  const kept = document.createElement("template");
  kept.innerHTML = before.get(field.id) ?? "";
  const again = kept.content.firstElementChild;
  if (!again) { location.reload(); return; }
  field.replaceWith(again);
  window.htmx.process(again);
  again.querySelector(".change")?.focus();
}
