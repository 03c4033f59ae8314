// The field where the person writes. Unsent words survive a reload.

import { block, fill } from "./dom.js";

const words = block("words").chat;
const { limit } = block("config");
const DRAFT = "rientro:draft";

function stored() {
  try {
    return sessionStorage.getItem(DRAFT) ?? "";
  } catch {
    return "";
  }
}

function store(text) {
  try {
    if (text) sessionStorage.setItem(DRAFT, text);
    else sessionStorage.removeItem(DRAFT);
  } catch {
    // Kept in the field at least.
  }
}

export class Composer {
  /** `onSend(text)` gets the words to send. */
  constructor(form, onSend) {
    this.field = form.querySelector("textarea");
    this.error = form.querySelector("#message-error");
    this.onSend = onSend;
    this.field.value = stored();
    this.field.addEventListener("input", () => this.#changed());
    this.field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#submit();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#changed();
  }

  /** Put words back that could not be sent. */
  restore(text) {
    this.field.value = this.field.value ? `${text}\n${this.field.value}` : text;
    this.#changed();
  }

  say(error) {
    this.error.textContent = error ?? "";
    this.error.hidden = !error;
    if (error) this.field.setAttribute("aria-invalid", "true");
    else this.field.removeAttribute("aria-invalid");
  }

  #changed() {
    store(this.field.value);
    const count = [...this.field.value].length;
    this.say(count > limit ? fill(words.too_long, { count, limit }) : null);
    if (!CSS.supports("field-sizing", "content")) {
      // Growing with the text without an inline style: the number of rows is an attribute.
      this.field.rows = Math.min(5, Math.max(1, this.field.value.split("\n").length));
    }
  }

  #submit() {
    const text = this.field.value.trim();
    if (!text) {
      this.say(words.empty);
      return;
    }
    if ([...this.field.value].length > limit) return;
    this.field.value = "";
    this.#changed();
    this.onSend(text);
  }
}
