// The check of requirements without reloading: the form shrinks as it is filled. The server decides what is asked.

const part = document.getElementById("verifica");
const said = document.getElementById("detto");

let busy = false;
let again = null; // what changed while a form was on its way
let pointer = false; // whether the last act was a finger or a mouse
let edited = null; // the row being filled in

const form = () => document.getElementById("modulo");
const firstField = () => form()?.querySelector("[data-riga] input, [data-riga] select");

/**
 * Send a form and draw the page's part again.
 * `why`: "done" (Enter, a key, a button: go on to the next question), "chosen" (by finger or mouse: stay), "left" (a row
 * was left for another one, which somebody may be filling in right now: it is not sent and keeps what is in it).
 */
async function send(which, submitter, why) {
  if (busy) {
    again = again === "done" ? again : why;
    return;
  }
  busy = true;
  const data = new FormData(which, submitter);
  const before = valuesOf(which);
  const current = why === "left" ? document.activeElement?.closest("#modulo [data-riga]") : null;
  for (const field of current?.querySelectorAll("input, select") ?? []) {
    data.delete(field.name);
    before.delete(field.id);
  }
  try {
    const answer = await fetch(which.getAttribute("action"), {
      method: "POST",
      body: data,
      headers: { "X-Parte": "verifica", Accept: "text/html" },
      cache: "no-store",
    });
    if (answer.redirected || !(answer.ok || answer.status === 422)) {
      location.reload(); // the session ended, or the form is too old: the page says what to do
      return;
    }
    const html = await answer.text();
    const meanwhile = changedSince(which, before);
    const opened = [...part.querySelectorAll("details[open] > summary")].map((summary) => summary.textContent);
    const here = document.activeElement?.id;
    part.replaceChildren(document.createRange().createContextualFragment(html));
    for (const [id, value] of meanwhile) {
      const field = document.getElementById(id);
      if (field) field.type === "radio" || field.type === "checkbox" ? (field.checked = value) : (field.value = value);
    }
    for (const summary of part.querySelectorAll("details:not([open]) > summary")) {
      if (opened.includes(summary.textContent) || part.querySelector("[aria-invalid]")?.closest("details") === summary.parentElement) {
        summary.parentElement.open = true;
      }
    }
    edited = meanwhile.length ? document.getElementById(meanwhile[0][0])?.closest("[data-riga]") : null;
    goOn(meanwhile.length ? "left" : why, here);
    announce();
  } catch {
    said.textContent = "Non riesco a collegarmi. Quello che ha scritto è ancora qui: riprovi.";
  } finally {
    busy = false;
    const waiting = again;
    again = null;
    if (form() && (waiting === "done" || (waiting && edited))) send(form(), null, waiting);
  }
}

/** Where the keyboard goes after an answer: the same field, else the next one, else what was found. */
function goOn(why, here) {
  const wrong = part.querySelector("[aria-invalid]");
  if (wrong && why !== "left") return wrong.focus();
  if (why === "done") return (firstField() ?? document.getElementById("domande")).focus();
  const same = here && document.getElementById(here);
  if (same) return same.focus({ preventScroll: true });
  const field = pointer ? document.getElementById("domande") : (firstField() ?? document.getElementById("domande"));
  field?.focus({ preventScroll: pointer });
}

function valuesOf(which) {
  return new Map([...which.querySelectorAll("[data-riga] input, [data-riga] select")].map((f) => [f.id, valueOf(f)]));
}
const valueOf = (field) => (field.type === "radio" || field.type === "checkbox" ? field.checked : field.value);
function changedSince(which, before) {
  return [...valuesOf(which)].filter(([id, value]) => before.get(id) !== value && (before.has(id) || value));
}

/** Say briefly what is known now, for who does not see the page. */
function announce() {
  const titles = [...part.querySelectorAll(".doctor-verdict")].map(
    (verdict) => `${verdict.querySelector("h3").textContent}: ${verdict.querySelector(".badge-row span").textContent}`,
  );
  const wrong = [...part.querySelectorAll("#modulo .error-words")].map((words) => words.textContent);
  said.textContent = `${[...wrong, document.getElementById("domande").textContent, ...titles].join(". ")}.`;
}

document.addEventListener("pointerdown", () => (pointer = true));
document.addEventListener("keydown", () => (pointer = false), { capture: true });

document.addEventListener("submit", (event) => {
  const which = event.target;
  if (!part.contains(which) || which.getAttribute("action") !== "/medici" || event.submitter?.value === "nuovo") return;
  event.preventDefault();
  const back = event.submitter?.value?.startsWith("togli:") && event.submitter.value.slice(6);
  send(which, event.submitter, "done").then(() => {
    if (!back) return;
    const row = part.querySelector(`[name="d.${CSS.escape(back)}"]`);
    row?.closest("details")?.setAttribute("open", "");
    row?.focus();
  });
});

// A finger or a mouse chose an answer: it counts at once. By keyboard it counts when the row is left, because the
// arrows pass over answers that nobody means.
document.addEventListener("change", (event) => {
  const row = event.target.closest?.("#modulo [data-riga]");
  if (!row) return;
  edited = row;
  if (pointer && event.target.type !== "text") send(form(), null, "chosen");
});
document.addEventListener("focusout", (event) => {
  const row = event.target.closest?.("#modulo [data-riga]");
  if (!row || row !== edited || row.contains(event.relatedTarget)) return;
  edited = null;
  // Somebody on their way to a button presses that button: it sends the answer too.
  if (event.relatedTarget?.matches("button, a, summary") && pointer) return;
  setTimeout(() => form() && send(form(), null, "left"), 0);
});

// On a Yes/No question the keys S, N and 0 answer and go on. They work only while the question has the focus.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  const field = event.target;
  if (field.type !== "radio" || !field.closest("#modulo [data-riga]")) return;
  const value = { s: "true", n: "false", 0: "non_so" }[event.key.toLowerCase()];
  if (!value) return;
  event.preventDefault();
  const wanted = field.closest("[data-riga]").querySelector(`input[value="${value}"]`);
  wanted.checked = true;
  edited = null;
  send(form(), null, "done");
});

if (!part.querySelector("[aria-invalid]")) firstField()?.focus({ preventScroll: true });
else part.querySelector("[aria-invalid]").focus();
