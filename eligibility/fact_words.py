"""The value of a fact in words: the one place where it becomes a phrase."""

from __future__ import annotations

import datetime as dt
from typing import Any

from eligibility.facts import Fact

#: What is said of a fact that the person does not know.
UNKNOWN = "non lo so"


def value_in_words(fact: Fact, value: Any, unknown: str = UNKNOWN) -> str:
    """A value as it stands in a sentence: «sì», «70%», «12 mesi», the label of an option.

    :param value: as the rules hold it; None where the person does not know.
    :param unknown: the words for None.
    """
    if value is None:
        return unknown
    if fact.type == "bool":
        return "sì" if value else "no"
    if fact.type == "enum":
        return {**fact.options, **fact.other_options}.get(value, str(value))
    if fact.type == "date":
        return f"{dt.date.fromisoformat(str(value)):%d/%m/%Y}"
    if fact.type in ("int", "number"):
        number = f"{value:g}".replace(".", ",")
        if fact.unit == "%":
            return f"{number}%"
        return f"{number} {fact.unit}" if fact.unit else number
    return str(value)
