// The page of a deal: after a move it is shown anew; Escape leaves a field as it was, a click on a value opens it.

import { whenDone } from "./asking.js";

whenDone((stages) => { if (stages.length) location.reload(); });

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
