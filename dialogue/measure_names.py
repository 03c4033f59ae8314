"""Which measure a message speaks of."""

from __future__ import annotations

import functools
import re
import unicodedata

import texts
from dialogue.turn import Turn

_FILE = "nomi_misure"


@functools.cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (entry.key.removeprefix(f"{_FILE}."), re.compile(entry.text))
        for entry in texts.entries()
        if entry.key.startswith(f"{_FILE}.")
    )


def plain(text: str) -> str:
    """Lower case, without accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def named_in(text: str) -> str | None:
    """The measure or signpost named in a text, the one named last when there are several."""
    words = plain(text)
    found = [(match.start(), name) for name, pattern in _patterns() if (match := pattern.search(words))]
    return max(found)[1] if found else None


def wanted(turn: Turn) -> str | None:
    """The measure a message asks about: from its button, else from its words."""
    chosen = turn.understood.choices.get("measure")
    if isinstance(chosen, str):
        return chosen
    return None if turn.understood.is_button else named_in(turn.understood.text)
