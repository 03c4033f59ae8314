// The page of a case: forms without reload, live conversation, answers by keyboard.

import { follow, fragment } from "./sportello-live.js";

const grid = document.querySelector("[data-caso]");
const address = `/sportello/casi/${grid.dataset.caso}`;
const parts = { dialogo: document.getElementById("dialogo"), scheda: document.getElementById("scheda") };
const notices = document.getElementById("avvisi");
const KEYS = "rientro:sportello-tasti";

let busy = false;
let sent = 0; // forms sent so far: what was fetched before the last one is old
let stale = false;
let pressed = false; // a button that is being pressed must not be replaced under the finger

// --- parts of the page --------------------------------------------------------------------------------------------

const drawn = {};

/** Draw a part again, if it changed; what was being typed in other forms stays. */
function draw(name, html, submitted = null) {
  const part = parts[name];
  const content = html.replace(/name="gettone" value="[^"]*"/g, "");
  if (!part || (drawn[name] === content && !submitted)) return;
  drawn[name] = content;
  const kept = [...part.querySelectorAll("input[id], textarea[id], select[id]")].filter(
    (field) => changedByHand(field) && !submitted?.contains(field) && !field.closest(".answers-keys") && field.id !== "tasti",
  );
  const open = [...part.querySelectorAll("details[open] > summary")].map((summary) => summary.textContent);
  const focused = part.contains(document.activeElement) ? signature(document.activeElement) : null;
  part.replaceChildren(fragment(html));
  for (const before of kept) {
    const field = document.getElementById(before.id);
    if (field?.type === "checkbox") field.checked = before.checked;
    else if (field) field.value = before.value;
  }
  for (const summary of part.querySelectorAll("details:not([open]) > summary")) {
    if (open.includes(summary.textContent)) summary.parentElement.open = true;
  }
  if (focused) {
    const same = [...part.querySelectorAll("a, button, input, textarea, select, summary, [tabindex]")];
    same.find((element) => signature(element) === focused)?.focus({ preventScroll: true });
  }
  lift(part);
  if (name === "dialogo") toEnd();
  if (name === "scheda") keys.apply();
}

/** Whether somebody has put something else into a field than the page had there. */
function changedByHand(field) {
  if (field.type === "checkbox") return field.checked !== field.defaultChecked;
  if (field.type === "hidden") return false;
  if (field.tagName !== "SELECT") return field.value !== field.defaultValue;
  const offered = [...field.options].findIndex((option) => option.defaultSelected);
  return field.selectedIndex !== Math.max(0, offered);
}

/** What tells an element from the others of its part, before and after the part is drawn again. */
const signature = (element) =>
  element.id || [element.tagName, element.form?.getAttribute("action"), element.value, element.textContent.trim()].join(" ");

/** What a part has to tell goes where screen readers listen. */
function lift(part) {
  const told = part.querySelector(".part-notice > *");
  if (told) notices.replaceChildren(told);
}

function toEnd() {
  if (parts.dialogo) parts.dialogo.scrollTop = parts.dialogo.scrollHeight;
}

async function refresh(name, query = "") {
  const before = sent;
  const answer = await fetch(`${address}/parte/${name}${query}`, { cache: "no-store", headers: { Accept: "text/html", "X-Rientro-Da-Sola": "1" } });
  const html = await answer.text();
  if (sent !== before || pressed) stale = true;
  else if (answer.ok && !answer.redirected) draw(name, html);
}

const typing = () => {
  const field = document.activeElement;
  return parts.scheda.contains(field) && field.matches("input[id], textarea, select") && changedByHand(field);
};

async function changed() {
  if (busy) {
    stale = true;
    return;
  }
  stale = false;
  try {
    const before = parts.dialogo?.querySelectorAll(".from-persona").length ?? 0;
    if (parts.dialogo) await refresh("dialogo");
    const now = parts.dialogo?.querySelectorAll(".from-persona") ?? [];
    if (now.length > before) announce(`La persona scrive: ${now[now.length - 1].querySelector(".msg-bubble").textContent.trim()}`);
    if (typing() || pressed) stale = true;
    else await refresh("scheda");
  } catch {
    // The stream says that the connection is lost; it calls again when it is back.
  }
}

const spoken = document.createElement("div");
spoken.className = "visually-hidden";
spoken.setAttribute("role", "log");
document.body.append(spoken);
function announce(text) {
  spoken.textContent = text;
}

