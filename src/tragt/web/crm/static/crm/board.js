// The board: cards are carried by mouse, by touch or by keyboard, and what others change appears by itself.
// Nothing is shown anew while a card is under way or something is asked.

import { carryOut, isAsking, whenDone } from "./asking.js";
import { carrying, makeMovable } from "./carrying.js";
import { followChanges } from "./following.js";

const AHEAD = 5;

const board = document.getElementById("board");
const columns = board.querySelector(".columns");

if (columns) {
  const due = new Set();
  let busy = false;
  let anew = false;
  let last = null;

  const mayShow = () => !busy && due.size && !carrying() && !isAsking();

  const refresh = (stages) => {
    for (const stage of stages) due.add(String(stage));
    if (anew && !carrying() && !isAsking()) location.reload();
    else if (mayShow()) look();
  };

  const look = async () => {
    busy = true;
    const asked = [...due];
    due.clear();
    const address = new URL(board.dataset.part, location.href);
    for (const stage of asked) {
      const column = document.getElementById(`stage-${stage}`);
      if (!column) continue;
      address.searchParams.append("stage", stage);
      address.searchParams.append("shown", `${stage}:${column.dataset.shown}`);
    }
    try {
      const text = address.searchParams.has("stage") ? await partOf(address) : "";
      if (carrying() || isAsking()) for (const stage of asked) due.add(stage);
      else show(text);
    } catch {
      for (const stage of asked) due.add(stage);
      setTimeout(() => { if (mayShow()) look(); }, 3000);
      return;
    } finally {
      busy = false;
    }
    if (mayShow()) look();
  };

  const partOf = async (address) => {
    const answer = await fetch(address, { headers: { "HX-Request": "true" } });
    if (answer.headers.has("HX-Refresh")) location.reload();
    if (!answer.ok) throw new Error(answer.status);
    return answer.text();
  };

  const show = (text) => {
    const came = document.createElement("template");
    came.innerHTML = text;
    const before = new Map([...columns.querySelectorAll(".deal")].map((card) => [card.id, card.dataset.version]));
    const focus = document.activeElement?.closest(".deal");
    const inside = focus && [...focus.querySelectorAll("a")].indexOf(document.activeElement);
    // A card that moved may still stand in the column that it left.
    for (const card of came.content.querySelectorAll(".deal")) document.getElementById(card.id)?.remove();
    for (const section of [...came.content.children]) put(section, before);
    watch();
    if (!focus || document.activeElement?.closest(".deal")) return;
    // Where the card is gone, whoever goes by the keyboard stands at another, not at the top of the page.
    const again = document.getElementById(focus.id);
    const next = again ?? columns.querySelector('.deal[tabindex="0"]');
    (again?.querySelectorAll("a")[inside] ?? next)?.focus({ preventScroll: true });
  };

  const put = (section, before) => {
    const column = document.getElementById(section.id);
    const { scrollTop } = column.querySelector(".cards");
    Object.assign(column.dataset, section.dataset);
    for (const card of section.querySelectorAll(".deal")) {
      if (before.get(card.id) !== card.dataset.version) card.classList.add("came");
    }
    // The element itself stays: the address may point to it, and a phone shows the column that it points to.
    column.replaceChildren(...section.childNodes);
    column.querySelector(".cards").scrollTop = scrollTop;
    board.querySelector(`[data-number="${column.dataset.stage}"]`).textContent = column.dataset.number;
    movable.prepare();
  };

  const movable = makeMovable(board, columns, {
    async drop(card, from, goal) {
      const { deal } = card.dataset;
      const body = new FormData();
      body.set("to", goal.dataset.drops);
      body.set("seen", from.dataset.stage);
      body.set("version", card.dataset.version);
      if (goal.matches(".column")) goal.querySelector(".cards").prepend(card);
      else card.classList.add("lifted");
      // One after another, for they share the dialogue; on from where it never came nobody is carried.
      const before = last;
      const sent = async () => {
        if (before && !await before.done && before.deal === deal) return false;
        return carryOut(`/deals/${deal}/move/`, body);
      };
      const mine = { deal, done: sent() };
      last = mine;
      const went = await mine.done;
      if (last === mine) last = null;
      if (!went) refresh([from.dataset.stage, ...(goal.dataset.stage ? [goal.dataset.stage] : [])]);
    },
    settled: () => refresh([]),
  });

  whenDone(refresh);
  document.getElementById("asks").addEventListener("close", () => refresh([]));
  followChanges(board, refresh, () => { anew = true; });

  const showMore = (column) => {
    column.dataset.shown = column.querySelector("[data-further]").dataset.further;
    refresh([column.dataset.stage]);
  };

  columns.addEventListener("click", (event) => {
    const further = event.target.closest("[data-further]");
    if (!further) return;
    event.preventDefault();
    showMore(further.closest(".column"));
  });

  // More cards come before somebody who scrolls, or goes by the keyboard, is at the last one.
  const nearEnd = new IntersectionObserver((seen) => {
    for (const { isIntersecting, target } of seen) if (isIntersecting) showMore(target.closest(".column"));
  });

  function watch() {
    nearEnd.disconnect();
    for (const further of columns.querySelectorAll("[data-further]")) {
      const card = [...further.closest(".column").querySelectorAll(".deal")].at(-AHEAD);
      if (card) nearEnd.observe(card);
    }
  }
  watch();

  const markStage = () => {
    const chips = [...board.querySelectorAll(".stages a")];
    const here = chips.find((chip) => chip.hash === location.hash) ?? chips[0];
    for (const chip of chips) {
      if (chip === here) chip.setAttribute("aria-current", "true");
      else chip.removeAttribute("aria-current");
    }
    here?.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  addEventListener("hashchange", markStage);
  markStage();
}
