// Say in the page why a passkey was not used; allauth only tells the console.
const failed = document.querySelector("script[data-failed]")?.dataset.failed;
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const region = document.getElementById("messages");
  if (!region || !failed) return;
  const notice = document.createElement("div");
  notice.className = "notice bad";
  notice.textContent = failed;
  region.replaceChildren(notice);
});
