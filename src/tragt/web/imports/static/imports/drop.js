// A file dropped or chosen is sent at once, with progress. Without this script the form is sent as it is.

const form = document.getElementById("upload");
const drop = form?.querySelector(".drop");
const input = form?.querySelector("input[type=file]");

const wrong = (text) => {
  const place = document.getElementById("file-error");
  place.querySelector("p").textContent = text;
  place.hidden = !text;
  input.toggleAttribute("aria-invalid", Boolean(text));
};

const show = (words, percent) => {
  const progress = form.querySelector(".progress");
  const [what, howFar] = progress.querySelectorAll("label span");
  progress.hidden = words === "";
  if (what.textContent !== words) what.textContent = words;
  howFar.textContent = percent === null ? "" : `${percent} %`;
  const bar = progress.querySelector("progress");
  if (percent === null) bar.removeAttribute("value");
  else bar.value = percent;
};

const failed = (text) => {
  show("", 0);
  wrong(text || form.dataset.failed);
  input.value = "";
  form.querySelector("button").disabled = false;
};

const send = () => {
  if (!input.files.length) return;
  const request = new XMLHttpRequest();
  wrong("");
  form.querySelector("button").disabled = true;
  show(form.dataset.sending, 0);
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) show(form.dataset.sending, Math.round((100 * event.loaded) / event.total));
  });
  request.upload.addEventListener("load", () => show(form.dataset.reading, null));
  request.addEventListener("error", () => failed());
  request.addEventListener("load", () => {
    let answer = {};
    try {
      answer = JSON.parse(request.responseText);
    } catch {
      // A page instead of an answer: the words for a failed upload are shown.
    }
    if (answer.next) location.assign(answer.next);
    else failed(answer.error);
  });
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  request.send(new FormData(form));
};

if (form) {
  // Choosing a file sends it: there is nothing left to press.
  form.querySelector(".acts").hidden = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  input.addEventListener("change", send);
  for (const kind of ["dragenter", "dragover"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    send();
  });
}
