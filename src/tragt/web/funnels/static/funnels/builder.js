// Suggestions as one types: ARIA 1.2 comboboxes over plain inputs, and over the lists of events. Without this script
// inputs are inputs and lists are lists; what is sent is the same.

const MOST = 60;
const numbers = new Intl.NumberFormat(document.documentElement.lang || undefined);
let made = 0;

const builder = () => document.getElementById("builder");
const closest = (field, name) => [...builder().querySelectorAll(`[name="${name}"]`)];

// The choices of events whose properties a field asks for.
const eventsOf = (field) => {
  const kind = field.dataset.suggests;
  if (kind === "first" || kind === "last") {
    const steps = Number(builder().elements.steps.value);
    const place = kind === "first" ? 0 : steps - 1;
    return closest(field, `step-${place}-name`).map((one) => one.value).filter(Boolean);
  }
  const row = field.name.match(/^(step|lost|reopen|exclude)-\d+/);
  return row ? closest(field, `${row[0]}-name`).map((one) => one.value).filter(Boolean) : [];
};

const propertyOf = (field) => {
  const all = closest(field, field.name);
  return closest(field, field.name.replace(/value$/, "property"))[all.indexOf(field)]?.value.trim() ?? "";
};

// Where a field's suggestions are asked for; null where there are none to ask for.
const address = (field) => {
  const kind = field.dataset.suggests;
  const asked = new URLSearchParams({ text: lastPart(field) });
  if (kind.startsWith("unit")) asked.set("unit", builder().elements.unit.value);
  else eventsOf(field).forEach((event) => asked.append("event", event));
  if (kind.endsWith("value")) {
    const property = propertyOf(field);
    if (!property) return null;
    asked.set("property", property);
  }
  return `${builder().dataset.suggestions}?${asked}`;
};

// With "is one of", what stands behind the last bar is being typed.
const severals = (field) => {
  if (!field.dataset.suggests.endsWith("value")) return false;
  const all = closest(field, field.name);
  const how = closest(field, field.name.replace(/value$/, "operator"))[all.indexOf(field)];
  return how?.value === "in";
};
const lastPart = (field) => (severals(field) ? field.value.split("|").pop() : field.value).trim();

class Combobox {
  constructor(input) {
    this.input = input;
    this.options = [];
    this.at = -1;
    this.list = document.createElement("div");
    this.list.id = `found-${(made += 1)}`;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", builder().dataset.found);
    this.list.hidden = true;
    for (const [name, value] of Object.entries({
      role: "combobox",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": this.list.id,
      autocomplete: "off",
      spellcheck: "false",
      autocapitalize: "off",
    })) input.setAttribute(name, value);
    const whole = document.createElement("div");
    whole.className = "combo";
    input.before(whole);
    whole.append(input, this.list);
    this.whole = whole;
    input.addEventListener("input", () => this.later());
    input.addEventListener("click", () => this.look());
    input.addEventListener("keydown", (event) => this.key(event));
    input.addEventListener("blur", () => this.left());
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.take(this.options.findIndex((one) => one.id === option.id));
    });
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), 120);
  }

  async look() {
    const turn = (this.turn = (this.turn ?? 0) + 1);
    const found = await this.find();
    if (turn !== this.turn || document.activeElement !== this.input) return;
    this.show(found);
  }

  show(found) {
    this.at = -1;
    this.options = found.slice(0, MOST).map((one, place) => ({ ...one, id: `${this.list.id}-${place}` }));
    this.list.replaceChildren();
    let group = null;
    let named = "";
    for (const one of this.options) {
      const option = document.createElement("div");
      option.id = one.id;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.append(Object.assign(document.createElement("span"), { textContent: one.text || one.value }));
      const beside = one.count == null ? (one.text && one.text !== one.value && !one.whole ? one.value : "") : numbers.format(one.count);
      if (beside) option.append(Object.assign(document.createElement("small"), { textContent: beside }));
      if ((one.group ?? "") !== named) {
        named = one.group ?? "";
        group = document.createElement("div");
        group.setAttribute("role", "group");
        group.setAttribute("aria-label", named);
        group.append(Object.assign(document.createElement("span"), { textContent: named, ariaHidden: "true" }));
        this.list.append(group);
      }
      (named ? group : this.list).append(option);
    }
    this.open(this.options.length > 0);
  }

  open(opens) {
    this.list.hidden = !opens;
    this.input.setAttribute("aria-expanded", String(opens));
    this.mark(-1);
  }

  mark(place) {
    const all = [...this.list.querySelectorAll("[role=option]")];
    all.forEach((option, number) => option.setAttribute("aria-selected", String(number === place)));
    this.at = place;
    if (all[place]) {
      this.input.setAttribute("aria-activedescendant", all[place].id);
      all[place].scrollIntoView({ block: "nearest" });
    } else this.input.removeAttribute("aria-activedescendant");
  }

  key(event) {
    const opened = !this.list.hidden;
    const many = this.options.length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!opened) this.look();
      else this.mark(event.key === "ArrowDown" ? (this.at + 1) % many : (this.at <= 0 ? many : this.at) - 1);
    } else if (event.key === "Enter" && opened && this.at >= 0) {
      event.preventDefault();
      this.take(this.at);
    } else if (event.key === "Escape" && opened) {
      event.preventDefault();
      event.stopPropagation();
      this.open(false);
    } else if (event.key === "Enter" && this.holds?.()) event.preventDefault();
  }

  left() {
    this.turn = (this.turn ?? 0) + 1;
    clearTimeout(this.timer);
    this.open(false);
  }
}

