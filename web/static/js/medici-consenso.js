// The link's secret is behind the # of the address, which no server sees: hand it over, and hide it.
const form = document.getElementById("apri-consenso");
const secret = location.hash.slice(1);
if (form && secret) {
  history.replaceState(null, "", location.pathname);
  form.elements.link.value = secret;
  form.requestSubmit();
}
