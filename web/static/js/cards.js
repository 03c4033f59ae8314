// Draws the cards of docs/architecture.md: verdicts, operators, summary, consent, receipt, contacts.

import { block, day, fill, h, icon } from "./dom.js";

const words = block("words");
const { sprite } = block("config");

function tag(entry, text = entry.title) {
  return h("li", { class: `tag is-${entry.tone}` }, icon(sprite, entry.icon), h("span", {}, text));
}

function statusWords(assessment) {
  const { from, to } = assessment.window ?? {};
  if (assessment.status === "chiusa" && to) return fill(words.closed_on, { date: day(to) });
  if (assessment.status === "non_ancora_aperta" && from) return fill(words.opens_on, { date: day(from) });
  if (assessment.status === "aperta" && to) return fill(words.open_until, { date: day(to) });
  return words.status[assessment.status].title;
}

function link(source) {
  return source.url
    ? h("a", { href: source.url, target: "_blank", rel: "noopener noreferrer" }, source.title)
    : source.title;
}

function sourcesOf(assessment) {
  const seen = new Map();
  for (const criterion of assessment.criteria) for (const source of criterion.sources) seen.set(source.id, source);
  return [...seen.values()];
}

function criterion(entry) {
  const outcome = words.outcome[entry.outcome];
  return h(
    "li",
    { class: `is-${outcome.tone}` },
    icon(sprite, outcome.icon),
    h("p", {}, h("span", { class: "visually-hidden" }, `${outcome.title}: `), entry.text),
  );
}

function verdict(assessment, openDetails) {
  const kind = words.verdict[assessment.verdict];
  const status = words.status[assessment.status];
  return h(
    "article",
    { class: `verdict is-${kind.tone}` },
    h("h2", { class: "verdict-title" }, assessment.title),
    h("ul", { class: "badge-row" }, tag(kind), tag(status, statusWords(assessment))),
    assessment.status_text &&
      assessment.status !== "aperta" &&
      h("p", { class: `status-note tone-${status.tone}` }, assessment.status_text),
    h(
      "details",
      { open: openDetails },
      h("summary", {}, words.criteria),
      h("ul", { class: "criteria" }, ...assessment.criteria.map(criterion)),
    ),
    h(
      "details",
      {},
      h("summary", {}, words.sources),
      h("ul", { class: "sources" }, ...sourcesOf(assessment).map((source) => h("li", {}, link(source)))),
    ),
  );
}

function esito(card) {
  const signposts = card.signposts ?? [];
  return [
    ...card.assessments.map((assessment, index) => verdict(assessment, index === 0)),
    signposts.length > 0 &&
      h(
        "details",
        { class: "panel" },
        h("summary", {}, words.signposts),
        h("ul", {}, ...signposts.map((post) => h("li", {}, h("strong", {}, post.title), ` ${post.text ?? ""}`))),
      ),
  ];
}

function distance(km) {
  if (km === null || km === undefined) return words.chat.km_unknown;
  return km < 1 ? words.chat.km_zero : fill(words.chat.km, { km: String(Math.round(km)) });
}

function operatori(card, choose) {
  return [
    h(
      "ul",
      { class: "site-list" },
      ...card.sites.map((site) =>
        h(
          "li",
          {},
          h(
            "div",
            {},
            h("p", { class: "site-name" }, site.operator, site.demo && !/dimostrativ/i.test(site.operator) && ` (${words.chat.demo})`),
            site.name && site.name !== site.operator && h("p", {}, site.name),
            h("p", {}, [site.address, site.comune && `${site.comune} (${site.provincia})`].filter(Boolean).join(", ")),
            h(
              "p",
              { class: "source-line" },
              distance(site.km),
            ),
          ),
          site.payload && choose(words.chat.choose, site.payload, `${words.chat.choose} ${site.operator}, ${site.comune}`),
        ),
      ),
    ),
    card.order && h("p", { class: "source-line" }, card.order),
  ];
}

function riepilogo(card, choose) {
  return [
    h(
      "ul",
      { class: "fact-list" },
      ...card.facts.map((fact) =>
        h(
          "li",
          {},
          h("span", {}, `${fact.label}: `, h("strong", {}, fact.value)),
          fact.payload && choose(words.chat.correct, fact.payload, `${words.chat.correct}: ${fact.label}`),
        ),
      ),
    ),
  ];
}

function consenso(card) {
  return [
    h("div", { class: "panel" }, h("h2", {}, card.title || words.chat.consent_text), h("p", {}, card.text)),
  ];
}

function segnalazione(card) {
  return [
    h(
      "div",
      { class: "panel" },
      h("h2", {}, words.referral_title[card.state] ?? card.state),
      card.operator && h("p", {}, card.operator),
      h(
        "dl",
        { class: "receipt" },
        h("dt", {}, words.chat.code),
        h("dd", {}, card.code),
        card.pin && h("dt", {}, words.chat.pin),
        card.pin && h("dd", {}, card.pin),
      ),
      h("p", {}, words.chat.keep_code, " ", h("a", { href: "/segnalazione" }, words.chat.status_link)),
    ),
  ];
}

function contatti(card) {
  return [
    h(
      "div",
      { class: "panel" },
      card.title && h("h2", {}, card.title),
      h(
        "ul",
        {},
        ...card.items.map((item) =>
          h(
            "li",
            {},
            h("strong", {}, item.label),
            item.phone && " ",
            item.phone && h("a", { href: `tel:${item.phone.replace(/[^\d+]/g, "")}` }, item.phone),
            item.email && " ",
            item.email && h("a", { href: `mailto:${item.email}` }, item.email),
            item.url && " ",
            item.url && h("a", { href: item.url, target: "_blank", rel: "noopener noreferrer" }, item.url),
            item.note && ` (${item.note})`,
          ),
        ),
      ),
    ),
  ];
}

/** A document to open or print. */
function documento(card) {
  return [
    h("p", {}, h("a", { class: "btn btn-outline-primary", href: card.url, target: "_blank", rel: "noopener" }, card.label)),
  ];
}

const KINDS = { documento, esito, operatori, riepilogo, consenso, segnalazione, contatti };

/** The drawn card, or null for a kind this page does not know. `choose(title, payload, name)` makes a choice button. */
export function draw(card, choose) {
  const make = KINDS[card.kind];
  if (!make) return null;
  return h("div", { class: "card-box" }, ...make(card, choose).filter(Boolean));
}

/** What a screen reader hears of a card when it arrives; the rest is in the transcript. */
export function spoken(card) {
  if (card.kind === "consenso") return card.text;
  if (card.kind === "segnalazione")
    return [`${words.chat.code}: ${[...card.code].join(" ")}`, card.pin && `${words.chat.pin}: ${[...card.pin].join(" ")}`]
      .filter(Boolean)
      .join(". ");
  if (card.kind === "contatti") return card.items.map((item) => `${item.label} ${item.phone ?? ""}`).join(". ");
  return KINDS[card.kind] ? words.chat.card_new : "";
}
