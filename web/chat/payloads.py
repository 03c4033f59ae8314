"""The grammar of what a button may send.

A payload bypasses language understanding, so only these forms pass: ``/<known intent>`` with an optional JSON object of
known keys and valid values. What a person types is never a payload, even when it begins with a slash.
"""

from __future__ import annotations

import functools
import json
import re
import unicodedata
from typing import Any

import eligibility
from dialogue import rasa_files
from dialogue.intents import SPOKEN
from dialogue.understood import CONTACT_KEYS

# Answers while a referral is being opened (contract, section 3) and what a side question is about.
DIALOGUE_KEYS = frozenset(rasa_files.CHOICES)
RETRY = "/riprova"
MAX_CHARS = 1000
MOST_MARKS = 30
MOST_RAW = 4  # times the limit: what comes is cleaned only up to here
_FORM = re.compile(r"\A/(?P<intent>[a-z_]{1,40})(?P<values>\{.*\})?", re.DOTALL)


class PayloadRefused(Exception):
    """Not a payload that a button of ours can send."""


def check(payload: str) -> str:
    """The payload in canonical form.

    :raises PayloadRefused: unknown intent, unknown key, wrong value, malformed JSON.
    """
    if payload == RETRY:
        return payload
    match = _FORM.fullmatch(payload) if len(payload) <= MAX_CHARS else None
    if match is None or match["intent"] not in SPOKEN:
        raise PayloadRefused
    if match["values"] is None:
        return payload
    try:
        values = json.loads(match["values"])
    except (ValueError, RecursionError):
        raise PayloadRefused from None
    return f"/{match['intent']}{json.dumps(_checked(values), ensure_ascii=False)}"


def _checked(values: Any) -> dict[str, Any]:
    if not isinstance(values, dict):
        raise PayloadRefused
    ruleset = eligibility.load()
    facts = {key: value for key, value in values.items() if key in ruleset.facts}
    others = {key: value for key, value in values.items() if key not in facts}
    for key, value in others.items():
        plain = value is None or isinstance(value, bool | int) or (isinstance(value, str) and len(value) <= 200)
        if key not in DIALOGUE_KEYS or not plain:
            raise PayloadRefused
    if "fact" in others and others["fact"] not in {*ruleset.facts, *DIALOGUE_KEYS, *CONTACT_KEYS}:
        raise PayloadRefused
    try:
        return others | ruleset.validate(facts)
    except eligibility.FactErrors:
        raise PayloadRefused from None


def clean_text(text: str) -> str:
    """What a person typed without control characters and invisible marks that change the reading direction.

    Of a row of combining marks only the first ones stay (Unicode's stream-safe form allows as many): putting longer rows
    in order takes a time that grows with their square.
    """
    kept: list[str] = []
    marks = 0
    for character in text.replace("\r\n", "\n").replace("\r", "\n"):
        # Joiners (U+200C, U+200D) hold emoji together; other format and control characters serve no reader.
        if character not in "\n\t\u200c\u200d" and unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co"):
            continue
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= MOST_MARKS:
            kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept)).strip()


def size_of(text: str) -> int:
    """How many characters a reader of ours may find in cleaned `text`: some stand for several (one for eighteen)."""
    return sum(map(_expanded, text))


@functools.lru_cache(maxsize=4096)
def _expanded(character: str) -> int:
    return max(1, len(unicodedata.normalize("NFKC", character)))


def is_too_long(raw: str, cleaned: str, limit: int) -> bool:
    """Whether a text is longer than `limit` once it is cleaned; invisible characters do not count, but are not endless.

    :param raw: as it came.
    :param cleaned: by :func:`clean_text`, of as much of it as may count.
    """
    return len(raw) > MOST_RAW * limit or size_of(cleaned) > limit


def as_typed(text: str) -> str:
    """A typed text as the dialogue engine may read it: never mistaken for a payload."""
    return text.lstrip("/ \n\t") or "?" if text.lstrip().startswith("/") else text
