// Choose the time zone that the browser is in, unless a zone was chosen already. Browsers know some by an older name.
const select = document.querySelector("select[data-browser-zone]");
const canonical = (zone) => {
  try {
    return new Intl.DateTimeFormat("en", zone ? { timeZone: zone } : {}).resolvedOptions().timeZone;
  } catch {
    return "";
  }
};
const zone = canonical();
if (select && zone) {
  const options = [...select.options];
  const found =
    options.find((option) => option.value === zone) ?? options.find((option) => canonical(option.value) === zone);
  if (found) select.value = found.value;
}
