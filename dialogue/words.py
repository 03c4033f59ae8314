"""Facts, dates and lists in words: the only place where a value becomes a phrase."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from eligibility.fact_words import value_in_words

if TYPE_CHECKING:
    from dialogue.turn import Turn


def label(turn: Turn, fact: str) -> str:
    """The name of a fact, as it can stand inside a sentence."""
    text = turn.ruleset.facts[fact].label
    return text[0].lower() + text[1:]


def value(turn: Turn, fact: str, given: Any) -> str:
    """The value of a fact in words."""
    return value_in_words(turn.ruleset.facts[fact], given, unknown=turn.words("riepilogo.non_sa"))


def pairs(turn: Turn, facts: Iterable[str]) -> str:
    """Several facts with their values, in one line."""
    return "; ".join(f"{label(turn, fact)}: {value(turn, fact, turn.facts.get(fact))}" for fact in facts)


def enumeration(items: Iterable[str]) -> str:
    """A list as it is said: a, b e c."""
    found = list(items)
    if len(found) < 2:
        return "".join(found)
    return f"{', '.join(found[:-1])} e {found[-1]}"


def bullets(items: Iterable[str]) -> str:
    """A list, one item a line."""
    return "\n".join(f"• {item}" for item in items)


def known(turn: Turn) -> list[str]:
    """The facts of the case, in the catalogue's order."""
    return [fact for fact in turn.ruleset.facts if fact in turn.facts]


def question(turn: Turn, fact: str, times: int) -> str:
    """The question about a fact; other words each time it is asked again."""
    described = turn.ruleset.facts[fact]
    wordings = (described.question[turn.audience], *described.variants.get(turn.audience, ()))
    return str(wordings[times % len(wordings)])
