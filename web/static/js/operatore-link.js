// The secret of an e-mail's link is in the fragment: move it into the form and out of the address.
// Nothing is sent until somebody presses the button.
const secret = window.location.hash.slice(1);
if (secret) {
  document.getElementById("link").value = secret;
  document.getElementById("campo-link").hidden = true;
  document.getElementById("pronto").hidden = false;
  window.history.replaceState(null, "", window.location.pathname);
}
