// A field with `data-lookup` offers what the server finds for what is typed, in the list that the field names.

const WAIT = 150;
const waiting = new WeakMap();

document.addEventListener("input", (event) => {
  const field = event.target.closest?.("input[data-lookup]");
  if (!field || event.inputType === "insertReplacementText") return;
  clearTimeout(waiting.get(field));
  waiting.set(field, setTimeout(() => offer(field), WAIT));
});

async function offer(field) {
  const asked = field.value.trim();
  if (asked.length < 2) return;
  try {
    const answer = await fetch(`${field.dataset.lookup}?${new URLSearchParams({ q: asked })}`);
    if (answer.ok && field.value.trim() === asked) field.list.innerHTML = await answer.text();
  } catch { /* Nothing is offered; the field takes what is typed. */ }
}
