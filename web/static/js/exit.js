// "Esci subito": leaves at once, so that "back" does not return here; the server ends what this browser had open.

const button = document.getElementById("exit");
const tabs = "BroadcastChannel" in window ? new BroadcastChannel("rientro") : null;

function leave() {
  document.body.hidden = true;
  document.title = "Wikipedia";
  try {
    sessionStorage.clear();
    localStorage.clear();
    localStorage.setItem("rientro:curtain", "1"); // for when the server cannot be reached to end the session
  } catch {
    // Storage may be forbidden: leaving matters more.
  }
  location.replace(button.dataset.away);
}

button?.form.addEventListener("submit", (event) => {
  event.preventDefault();
  tabs?.postMessage("leave"); // other tabs of ours show the same person
  // Goes on after the page is gone.
  fetch(button.form.action, { method: "POST", keepalive: true }).catch(() => {});
  leave();
});

tabs?.addEventListener("message", (event) => {
  if (event.data === "leave") leave();
});
