"""Signposts: rights and services of today that are shown to a person, never assessed as doti."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from eligibility.conditions import read
from eligibility.expressions import facts_in
from eligibility.ruleset import Ruleset, load
from eligibility.sources import cite
from eligibility.texts import check_audience, say


def signposts(
    facts: Mapping[str, Any],
    on: dt.date,
    audience: str = "cittadino",
    ruleset: Ruleset | None = None,
    beside: bool = False,
) -> list[dict[str, Any]]:
    """What to point out to this person on this day.

    Each item: ``id, title, certain, text, contacts, sources``; ``certain`` is False where it depends on
    facts not known. Nothing is said where the condition is false or the window does not hold the day.
    ``beside``: only what is surely for the person and is not also a right that the engine assesses, as a page shows it
    beside a plan. Raises FactErrors.
    """
    ruleset = ruleset or load()
    check_audience(audience)
    codes = ruleset.encode(facts, on)
    shown = []
    for signpost in ruleset.signposts.values():
        if on not in signpost.window:
            continue
        names = facts_in(signpost.when)
        domains = [ruleset.domains[id_] for id_ in names]
        value = read(signpost.when, domains, [codes[ruleset.positions[id_]] for id_ in names])
        if value is False or (beside and (value is not True or signpost.id in ruleset.measures)):
            continue
        shown.append(
            {
                "id": signpost.id,
                "title": signpost.title,
                "certain": value is True,
                "text": signpost.text["si" if value is True else "forse"][audience],
                "contacts": [say(dict(contact), audience) for contact in signpost.contacts],
                "sources": cite(ruleset.sources, signpost.sources, on),
            }
        )
    return shown
