// The figures of a funnel, renewed while the page is looked at: the server says when there are newer ones, the page asks
// for itself and puts in place what is different. What stands open stays open, and who was somewhere stays there.

const parts = () => [...document.querySelectorAll("[data-part]")];
const figures = () => document.querySelector("[data-part='figures'][data-live]");

let after = Number(figures()?.dataset.after ?? 0);
let source = null;
let asking = false;
let again = false;

const named = (element, root) => {
  if (!element || !root.contains(element)) return null;
  if (element.id) return `#${CSS.escape(element.id)}`;
  const tag = element.tagName.toLowerCase();
  const href = element.getAttribute("href");
  if (href) return `${tag}[href="${CSS.escape(href)}"]`;
  const place = [...root.querySelectorAll(tag)].indexOf(element);
  return place < 0 ? null : { tag, place };
};

const found = (name, root) => {
  if (!name) return null;
  return typeof name === "string" ? root.querySelector(name) : root.querySelectorAll(name.tag)[name.place];
};

const put = (part, fresh) => {
  if (part.innerHTML === fresh.innerHTML) return;
  const focus = named(document.activeElement, part);
  const open = [...part.querySelectorAll("details")].map((one) => one.open);
  const scrolled = [...part.querySelectorAll(".scroll")].map((one) => one.scrollLeft);
  part.replaceChildren(...fresh.childNodes);
  part.querySelectorAll("details").forEach((one, place) => { if (place in open) one.open = open[place]; });
  part.querySelectorAll(".scroll").forEach((one, place) => { one.scrollLeft = scrolled[place] ?? 0; });
  found(focus, part)?.focus({ preventScroll: true });
};

const renew = async () => {
  if (asking) { again = true; return; }
  asking = true;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-part='figures'][data-after]");
    if (!fresh) return;
    for (const part of parts()) {
      const same = page.querySelector(`[data-part="${part.dataset.part}"]`);
      if (same) put(part, same);
    }
    figures().dataset.after = fresh.dataset.after;
    after = Math.max(after, Number(fresh.dataset.after));
  } catch {
    // The next event asks again.
  } finally {
    asking = false;
    if (again) { again = false; renew(); }
  }
};

const listen = () => {
  const address = new URL(figures().dataset.live, location.href);
  address.searchParams.set("after", after);
  source = new EventSource(address);
  source.onmessage = (event) => {
    after = Math.max(after, Number(event.lastEventId));
    if (event.data) renew();
  };
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) setTimeout(follow, 5000);
  };
};

const follow = () => {
  source?.close();
  source = null;
  if (!document.hidden) listen();
};

if (figures()) {
  document.addEventListener("visibilitychange", follow);
  follow();
}
