"""Everything a message states, in the light of the open question."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.facts import (
    ages,
    ammortizzatori,
    conditions,
    contacts,
    durations,
    health,
    in_context,
    occupation,
    percentages,
    places,
)
from bot.facts.canonical import prepare
from bot.facts.catalogue import CONTACTS, YES_NO_STEPS, allowed, is_boolean, is_fact, is_number
from bot.facts.context import Context
from bot.facts.corrections import MARKER
from bot.facts.reading import Found, Reading
from bot.facts.yes_no import answered, asks_something

EXTRACTORS = (
    percentages.extract,
    durations.extract,
    places.extract,
    occupation.extract,
    ammortizzatori.extract,
    health.extract,
    conditions.extract,
    ages.extract,
    contacts.extract,
)


# Words that take an earlier answer back, whatever is asked now.
_TAKEN_BACK = re.compile(
    r"\b(?:rettific\w+|correg\w+|mi sono (?:sbagli|confus)\w+|(?:ho|ha|avevo|aveva|io) (?:\w+ )?sbagl\w+|sbagliat[oa] (?:prima|a)|errore|per sbaglio|scritto male|detto (?:male|una (?:cavolata|stupidaggine|fesseria))|non e (?:vero|giusto) (?:che|quel))\b"
)


_ABOUT_US = re.compile(r"\b(?:cap\w+|spieg\w+|domand\w+|scus\w+|ripet\w+|aspett\w+|ciao|grazie|aiuto)\b")
_RETURNING = re.compile(r"\b(?:ricominci|riprend|rientr|torn|riparto|riattacc)\w*\b")
_OF_THE_CHAT = re.compile(r"\b(?:domand|questionario|chat|conversazione|da capo|indietro|da zero|dall' inizio)\w*")
# A figure for a question about one: "tra il 60 e il 70", "più o meno sette". It states nothing, and is an answer.
_AMOUNT = re.compile(
    r"(?:^|(?<= ))(?:\d+|un (?:annetto|mesetto|paio)|una (?:ventina|trentina|quarantina|cinquantina|sessantina|settantina|ottantina|decina|dozzina)|qualche (?:mese|giorno|settimana|anno))(?= |$)"
)

# Behind an answer: a tag is no question ("70, contento?"), nor is every "when" and "who".
_TAG = re.compile(
    r"(?:,|\.) (?:\w+ )?(?:content[oa]|va bene|ok|giusto|capito|no|vero|sa|eh|mi spiego|chiaro|dico bene) \?"
)
_MORE = re.compile(
    r"\?|\b(?:vorrei (?:sapere|capire|parlare)|mi (?:dica|spieghi)|(?:che|cosa) (?:vuol dire|significa))\b"
)


def _returns_to_work(text: str) -> bool:
    """Whether it speaks of coming back, and not to a question or to this conversation."""
    ends = [match.end() for match in _RETURNING.finditer(text)]
    return bool(ends) and not _OF_THE_CHAT.search(text, ends[-1])


def _asks_more(text: str) -> bool:
    return bool(_MORE.search(_TAG.sub(" ", text)))


@dataclass(frozen=True)
class Expected:
    """What the facts say about the intent.

    :ivar intent: its name.
    :ivar certain: whether it is decided, or only more likely than the words alone make it.
    """

    intent: str
    certain: bool


@dataclass(frozen=True)
class Understood:
    """What the grammar reads.

    :ivar facts: one for each fact id.
    :ivar intent: what they say about the intent, None when nothing.
    :ivar reading: the canonical text they were read in.
    """

    facts: list[Found]
    intent: Expected | None
    reading: Reading


def read(text: str, context: Context | None = None) -> Understood:
    """The facts of `text`.

    :param text: any message, of any length and content.
    :param context: open question, role, date; facts are never invented from them.
    """
    context = context or Context()
    reading = prepare(text, context)
    stated = _best([found for extractor in EXTRACTORS for found in extractor(reading)])
    if context.question not in {found.fact for found in stated}:
        stated = _best([*stated, *in_context.read(reading)])
    short = answered(reading)
    if short is None:
        return Understood(stated, _intent(reading, stated), reading)
    intent, told = short
    names = {found.fact for found in stated}
    if intent == "dont_know" and context.question in names:
        return Understood(stated, Expected("inform", True), reading)
    added = [found for found in told if found.fact not in names and allowed(found.fact, found.value)]
    if context.question in names and added == [] and intent in ("affirm", "deny"):
        agrees = any(found.fact == context.question and found.value is (intent == "affirm") for found in stated)
        if not agrees:
            return Understood(stated, _intent(reading, stated), reading)
    return Understood(stated + added, _after_answer(reading, intent, stated), reading)


def expected_of(understood: Understood, kept: list[Found]) -> Expected | None:
    """What the facts that were kept say about the intent; where the grammar's were changed it is found anew."""
    names = {found.fact for found in kept}
    if names == {found.fact for found in understood.facts}:
        return understood.intent
    if understood.intent and understood.intent.intent in ("affirm", "deny", "dont_know"):
        return understood.intent
    return _intent(understood.reading, kept)


def _after_answer(reading: Reading, intent: str, stated: list[Found]) -> Expected | None:
    """The intent of a short answer; what follows "yes, but ..." decides when it asks something."""
    if intent in ("affirm", "deny") and asks_something(reading.whole):
        return None
    if intent == "deny" and MARKER.search(reading.whole) and any(f.fact != reading.context.question for f in stated):
        return Expected("correct_answer", True)
    question = reading.context.question or ""
    # "ok, grazie" is no answer to "how old are you?": there the words decide
    answers = intent not in ("affirm", "deny") or is_boolean(question) or question in YES_NO_STEPS
    return Expected(intent, answers)


def _intent(reading: Reading, stated: list[Found]) -> Expected | None:
    question = reading.context.question
    if not stated:
        if question == "rientrato_al_lavoro" and _returns_to_work(reading.whole) and "?" not in reading.whole:
            return Expected("inform", True)  # "lunedì ricomincio": work, not this conversation
        told = is_number(question or "") and _AMOUNT.search(reading.whole) and not asks_something(reading.whole)
        if told and len(reading.whole.split()) < 10:
            return Expected("inform", True)
        talk = asks_something(reading.whole) or _ABOUT_US.search(reading.whole)
        plain = is_fact(question or "") and not talk and len(reading.whole.split()) <= 5
        return Expected("inform", False) if plain else None
    names = {found.fact for found in stated}
    if _asks_more(reading.whole) if question in names else asks_something(reading.whole):
        return None
    if question is None:
        return Expected("inform", False)
    if question in names or names & set(CONTACTS):
        return Expected("inform", True)
    if MARKER.search(reading.whole) or _TAKEN_BACK.search(reading.whole):
        return Expected("correct_answer", True)
    return Expected("inform", is_fact(question))


def _best(found: list[Found]) -> list[Found]:
    """One reading for each fact: the weightiest, of equals the first; readings that break the catalogue are dropped."""
    best: dict[str, Found] = {}
    for item in found:
        if allowed(item.fact, item.value) and (item.fact not in best or item.weight > best[item.fact].weight):
            best[item.fact] = item
    return list(best.values())
