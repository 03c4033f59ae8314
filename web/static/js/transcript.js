// The list of messages: drawing, choices, reading with the arrow keys.

import { draw, spoken } from "./cards.js";
import { block, h, prose } from "./dom.js";

const words = block("words").chat;
const AUTHORS = { bot: words.author_bot, persona: words.author_persona, operatore: words.author_operatore };

export class Transcript {
  /** `onChoose(button, title, payload)` is called when a live choice is pressed. */
  constructor(list, onChoose) {
    this.list = list;
    this.onChoose = onChoose;
    this.messages = [];
    list.addEventListener("keydown", (event) => this.#arrows(event));
  }

  get ids() {
    return this.messages.map((message) => message.id);
  }

  has(id) {
    return this.messages.some((message) => message.id === id);
  }

  clear() {
    this.messages = [];
    this.list.replaceChildren();
  }

  /** Add a message at the end; returns its element. */
  append(message) {
    const previous = this.messages.at(-1);
    const question = message.author === "persona" ? this.#lastQuestion() : null;
    this.messages.push(message);
    if (message.author === "persona") this.#retireChoices(message.text);
    const element = this.#draw(message, previous, question);
    this.list.append(element);
    return element;
  }

  /** A message shown before the server confirmed it gets its real id. */
  confirm(provisionalId, id) {
    const element = this.list.querySelector(`[data-id="${provisionalId}"]`);
    const message = this.messages.find((known) => known.id === provisionalId);
    if (!element || !message) return;
    if (id && this.has(id)) {
      this.remove(provisionalId);
      return;
    }
    message.id = id ?? provisionalId;
    element.dataset.id = message.id;
    element.classList.remove("is-waiting");
  }

  remove(id) {
    this.messages = this.messages.filter((message) => message.id !== id);
    this.list.querySelector(`[data-id="${id}"]`)?.remove();
  }

  /** Choices that can no longer be taken stay readable; `pressed` names the one that was. */
  #retireChoices(pressed) {
    for (const button of this.list.querySelectorAll("button[data-payload]:not([aria-disabled])")) {
      button.setAttribute("aria-disabled", "true");
      if (pressed !== undefined && button.dataset.title === pressed) button.setAttribute("aria-pressed", "true");
    }
  }

  #lastQuestion() {
    const asked = this.messages.findLast((message) => message.author !== "persona" && message.text);
    return asked ? asked.text.split("\n").filter(Boolean).at(-1) : null;
  }

  #choice(title, payload, name = null) {
    return h(
      "button",
      {
        type: "button",
        class: "btn btn-outline-primary btn-sm",
        "data-payload": payload,
        "data-title": title,
        "aria-label": name,
        onclick: (event) => {
          const button = event.currentTarget;
          if (button.getAttribute("aria-disabled") !== "true") this.onChoose(button, title, payload);
        },
      },
      title,
    );
  }

  #draw(message, previous, question) {
    const card = message.card ? draw(message.card, (...args) => this.#choice(...args)) : null;
    const classes = ["msg", `from-${message.author}`];
    if (previous?.author === message.author) classes.push("same-author");
    if (message.waiting) classes.push("is-waiting");
    if (message.kind === "scuse") classes.push("is-apology");
    if (card) classes.push("has-card");
    const { text, buttons } = card ? withoutRepeats(message) : message;
    const choices = (buttons ?? []).map(({ title, payload }) => {
      const button = this.#choice(title, payload);
      button.removeAttribute("class");
      return h("li", {}, button);
    });
    return h(
      "li",
      { class: classes.join(" "), tabindex: "-1", "data-id": message.id },
      question && h("span", { class: "visually-hidden" }, `${words.in_reply} ${question} `),
      h("span", { class: "msg-author" }, AUTHORS[message.author]),
      text && h("div", { class: "msg-bubble" }, ...prose(text)),
      card,
      choices.length > 0 && h("ul", { class: "choices", "aria-label": words.choices }, ...choices),
    );
  }

  #arrows(event) {
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined || event.target.closest("summary, a, input, textarea")) return;
    const items = [...this.list.children];
    if (!items.length) return;
    const current = items.indexOf(event.target.closest(".transcript > li"));
    let next = current === -1 ? items.length - 1 : current + step;
    next = Math.max(0, Math.min(items.length - 1, next));
    event.preventDefault();
    items[next].focus();
  }
}

/** The text is complete by itself, for programs and screen readers; beside a drawn card its lists would be said twice. */
function withoutRepeats({ text = "", buttons = [], card }) {
  const rows = [...(card.sites ?? []), ...(card.facts ?? [])];
  const taken = new Set(rows.map((row) => row.payload));
  const lines = text.split("\n").filter((line) => {
    if (rows.length > 0 && /^\s*[-•*]\s/.test(line)) return false;
    return !(card.kind === "consenso" && line.replace(/[«»\s]/g, "") === card.text.replace(/[«»\s]/g, ""));
  });
  return { text: lines.join("\n").trim(), buttons: buttons.filter((button) => !taken.has(button.payload)) };
}

/** What is announced when messages arrive. */
export function announcement(message) {
  const choices = (message.buttons ?? []).map((button) => button.title).join(", ");
  return [
    message.author === "persona" ? null : `${AUTHORS[message.author]}:`,
    message.text,
    message.card && spoken(message.card),
    choices && `${words.choices}: ${choices}`,
  ]
    .filter(Boolean)
    .join(" ");
}