// --- forms --------------------------------------------------------------------------------------------------------

async function send(form, submitter) {
  busy = true;
  sent += 1;
  const data = new FormData(form, submitter);
  const name = form.dataset.parte;
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: data,
      headers: { "X-Parte": name, Accept: "text/html" },
      cache: "no-store",
    });
    if (answer.redirected || answer.status === 403) {
      location.reload(); // the session ended: the page says where to enter
      return;
    }
    notices.replaceChildren();
    draw(name, await answer.text(), form);
    if (name === "dialogo" && answer.ok && form.id === "scrivi") {
      form.reset();
      form.testo.value = "";
      form.testo.focus();
      newKey();
    }
    if (name === "scheda") afterAnswer(form);
  } catch {
    const lost = document.createElement("p");
    lost.className = "status-note tone-danger";
    lost.textContent = "Non sono riuscito a inviare. Quello che ha scritto è ancora qui: riprovi.";
    notices.replaceChildren(lost);
  } finally {
    busy = false;
    if (stale) changed();
  }
}

/** After an answer the next question gets the focus: it is read aloud, and its field is ready. */
function afterAnswer(form) {
  if (!form.closest(".ask") && !form.action.endsWith("/togli")) return;
  const field = parts.scheda.querySelector("[data-fuoco]");
  (field ?? document.getElementById("domanda"))?.focus();
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.parte) {
    event.preventDefault();
    if (!busy) send(form, event.submitter);
  } else if (form.dataset.risposta) {
    event.preventDefault();
    readyAnswer(form);
  }
});

function newKey() {
  const field = document.querySelector("#scrivi [name=chiave]");
  if (field) field.value = crypto.randomUUID();
}

async function readyAnswer(form) {
  const query = new URLSearchParams(new FormData(form));
  let answer;
  try {
    answer = await fetch(`${form.getAttribute("action")}?${query}`, { headers: { "X-Parte": "testo" }, cache: "no-store" });
  } catch {
    return;
  }
  if (!answer.ok) return;
  const text = await answer.text();
  const field = document.getElementById("testo");
  if (form.dataset.risposta === "scrivi" && field) {
    field.value = field.value.trim() ? `${field.value.trim()}\n${text}` : text;
    field.focus();
  } else {
    document.getElementById("risposta-pronta")?.replaceChildren(
      ...text.split("\n").map((line) => Object.assign(document.createElement("p"), { textContent: line })),
    );
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-domanda]");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  refresh("scheda", `?domanda=${encodeURIComponent(link.dataset.domanda)}`).then(() => {
    (parts.scheda.querySelector("[data-fuoco]") ?? document.getElementById("domanda"))?.focus();
  });
});

// --- keyboard -----------------------------------------------------------------------------------------------------

const keys = {
  on: true,
  apply() {
    const box = document.getElementById("tasti");
    if (box) box.checked = this.on;
  },
  load() {
    try {
      this.on = localStorage.getItem(KEYS) !== "0";
    } catch {
      this.on = true;
    }
    this.apply();
  },
};

document.addEventListener("change", (event) => {
  if (event.target.id !== "tasti") return;
  keys.on = event.target.checked;
  try {
    localStorage.setItem(KEYS, keys.on ? "1" : "0");
  } catch {
    // Holds for this page.
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.id === "testo") {
    event.preventDefault();
    event.target.form.requestSubmit();
    return;
  }
  if (!keys.on || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select, dialog")) return;
  if (event.key === "/") {
    const line = document.getElementById("riga");
    if (!line) return;
    event.preventDefault();
    line.focus();
    return;
  }
  const button = parts.scheda.querySelector(`button[data-tasto="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!button || busy) return;
  event.preventDefault();
  button.form.requestSubmit(button);
});

const catchUp = () => setTimeout(() => stale && !busy && !pressed && !typing() && changed(), 0);
document.addEventListener("focusout", catchUp);
document.addEventListener("pointerdown", () => (pressed = true));
for (const kind of ["pointerup", "pointercancel"]) {
  document.addEventListener(kind, () => {
    setTimeout(() => {
      pressed = false;
      catchUp();
    }, 50);
  });
}

// --- start --------------------------------------------------------------------------------------------------------

keys.load();
newKey();
toEnd();
follow(`${address}/events`, "cambiato", changed, () => {
  location.href = "/sportello";
});
