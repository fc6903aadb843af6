// What every page does besides: menus close, forms are sent once, a failed request says so.

const messages = () => document.getElementById("messages");

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const inside = document.activeElement?.closest("details.menu[open]");
  const menu = inside ?? document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// On a phone the pages of a chapter stand in a row that scrolls: the one that is shown is in sight.
for (const here of document.querySelectorAll(".chapters .here [aria-current]")) {
  const row = here.closest("ul");
  row.scrollLeft = here.offsetLeft - row.offsetLeft - (row.clientWidth - here.offsetWidth) / 2;
}

// A second click on a button of a plain form sends nothing twice; coming back by the browser's button frees it.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.matches("[hx-post], [hx-put], [hx-patch], [hx-delete]")) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
});

window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("button[aria-busy]")) button.removeAttribute("aria-busy");
});

const say = (text) => {
  const region = messages();
  if (!region || !text) return;
  const notice = document.createElement("div");
  const words = document.createElement("p");
  notice.className = "notice bad";
  words.textContent = text;
  notice.append(words);
  region.replaceChildren(notice);
};

document.addEventListener("htmx:sendError", () => say(messages()?.dataset.failed));
document.addEventListener("htmx:timeout", () => say(messages()?.dataset.failed));
// A disk or a database in trouble is told in words.
document.addEventListener("htmx:responseError", ({ detail: { xhr } }) => {
  const told = xhr.status === 503 && xhr.getResponseHeader("Content-Type")?.startsWith("text/plain");
  say(told ? xhr.responseText : messages()?.dataset.refused);
});

// <button data-copies="id"> copies the text of an element; where the browser forbids it, the text is selected.
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copies]");
  const source = button && document.getElementById(button.dataset.copies);
  if (!source) return;
  const text = "value" in source ? source.value : source.textContent;
  try {
    await navigator.clipboard.writeText(text);
    if (button.dataset.copied) button.querySelector("span").textContent = button.dataset.copied;
  } catch {
    if ("select" in source) source.select();
    else getSelection().selectAllChildren(source);
  }
});
