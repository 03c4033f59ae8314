"""Puts the acts of a message together from what its parts were read as."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.acts.feelings import felt
from bot.acts.language import ITALIAN, Language
from bot.acts.shape import Act
from bot.asks.retrieval import Asked
from bot.facts.catalogue import CONTACTS, YES_NO_STEPS, is_fact
from bot.facts.reading import Found, Reading

COURTESIES = frozenset({"greet", "goodbye", "thank"})
REQUESTS = frozenset(
    """check_eligibility ask_operator_near open_referral referral_status cancel_referral restart go_back ask_why
    ask_explain_result ask_human ask_privacy delete_data ask_gp_refer ask_contacts ask_bot_identity complain""".split()
)
ASPECTS = {
    "ask_amount": "importo",
    "ask_documents": "documenti",
    "ask_how_to_apply": "come",
    "ask_deadline_or_open": "scadenza",
    "check_eligibility": "requisiti",
    "ask_incompatibility": "incompatibilita",
    "ask_measure_info": "generale",
    "ask_services": "generale",
}
_POLARITY = {"affirm": "yes", "deny": "no", "dont_know": "unknown"}
_GREETING = re.compile(r"^(?:buon\s?giorno|buona ?sera|buon pomeriggio|salve|ciao|buondi|gentil\w+)\b")
_THANKS = re.compile(r"\b(?:grazie(?: mille)?|la ringrazio|vi ringrazio|arrivederci|cordiali saluti|buona giornata)\b")


@lru_cache(maxsize=2)
def _patterns(file: str) -> dict[str, re.Pattern[str]]:
    """By name, the patterns of a file, in one."""
    data = yaml.safe_load((Path(__file__).parent / file).read_text(encoding="utf-8"))
    return {name: re.compile("|".join(patterns)) for name, patterns in data.items()}


def measure_named(text: str) -> str | None:
    """The measure or signpost named in canonical `text`, the last one where there are several."""
    found = [
        (match.start(), name) for name, pattern in _patterns("measures.yaml").items() if (match := pattern.search(text))
    ]
    return max(found)[1] if found else None


def acts(
    reading: Reading,
    ranking: Sequence[tuple[str, float]],
    facts: Sequence[Found],
    confidences: dict[str, float],
    asked: Sequence[Asked],
    language: Language,
) -> list[Act]:
    """The acts of a message, in the order of its words.

    :param ranking: intents from the likeliest down, with their probability.
    :param facts: what is taken as told.
    :param confidences: how sure each fact is, by its id.
    :param asked: the answerable questions that were recognised, each with its words.
    """
    length = len(reading.message)
    if language.code != ITALIAN:
        return [Act("other_language", language.confidence, 0, length, {"language": language.code})]
    intent, chance = ranking[0] if ranking else ("out_of_scope", 0.0)
    found = [*_told(reading, intent, facts, confidences), *_answered(reading, intent, chance, facts)]
    questions = [*_asked(asked), *_about_measure(reading, intent, chance)]
    found += questions
    if intent in REQUESTS and not (intent == "check_eligibility" and questions):
        start, end = _deciding(reading)
        found.append(Act("request", chance, start, end, {"intent": intent}))
    found += felt(reading)
    found += _courtesies(reading, intent, chance)
    return sorted(found, key=lambda act: (act.start, act.end, act.kind))


def _told(reading: Reading, intent: str, facts: Sequence[Found], confidences: dict[str, float]) -> list[Act]:
    """One act for each place of the message that tells something; facts told by the same words stand together."""
    question = reading.context.question
    together: dict[tuple[int, int], dict[str, Any]] = {}
    for item in facts:
        if item.fact not in CONTACTS:
            together.setdefault((item.start, item.end), {})[item.fact] = item.value
    result = []
    for (start, end), values in together.items():
        if question in values:
            kind = "answer"
        else:
            kind = "correct" if intent == "correct_answer" else "tell"
        value: dict[str, Any] = {"facts": values}
        if kind == "answer" and isinstance(values[question or ""], (bool, type(None))):
            value["polarity"] = {True: "yes", False: "no", None: "unknown"}[values[question or ""]]
        result.append(Act(kind, min(confidences.get(fact, 0.9) for fact in values), start, end, value))
    return result


def _answered(reading: Reading, intent: str, chance: float, facts: Sequence[Found]) -> list[Act]:
    """The answer that states no fact: a consent, "I do not know", "that does not apply to me"."""
    question = reading.context.question
    if question is None or question in {item.fact for item in facts}:
        return []
    length = len(reading.message)
    if intent == "dont_know":
        return [
            Act(
                "answer",
                chance,
                0,
                length,
                {"facts": {question: None} if is_fact(question) else {}, "polarity": "unknown"},
            )
        ]
    blank = _patterns("not_applicable.yaml").get(question)
    if blank and (match := blank.search(reading.text)):
        place = reading.found(question, None, match.start(), match.end())
        return [Act("answer", 0.9, place.start, place.end, {"facts": {}, "polarity": "not_applicable"})]
    if question in YES_NO_STEPS and intent in _POLARITY:
        return [Act("answer", chance, 0, length, {"facts": {}, "polarity": _POLARITY[intent]})]
    return []


def _asked(asked: Sequence[Asked]) -> list[Act]:
    return [
        Act(
            "ask",
            one.confidence,
            one.start,
            one.end,
            {"question": one.question, "alternatives": list(one.alternatives)},
        )
        for one in asked
    ]


def _about_measure(reading: Reading, intent: str, chance: float) -> list[Act]:
    """A question about a measure that is named: which of its sides is asked follows from the intent."""
    aspect = ASPECTS.get(intent)
    measure = measure_named(reading.whole) if aspect else None
    if measure is None:
        return []
    start, end = _deciding(reading)
    return [Act("ask", chance, start, end, {"measure": measure, "aspect": aspect})]


_BOUNDARY = re.compile(r"[.!?;\n]+\s*")


def _deciding(reading: Reading) -> tuple[int, int]:
    """Bounds of the last sentence with a question mark, else of the whole message."""
    message = reading.message
    last = message.rfind("?")
    if last < 0:
        return 0, len(message)
    starts = [match.end() for match in _BOUNDARY.finditer(message, 0, last) if match.end() <= last]
    return (starts[-1] if starts else 0), last + 1


def _courtesies(reading: Reading, intent: str, chance: float) -> list[Act]:
    if intent in COURTESIES:
        return [Act("courtesy", chance, 0, len(reading.message), {"intent": intent})]
    found = []
    for pattern, name in ((_GREETING, "greet"), (_THANKS, "thank")):
        match = pattern.search(reading.whole)
        if match:
            place = reading.found(name, name, match.start(), match.end())
            found.append(Act("courtesy", 0.95, place.start, place.end, {"intent": name}))
    return found
