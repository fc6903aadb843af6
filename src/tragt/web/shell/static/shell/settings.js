// The list of settings narrows as one types; Enter opens the first that is left.

const field = document.getElementById("find-setting");
const said = document.querySelector(".unfound");
const chapters = [...document.querySelectorAll(".contents > section")];

const narrow = () => {
  const words = field.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  for (const chapter of chapters) {
    const heading = chapter.querySelector("h2").textContent;
    const rows = [...chapter.querySelectorAll("li")];
    for (const row of rows) {
      const text = `${heading} ${row.textContent}`.toLocaleLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
    chapter.hidden = rows.every((row) => row.hidden);
  }
  said.textContent = chapters.every((chapter) => chapter.hidden) ? said.dataset.none : "";
};

if (field) {
  field.closest(".field").hidden = false;
  field.addEventListener("input", narrow);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && field.value) document.querySelector(".contents li:not([hidden]) a")?.click();
  });
  narrow();
}
