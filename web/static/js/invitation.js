// The secret of an invitation is behind the # of the address, which no server sees: hand it over, and hide it.
const form = document.getElementById("open-invitation");
const secret = location.hash.slice(1);
if (form && secret) {
  history.replaceState(null, "", location.pathname);
  form.elements.invito.value = secret;
  form.requestSubmit();
}