// Over an input: the server says what fits.
class Typed extends Combobox {
  async find() {
    const where = address(this.input);
    if (!where) return [];
    try {
      const answer = await fetch(where, { headers: { Accept: "application/json" } });
      return answer.ok ? (await answer.json()).options : [];
    } catch {
      return [];
    }
  }

  take(place) {
    const value = this.options[place].value;
    const parts = severals(this.input) ? this.input.value.split("|").slice(0, -1).map((part) => part.trim()) : [];
    this.input.value = [...parts, value].join(" | ");
    this.open(false);
    this.input.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

// Over a list: its own options are what fits, and it stays what is sent.
class Chosen extends Combobox {
  constructor(select) {
    const input = document.createElement("input");
    input.id = `${select.id}-text`;
    for (const name of ["aria-label", "aria-invalid", "aria-describedby"]) {
      if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
    }
    input.placeholder = select.options[0].text;
    select.before(input);
    super(input);
    this.select = select;
    this.whole.prepend(select);
    select.tabIndex = -1;
    select.setAttribute("aria-hidden", "true");
    this.tell();
    select.addEventListener("change", () => this.tell());
    if (select.autofocus) {
      // htmx gives the focus to what asks for it a moment after the swap.
      select.autofocus = false;
      input.autofocus = true;
      input.focus();
    }
  }

  tell() {
    const chosen = this.select.selectedOptions[0];
    this.input.value = chosen && chosen.value ? chosen.text : "";
  }

  async find() {
    const typed = this.input.value.trim().toLocaleLowerCase();
    const chosen = this.select.selectedOptions[0];
    const wanted = chosen && chosen.value && this.input.value === chosen.text ? "" : typed;
    const all = [...this.select.options].filter((one) => one.value && one.text.toLocaleLowerCase().includes(wanted));
    return all.map((one) => ({ value: one.value, text: one.text, whole: true, group: one.parentElement.label ?? "" }));
  }

  take(place) {
    this.select.value = this.options[place].value;
    this.open(false);
    this.select.dispatchEvent(new Event("change", { bubbles: true }));
  }

  // What was typed and is nothing to choose goes; the exact name of something chooses it.
  left() {
    super.left();
    const typed = this.input.value.trim().toLocaleLowerCase();
    const named = [...this.select.options].find((one) => one.value && one.text.replace(/ \([^()]*\)$/, "").toLocaleLowerCase() === typed);
    const before = this.select.value;
    if (!typed) this.select.value = "";
    else if (named) this.select.value = named.value;
    if (this.select.value !== before) this.select.dispatchEvent(new Event("change", { bubbles: true }));
    else this.tell();
  }

  holds() {
    return this.list.hidden === false;
  }
}

const enhance = (form) => {
  for (const field of form.querySelectorAll("[data-suggests]:not([role=combobox])")) {
    if (field.closest(".combo")) continue;
    if (field.tagName === "SELECT") new Chosen(field);
    else new Typed(field);
  }
};

// A new form shows what was sent for it. What somebody typed or chose since stands again where it still does.
const sent = new WeakMap();
let since = [];

const fields = () => {
  const met = new Map();
  const all = new Map();
  for (const field of builder()?.elements ?? []) {
    if (!field.name || field.type === "hidden" || field.type === "submit") continue;
    const number = met.get(field.name) ?? 0;
    met.set(field.name, number + 1);
    all.set(`${field.name} ${number}`, field);
  }
  return all;
};
const tick = (field) => field.type === "checkbox" || field.type === "radio";
const held = (field) => (tick(field) ? field.checked : field.value);
const state = () => new Map([...fields()].map(([name, field]) => [name, held(field)]));
const whole = ({ detail }) => detail.target?.id === "builder";

enhance(builder());
document.addEventListener("htmx:beforeRequest", (event) => whole(event) && sent.set(event.detail.xhr, state()));
document.addEventListener("htmx:beforeSwap", (event) => {
  const was = whole(event) && sent.get(event.detail.xhr);
  since = was ? [...state()].filter(([name, value]) => was.has(name) && was.get(name) !== value).map(([name, value]) => [name, was.get(name), value]) : [];
});
document.addEventListener("htmx:afterSwap", () => {
  if (!builder()) return;
  const now = fields();
  for (const [name, before, value] of since) {
    const field = now.get(name);
    if (field && held(field) === before) field[tick(field) ? "checked" : "value"] = value;
  }
  enhance(builder());
});
document.addEventListener("htmx:afterSettle", () => {
  const now = fields();
  const asks = since.map(([name]) => now.get(name)).filter((field) => field?.hasAttribute("hx-post"));
  since = [];
  for (const field of asks) field.dispatchEvent(new Event("change", { bubbles: true }));
});
