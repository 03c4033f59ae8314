"""What the operator may know of the check of requirements: its outcome, and what is still to be verified.

The consent to sending names the outcome, not the answers behind it: no fact of the person is shown here.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import eligibility
from cases.errors import CaseNotFound
from cases.service import Cases
from referrals.views import Referral


@dataclass(frozen=True)
class Screening:
    """The outcome for the measure of a referral. ``to_verify``: the requirements nobody knows about, in words."""

    verdict: str
    edition: str
    ruleset: str
    to_verify: tuple[str, ...]


def facts_for(measure: str, facts: dict[str, Any], on: dt.date) -> dict[str, Any]:
    """Only the facts that the requirements of a measure read: nothing else leaves the case."""
    wanted = {fact for c in _criteria(measure, on) for fact in c["facts"]}
    return {name: value for name, value in facts.items() if name in wanted}


def screen(cases: Cases, referral: Referral, on: dt.date) -> Screening | None:
    """The outcome on a day; None once the person's data or consent are gone. Reads the database."""
    if referral.case_id is None:
        return None
    try:
        record = cases.get(referral.case_id)
    except CaseNotFound:
        return None
    if not record.consented("invio"):
        return None
    result = eligibility.assess(record.facts, on, [referral.measure], "sportello").to_dict()
    found = result["assessments"][0]
    unknown = tuple(c["text"] for c in found["criteria"] if c["outcome"] == "sconosciuto")
    return Screening(found["verdict"], found["edition"], result["ruleset"], unknown)


def _criteria(measure: str, on: dt.date) -> list[dict[str, Any]]:
    result = eligibility.assess({}, on, [measure], "sportello").to_dict()
    criteria: list[dict[str, Any]] = result["assessments"][0]["criteria"]
    return criteria
