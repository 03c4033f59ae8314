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

function office(place) {
  if (!place) return null;
  const where = [place.address, place.comune].filter(Boolean).join(", ");
  return h(
    "p",
    {},
    place.url ? h("a", { href: place.url, target: "_blank", rel: "noopener noreferrer" }, place.name) : place.name,
    where && ` (${where})`,
    place.phone && " ",
    place.phone && h("a", { href: `tel:${place.phone.split(";")[0].replace(/[^\d+]/g, "")}` }, place.phone),
    place.phone_note && ` ${place.phone_note}`,
  );
}

function step(entry, said, open) {
  const documents = entry.documents ?? [];
  return h(
    "li",
    {},
    h("p", {}, h("strong", {}, entry.action)),
    entry.deadline?.date && !entry.deadline.passed && h("p", {}, `${said.entro_il} ${day(entry.deadline.date)}`),
    h(
      "details",
      { open },
      h("summary", {}, said.di_piu, h("span", { class: "visually-hidden" }, `: ${entry.title ?? entry.action}`)),
      entry.why && h("p", {}, entry.why),
      entry.office && h("p", { class: "source-line" }, said.dove),
      office(entry.office),
      documents.length > 0 && h("p", { class: "source-line" }, said.porti),
      documents.length > 0 && h("ul", {}, ...documents.map((text) => h("li", {}, text))),
    ),
  );
}

/** What can be done today: one thing under the other, each with why, where and what to bring folded away. */
function piano(card) {
  const said = card.words;
  return [
    h("h2", {}, card.title),
    card.actions.length > 0 && h("ol", { class: "plan-list" }, ...card.actions.map((entry, i) => step(entry, said, i === 0))),
    card.help.length > 0 && h("p", {}, said.sempre),
    card.help.length > 0 && h("ul", { class: "plan-list" }, ...card.help.map((entry) => step(entry, said, false))),
  ];
}

/** Where an answer comes from. */
function risposta(card) {
  return [
    h(
      "details",
      {},
      h("summary", {}, words.sources),
      card.sources.length > 0 && h("ul", { class: "sources" }, ...card.sources.map((source) => h("li", {}, link(source)))),
      h("p", { class: "source-line" }, card.updated),
    ),
  ];
}

const KINDS = { piano, risposta, documento, esito, operatori, riepilogo, consenso, segnalazione, contatti };

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
