"""The situation a person is in: derived from the facts, else the one the person chose, else still to be asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from eligibility.conditions import condition
from eligibility.ruleset import CONVERSATION_MEASURES, Ruleset, load

FACT = "situazione"


def situation(facts: Mapping[str, Any], ruleset: Ruleset | None = None) -> str | None:
    """The id of the situation, None when it cannot be told yet.

    What the person chose (fact ``situazione``) holds as long as no other fact says it cannot be; otherwise the first
    situation of situations.yaml that the facts put the person in. So it changes when the facts do. Raises FactErrors.
    """
    ruleset = ruleset or load()
    chosen = facts.get(FACT)
    found = ruleset.situations.get(chosen) if isinstance(chosen, str) else None
    codes = ruleset.encode({id_: value for id_, value in facts.items() if ruleset.facts[id_].type != "date"})
    if found is not None and condition(ruleset, found.possible).read(codes)[0] is not False:
        return found.id
    for candidate in ruleset.situations.values():
        if condition(ruleset, candidate.when).read(codes)[0] is True:
            return candidate.id
    return None


def measures_for(id_: str | None, ruleset: Ruleset | None = None) -> tuple[str, ...]:
    """The measures in play in a situation, in their order; the default six of a conversation when it is None."""
    ruleset = ruleset or load()
    return CONVERSATION_MEASURES if id_ is None else ruleset.situations[id_].measures


def implied_by(id_: str | None, ruleset: Ruleset | None = None) -> dict[str, Any]:
    """Facts that follow from having chosen a situation."""
    ruleset = ruleset or load()
    return dict(ruleset.situations[id_].implies) if id_ in ruleset.situations else {}


def worth_asking(measures: Sequence[str], on: dt.date, ruleset: Ruleset | None = None) -> tuple[str, ...]:
    """Of these measures, those that may still be open on the day: nobody is questioned about what is over.

    All of them where none is, so that who asks about a past measure still gets a verdict. Raises UnknownMeasure.
    """
    ruleset = ruleset or load()
    live = tuple(m for m in measures if ruleset.edition(m, on).status(on) not in ("chiusa", "non_ancora_aperta"))
    return live or tuple(measures)
