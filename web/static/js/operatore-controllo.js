// The check that follows every change of a form. Without this script the form's own button does the same.
const form = document.querySelector("form[data-live-check]");
const place = document.getElementById(form.dataset.liveCheck);
const PAUSE_MS = 500;
let timer;
let running;

async function check() {
  running?.abort();
  running = new AbortController();
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) body.append(name, value);
  body.set("azione", "controlla");
  try {
    const response = await fetch(form.action, { method: "POST", body, headers: { "X-Frammento": "si", Accept: "text/html" }, signal: running.signal });
    if (!response.ok) return; // the button still works, and says what is wrong
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    place.replaceChildren(...page.body.childNodes);
  } catch (error) {
    if (error.name !== "AbortError") console.warn("check not available");
  }
}

form.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(check, PAUSE_MS);
});
