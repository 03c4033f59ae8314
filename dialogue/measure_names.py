"""Which measure a message speaks of."""

from __future__ import annotations

import functools
import re
import unicodedata

import eligibility
import texts
from dialogue.turn import Turn

_FILE = "nomi_misure"
_RIGHT = "diritto"
_AT_HAND = "in_corso"  # words for the measure that is being spoken of


@functools.cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """What people call each measure or signpost: the file's words, what its rules are ``called``, a programme's title."""
    names: dict[str, list[str]] = {}
    for entry in texts.entries():
        if entry.key.startswith(f"{_FILE}.") and entry.key != f"{_FILE}.{_AT_HAND}":
            names.setdefault(entry.key.removeprefix(f"{_FILE}."), []).append(entry.text)
    for measure, editions in eligibility.load().measures.items():
        names.setdefault(measure, []).extend(editions[-1].called)
        if editions[-1].kind != _RIGHT:  # its title says in everyday words what it gives
            whole = r"\b" + r"\W+".join(re.findall(r"\w+", plain(editions[-1].title))) + r"\b"
            names[measure].insert(0, whole)  # before any part of it
    return tuple((name, re.compile("|".join(said))) for name, said in names.items() if said)


def plain(text: str) -> str:
    """Lower case, without accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def named_in(text: str) -> str | None:
    """The measure or signpost named in a text, the one named last when there are several; the longer of two names."""
    said = plain(text)
    found = [(match.end(), -match.start(), name) for name, pattern in _patterns() if (match := pattern.search(said))]
    return max(found)[2] if found else None


def speaks_of_the_one_at_hand(text: str) -> bool:
    """Whether a text says "la dote", "il bando": the measure that is being spoken of, without its name."""
    return re.search(texts.say(f"{_FILE}.{_AT_HAND}"), plain(text)) is not None


def wanted(turn: Turn) -> str | None:
    """The measure a message asks about: from its button, else from its words."""
    chosen = turn.understood.choices.get("measure")
    if isinstance(chosen, str):
        return chosen
    return None if turn.understood.is_button else named_in(turn.understood.text)
