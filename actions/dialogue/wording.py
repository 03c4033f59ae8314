"""Facts, dates and lists in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from actions.dialogue.turn import Turn

_MONTHS = "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre".split()


def label(turn: Turn, fact: str) -> str:
    """The name of a fact, as it can stand inside a sentence."""
    text = turn.ruleset.facts[fact].label
    return text[0].lower() + text[1:]


def value(turn: Turn, fact: str, given: Any) -> str:
    """The value of a fact in words."""
    described = turn.ruleset.facts[fact]
    if given is None:
        return turn.words("riepilogo.non_sa")
    if described.type == "bool":
        return "sì" if given else "no"
    if described.type == "enum":
        return {**described.options, **described.other_options}.get(given, str(given))
    if described.type in ("int", "number"):
        number = f"{given:g}".replace(".", ",")
        if described.unit == "%":
            return f"{number}%"
        return f"{number} {described.unit}" if described.unit else number
    if described.type == "date":
        return date(given)
    return str(given)


def pairs(turn: Turn, facts: Iterable[str]) -> str:
    """Several facts with their values, in one line."""
    return "; ".join(f"{label(turn, fact)}: {value(turn, fact, turn.facts.get(fact))}" for fact in facts)


def date(day: dt.date | str) -> str:
    """A date as it is said: 31 dicembre 2020."""
    if isinstance(day, str):
        day = dt.date.fromisoformat(day[:10])
    number = "1°" if day.day == 1 else str(day.day)
    return f"{number} {_MONTHS[day.month - 1]} {day.year}"


def enumeration(items: Iterable[str]) -> str:
    """A list as it is said: a, b e c."""
    found = list(items)
    if len(found) < 2:
        return "".join(found)
    return f"{', '.join(found[:-1])} e {found[-1]}"


def bullets(items: Iterable[str]) -> str:
    """A list, one item a line."""
    return "\n".join(f"• {item}" for item in items)
