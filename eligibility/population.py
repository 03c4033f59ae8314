"""A synthetic population: made up, seeded, consistent, about nobody. For benchmarks and for trying drafts of rules.

Shares follow the ``prior`` of facts.yaml; what cannot be true together is avoided (a person without a job is
not back at work, only who is suspended has a redundancy fund, a whole year holds more days than half of it).
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping
from typing import Any

from eligibility.conflicts import JOBLESS
from eligibility.facts import Fact
from eligibility.places import LOMBARD_PROVINCES
from eligibility.ruleset import Ruleset, load

_YEARS_BACK = 3  # a date drawn from the last share of a prior is not older than this


def people(
    count: int, seed: int = 1, ruleset: Ruleset | None = None, on: dt.date | None = None
) -> list[dict[str, Any]]:
    """So many people of whom everything is known; dates lie before ``on``, and are left out without it."""
    facts = (ruleset or load()).facts
    rng = random.Random(seed)  # noqa: S311 (the same people every time, no secret)
    return [_person(facts, rng, on) for _ in range(count)]


def halfway(persons: list[dict[str, Any]], share: float, seed: int = 1) -> list[dict[str, Any]]:
    """The same people as a conversation knows them: each fact missing with the given probability."""
    rng = random.Random(seed)  # noqa: S311
    return [{id_: value for id_, value in person.items() if rng.random() >= share} for person in persons]


def _person(facts: Mapping[str, Fact], rng: random.Random, on: dt.date | None) -> dict[str, Any]:
    person = {id_: draw(fact, rng) for id_, fact in facts.items() if fact.type not in ("string", "date")}
    if on is not None:
        dates = [fact for fact in facts.values() if fact.type == "date"]
        person |= {fact.id: (on - dt.timedelta(days=draw(fact, rng))).isoformat() for fact in dates}
    job = person["occupazione"]
    person["residenza_lombardia"] = person["provincia"] in LOMBARD_PROVINCES or rng.random() < 0.1
    if job == "sospeso_cig":
        person["ammortizzatore"] = rng.choices(["cigo", "cigs", "cigd", "altro"], [4, 4, 2, 2])[0]
    elif job in JOBLESS:
        person["rientrato_al_lavoro"] = False
        person["ammortizzatore"] = rng.choices(["nessuno", "naspi"], [5, 5])[0]
        person["ex_subordinato"] = job != "inoccupato" and person["ex_subordinato"]
    else:
        person["ammortizzatore"] = "nessuno"
    person["giorni_assenza_6_mesi"] = min(person["giorni_assenza_6_mesi"], person["giorni_assenza_12_mesi"], 132)
    return person


def draw(fact: Fact, rng: random.Random) -> Any:
    """A value by the fact's prior; within a bin of numbers, evenly. A date is drawn as days since it."""
    prior = fact.prior
    if fact.type == "bool":
        return rng.random() < (0.5 if prior is None else prior)
    if fact.type == "enum":
        return rng.choices(list(prior), list(prior.values()))[0] if prior else rng.choice(fact.values)
    starts = [start for start, _ in prior]
    chosen = rng.choices(range(len(prior)), [weight for _, weight in prior])[0]
    last = starts[chosen] + _YEARS_BACK * 366 if fact.type == "date" else fact.limits[1]
    end = starts[chosen + 1] if chosen + 1 < len(starts) else last
    if fact.type != "number":
        return rng.randint(starts[chosen], int(end) - (chosen + 1 < len(starts)))
    return round(rng.uniform(starts[chosen], end), 1)
