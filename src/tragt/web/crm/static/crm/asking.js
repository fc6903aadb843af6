// Moves and forms that answer in place: what is asked stands in a dialogue, what was done among the messages.
// Pages that use it have a <dialog id="asks">; links with `data-asks` open in it, forms with `data-acts` are sent from here.

import "../people/lookup.js";

const dialog = document.getElementById("asks");
const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
const LASTS = 20_000;
const heard = new Set();
let settled = () => {};

// Calls back with the stages in which something is to be shown anew, whenever something was done or refused.
export const whenDone = (tell) => heard.add(tell);
export const isAsking = () => dialog.open;

const failed = () => document.getElementById("messages").dataset;

export async function send(address, body) {
  const options = { headers: { "HX-Request": "true", "X-CSRFToken": token } };
  if (body) Object.assign(options, { method: "POST", body });
  let answer;
  try {
    answer = await fetch(address, options);
  } catch {
    return say(failed().failed, "bad");
  }
  if (answer.headers.has("HX-Refresh")) return location.reload();
  if (answer.headers.has("HX-Redirect")) return location.assign(answer.headers.get("HX-Redirect"));
  const text = await answer.text();
  if (answer.ok && body) return done(text);
  if (answer.ok || answer.status === 409 || answer.status === 422) return ask(text);
  return say(answer.status === 503 ? text : failed().refused, "bad");
}

function done(text) {
  if (dialog.open) dialog.close();
  const region = document.getElementById("messages");
  region.innerHTML = text;
  fade(region.firstElementChild);
  tell(region.querySelector("[data-stages]"));
  settled(true);
}

// What was said goes after a while, unless somebody is about to use it.
function fade(notice) {
  setTimeout(() => { if (notice?.matches(":hover, :focus-within")) fade(notice); else notice?.remove(); }, LASTS);
}

function ask(text) {
  dialog.innerHTML = text;
  if (!dialog.open) dialog.showModal();
  const first = dialog.querySelector("[aria-invalid=true], form :is(input, select, textarea):not([type=hidden]), form button:not([disabled]), .btn");
  first?.focus();
  tell(dialog.querySelector("[data-stages]"));
  return true;
}

function say(text, kind) {
  const notice = document.createElement("div");
  notice.className = `notice ${kind}`;
  notice.append(Object.assign(document.createElement("p"), { textContent: text }));
  document.getElementById("messages").replaceChildren(notice);
  if (dialog.open) dialog.close();
  settled(false);
}

function tell(place) {
  const stages = (place?.dataset.stages ?? "").split(" ").filter(Boolean);
  for (const hears of heard) hears(stages);
}

// What is started by a script learns when it is over: true where it was done, false where it was left.
export function carryOut(address, body) {
  return new Promise((resolve) => {
    settled = (was) => { settled = () => {}; resolve(was); };
    send(address, body);
  });
}

document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const opens = event.target.closest("a[data-asks]");
  if (opens) {
    event.preventDefault();
    send(opens.href);
    return;
  }
  if (event.target.closest("[data-closes-asks]") && dialog.open) {
    event.preventDefault();
    dialog.close();
  }
});

dialog.addEventListener("close", () => settled(false));

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-acts]")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (form.dataset.busy) return;
  form.dataset.busy = "yes";
  send(form.action, new FormData(form, event.submitter)).finally(() => delete form.dataset.busy);
}, true);
