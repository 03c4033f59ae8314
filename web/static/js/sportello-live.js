// Follows a stream of events of the hotline: reconnects whatever happens, and says when it cannot.

const AGAIN_MS = 4000;

/** Call `onChange` whenever the server says that something changed, and after each reconnection. */
export function follow(address, name, onChange, onEnd = null) {
  const state = document.getElementById("collegamento");
  let source = null;
  let timer = null;
  let lost = false;

  function say(text) {
    if (!state) return;
    state.textContent = text ?? "";
    state.hidden = !text;
  }

  function open() {
    clearTimeout(timer);
    source = new EventSource(address);
    source.addEventListener("open", () => {
      if (lost) onChange();
      lost = false;
      say(null);
    });
    source.addEventListener(name, () => onChange());
    source.addEventListener("finito", () => {
      source.close();
      onEnd?.();
    });
    source.addEventListener("error", () => {
      lost = true;
      say("Collegamento perso. Riprovo da solo.");
      // The browser tries again after a broken connection, but not after an answer it did not expect.
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(again, AGAIN_MS);
    });
  }

  async function again() {
    try {
      const answer = await fetch("/sportello/coda/parte", { cache: "no-store", redirect: "manual", headers: { "X-Rientro-Da-Sola": "1" } });
      if (answer.status === 401 || answer.type === "opaqueredirect") {
        say("Il suo accesso è finito. Ricarichi la pagina per entrare di nuovo.");
        return;
      }
    } catch {
      // still unreachable
    }
    open();
  }

  open();
  window.addEventListener("online", () => source.readyState === EventSource.CLOSED && again());
}

/** Keep the waiting times of `<time data-da>` true. */
export function tick(root = document) {
  for (const element of root.querySelectorAll("time[data-da]")) {
    const text = ago(Date.now() - Date.parse(element.dataset.da));
    if (element.textContent !== text) element.textContent = text;
  }
}

export function ago(milliseconds) {
  const minutes = Math.max(0, Math.floor(milliseconds / 60000));
  if (minutes < 1) return "meno di 1 min";
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} ${hours === 1 ? "ora" : "ore"}${minutes % 60 ? ` e ${minutes % 60} min` : ""}`;
  const days = Math.floor(hours / 24);
  return `${days} ${days === 1 ? "giorno" : "giorni"}`;
}

/** HTML of our own server, as nodes. */
export function fragment(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const nodes = document.createDocumentFragment();
  nodes.append(...parsed.body.childNodes);
  return nodes;
}
