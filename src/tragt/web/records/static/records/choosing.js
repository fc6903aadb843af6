// Choosing rows of a list: all of a page at once, several with the shift key, and how many there are. Without this the
// boxes and the form below the list do the same.

const form = document.getElementById("many");

if (form) {
  const bar = document.getElementById("chosen");
  const counts = bar.querySelector("[data-counts]");
  const whole = document.querySelector('[form="many"][name="page"]');
  const every = document.querySelector('[form="many"][name="every"]');
  const rows = Array.from(document.querySelectorAll('[form="many"][name="key"]'));
  let last = null;

  const show = () => {
    const chosen = rows.filter((row) => row.checked).length;
    whole.checked = chosen === rows.length;
    whole.indeterminate = chosen > 0 && chosen < rows.length;
    if (every && chosen < rows.length) every.checked = false;
    counts.hidden = false;
    counts.querySelector("span").textContent = every?.checked ? every.dataset.number : chosen;
  };

  const put = (some, on) => {
    for (const row of some) row.checked = on;
    show();
  };

  whole.addEventListener("change", () => put(rows, whole.checked));
  every?.addEventListener("change", () => (every.checked ? put(rows, true) : show()));
  form.addEventListener("reset", () => setTimeout(() => {
    put(rows, false);
    whole.focus();
  }));
  for (const row of rows) {
    row.addEventListener("click", (event) => {
      const [from, to] = [rows.indexOf(last ?? row), rows.indexOf(row)].sort((a, b) => a - b);
      if (event.shiftKey && last) put(rows.slice(from, to + 1), row.checked);
      else show();
      last = row;
    });
  }

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.getAttribute?.("form") !== "many") return;
    if (event.target.type === "checkbox") {
      event.preventDefault();
      if (rows.some((row) => row.checked)) bar.querySelector("summary")?.focus();
    } else if (event.target.name === "tag") {
      event.preventDefault();
      bar.querySelector('[value="tag"]').click();
    }
  });

  // A file leaves the page as it is: its form may be sent again.
  form.addEventListener("submit", ({ submitter }) => {
    if (["csv", "xlsx"].includes(submitter?.value)) setTimeout(() => {
      delete form.dataset.sent;
      submitter.removeAttribute("aria-busy");
    });
  });

  if (rows.some((row) => row.checked)) show();
}
