"""When two values of a fact agree, and what follows from facts by geography alone."""

from __future__ import annotations

from typing import Any

from bot.facts.gazetteer import gazetteer, key


def implied(facts: dict[str, Any]) -> dict[str, Any]:
    """What follows from `facts` by geography alone."""
    book, extra = gazetteer(), {}
    province = facts.get("provincia")
    if facts.get("comune"):
        places = [p for p in book.exact.get(key(str(facts["comune"])), ()) if province in (None, p.provincia)]
        if len(places) == 1 or places and len({p.lombardia for p in places}) == 1:
            province = province or places[0].provincia
            extra["provincia"] = province
    if province:
        extra["residenza_lombardia"] = province in book.lombard_codes
    return {name: value for name, value in extra.items() if name not in facts}


def same(expected: Any, got: Any) -> bool:
    """Whether two values of a fact agree; numbers by value, texts without regard to case."""
    if isinstance(expected, bool) or isinstance(got, bool) or expected is None or got is None:
        return expected is got
    if isinstance(expected, (int, float)) and isinstance(got, (int, float)):
        return abs(expected - got) < 0.051
    return str(expected).casefold() == str(got).casefold()
