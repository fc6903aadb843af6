// Carrying cards: with the mouse at once, with a finger after a short press (so that lists scroll), with the keyboard
// from a card that has the focus. Escape brings a card back. On a phone, which shows one column, a card is dropped on the
// name of another stage; its menu offers the same.

const FAR = 5;
const WANDERS = 10;
const PRESS = 300;
const EDGE = 72;
const FASTEST = 18;
const phone = matchMedia("(max-width: 47.5rem)");

let carried = null;
let pressed = null;

export const carrying = () => Boolean(carried || pressed);

export function makeMovable(board, columns, acts) {
  const may = "may" in board.dataset;
  const ends = document.getElementById("ends");
  const says = document.getElementById("board-says");

  const speak = (text, names) => { says.textContent = text.replace(/%\((\w+)\)s/g, (_, name) => names[name]); };
  const chips = [...board.querySelectorAll(".stages [data-goal]")];
  const columnOf = (card) => card.closest(".column");
  const cardsOf = (column) => [...column.querySelectorAll(".deal")];
  const nameOf = (card) => card.querySelector(".name").textContent;
  const called = (goal) => goal.dataset.name ?? goal.textContent.trim();
  const goals = () => [...columns.children, ...(ends?.children ?? [])];

  // ------------------------------------------------------------------ under way, however it is carried

  const lift = (card, way) => {
    const gap = document.createElement("li");
    gap.className = "gap";
    gap.setAttribute("aria-hidden", "true");
    carried = { card, from: columnOf(card), goal: columnOf(card), gap, ...way };
    card.classList.add("lifted");
    document.documentElement.classList.add("carrying");
    ends.hidden = false;
    if (phone.matches) for (const chip of chips) chip.dataset.drops = chip.dataset.goal;
  };

  const aim = (goal) => {
    if (goal === carried.goal) return;
    carried.goal?.classList.remove("over");
    carried.goal = goal;
    carried.gap.remove();
    if (!goal || isFrom(goal)) return;
    goal.classList.add("over");
    goal.querySelector(".cards")?.prepend(carried.gap);
  };

  // The column that it came from, or the name of that column.
  const isFrom = (goal) => goal.dataset.drops === carried.from.dataset.drops;

  const land = (drops) => {
    const { card, from, goal, gap, ghost } = carried;
    const elsewhere = goal && !isFrom(goal);
    carried = null;
    gap.remove();
    ghost?.remove();
    goal?.classList.remove("over");
    card.classList.remove("lifted", "picked");
    document.documentElement.classList.remove("carrying");
    ends.hidden = true;
    if (drops && elsewhere) acts.drop(card, from, goal);
    else speak(board.dataset.cancelled, { deal: nameOf(card), stage: called(from) });
    for (const chip of chips) delete chip.dataset.drops;
    if (card.tabIndex === 0 && document.activeElement === document.body) card.focus({ preventScroll: true });
    acts.settled();
  };

  // ------------------------------------------------------------------ by mouse and by touch

  const liftHere = () => {
    const { card, x, y, id, touch } = pressed;
    const { left, top, width } = card.getBoundingClientRect();
    const ghost = card.cloneNode(true);
    ghost.removeAttribute("id");
    ghost.classList.add("carried");
    ghost.style.width = `${width}px`;
    ghost.setAttribute("aria-hidden", "true");
    board.append(ghost);
    pressed = null;
    lift(card, { pointer: id, ghost, touch, x, y, dx: x - left, dy: y - top });
    follow(x, y);
    requestAnimationFrame(scroll);
  };

  const follow = (x, y) => {
    Object.assign(carried, { x, y });
    carried.ghost.style.translate = `${x - carried.dx}px ${y - carried.dy}px`;
    aim(document.elementFromPoint(x, y)?.closest("[data-drops]") ?? null);
  };

  const scroll = () => {
    if (!carried?.ghost) return;
    const { left, right } = columns.getBoundingClientRect();
    const pull = Math.max(0, carried.x - right + EDGE) - Math.max(0, left + EDGE - carried.x);
    if (pull) {
      columns.scrollLeft += Math.max(-FASTEST, Math.min(FASTEST, pull / 4));
      follow(carried.x, carried.y);
    }
    requestAnimationFrame(scroll);
  };

  const letGo = () => {
    clearTimeout(pressed?.timer);
    pressed = null;
    acts.settled();
  };

  const swallowClick = () => {
    const swallow = (event) => { event.preventDefault(); event.stopPropagation(); };
    addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => removeEventListener("click", swallow, { capture: true }), 50);
  };

  const press = (event) => {
    const card = event.target.closest(".deal");
    if (!card || carried || event.button || event.target.closest(".moves")) return;
    pressed = { card, id: event.pointerId, x: event.clientX, y: event.clientY, touch: event.pointerType !== "mouse" };
    if (pressed.touch) pressed.timer = setTimeout(liftHere, PRESS);
  };

  const drag = (event) => {
    if (pressed?.id === event.pointerId) {
      const far = Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y);
      if (pressed.touch && far > WANDERS) letGo();
      else if (!pressed.touch && far > FAR) liftHere();
    }
    if (carried?.ghost && carried.pointer === event.pointerId) follow(event.clientX, event.clientY);
  };

  const release = (event) => {
    if (pressed?.id === event.pointerId) letGo();
    if (!carried?.ghost || carried.pointer !== event.pointerId) return;
    swallowClick();
    land(event.type === "pointerup");
  };

  // ------------------------------------------------------------------ by keyboard

  const pick = (card) => {
    lift(card, { keyboard: true });
    card.classList.remove("lifted");
    card.classList.add("picked");
    speak(board.dataset.picked, { deal: nameOf(card), stage: called(carried.from) });
  };

  const steer = (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) {
      const all = goals();
      const place = Math.min(Math.max(all.indexOf(carried.goal) + step, 0), all.length - 1);
      aim(all[place]);
      all[place].scrollIntoView({ block: "nearest", inline: "nearest" });
      speak(board.dataset.over, { stage: called(all[place]), place: place + 1, number: all.length });
    } else if (event.key === "Enter" || event.key === " ") {
      land(true);
    } else if (event.key === "Escape") {
      land(false);
    } else if (event.key === "Tab") {
      land(false);
      return;
    }
    event.preventDefault();
  };

  const go = (card, key) => {
    const here = cardsOf(columnOf(card));
    const place = here.indexOf(card);
    const beside = (step) => {
      let column = columnOf(card);
      do column = step > 0 ? column.nextElementSibling : column.previousElementSibling;
      while (column && !cardsOf(column).length);
      return column && cardsOf(column)[Math.min(place, cardsOf(column).length - 1)];
    };
    const to = {
      ArrowUp: () => here[place - 1], ArrowDown: () => here[place + 1], Home: () => here[0], End: () => here.at(-1),
      ArrowLeft: () => beside(-1), ArrowRight: () => beside(1),
    }[key];
    if (!to) return false;
    to()?.focus();
    return true;
  };

  // One card can be reached by Tab, with what it offers; arrow keys lead to the others.
  const rove = (card) => {
    for (const each of columns.querySelectorAll('.deal[tabindex="0"]')) each.tabIndex = -1;
    card.tabIndex = 0;
    for (const link of columns.querySelectorAll('.deal a:not([tabindex])')) link.tabIndex = -1;
    for (const link of card.querySelectorAll("a")) link.removeAttribute("tabindex");
    // A column that scrolls and has no card to reach by Tab is reached itself: arrow keys then scroll it.
    for (const list of columns.querySelectorAll(".cards")) {
      if (list.scrollHeight > list.clientHeight && !list.contains(card)) list.tabIndex = 0;
      else list.removeAttribute("tabindex");
    }
  };

  const prepare = () => {
    for (const card of columns.querySelectorAll(".deal:not([tabindex])")) card.tabIndex = -1;
    const here = columns.querySelector('.deal[tabindex="0"]') ?? columns.querySelector(".deal");
    if (here) rove(here);
  };

  columns.addEventListener("focusin", (event) => {
    const card = event.target.closest(".deal");
    if (card && card.tabIndex !== 0) rove(card);
  });
  columns.addEventListener("focusout", () => {
    if (carried?.keyboard) setTimeout(() => { if (carried && document.activeElement !== carried.card) land(false); });
  });
  columns.addEventListener("keydown", (event) => {
    if (carried?.keyboard) { steer(event); return; }
    const card = event.target;
    if (!card.matches(".deal") || event.ctrlKey || event.altKey || event.metaKey) return;
    if (may && (event.key === "Enter" || event.key === " ")) pick(card);
    else if (!go(card, event.key)) return;
    event.preventDefault();
  });

  if (may) {
    columns.addEventListener("pointerdown", press);
    document.addEventListener("pointermove", drag);
    document.addEventListener("pointerup", release);
    document.addEventListener("pointercancel", release);
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && carried?.ghost) { event.preventDefault(); land(false); }
    });
    document.addEventListener("touchmove", (event) => { if (carried?.ghost) event.preventDefault(); }, { passive: false });
    columns.addEventListener("contextmenu", (event) => { if (carried?.touch || pressed?.touch) event.preventDefault(); });
    columns.addEventListener("dragstart", (event) => event.preventDefault());
  }
  prepare();
  return { prepare };
}
