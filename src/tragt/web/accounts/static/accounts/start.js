// Choose the time zone that the browser is in, unless a zone was chosen already.
const select = document.querySelector("select[data-browser-zone]");
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (select && zone && [...select.options].some((option) => option.value === zone)) {
  select.value = zone;
}
