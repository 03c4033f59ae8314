"""The ``state`` that goes with every answer of the chat (contract, section 5)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from actions import dialogue
from cases.record import CaseRecord, Turn
from web.services import Services


def build(
    services: Services, record: CaseRecord, on: dt.date, understood: dict[str, Any] | None, waiting: int
) -> dict[str, Any]:
    """The whole state.

    :param on: the day the verdicts are about.
    :param understood: what was read in the last message, None when nothing was yet.
    :param waiting: how many messages of the person still wait for an answer.
    """
    referral = referral_of(services, record.id)
    return dialogue.public_state(record, on, referral=referral, understood=understood) | {"waiting": waiting}


def erased() -> dict[str, Any]:
    """The state after an erasure asked in the chat: nothing is left to tell."""
    return {
        "facts": {},
        "pending_question": None,
        "assessments": [],
        "consents": {},
        "referral": None,
        "mode": "bot",
        "understood": None,
        "waiting": 0,
        "erased": True,
    }


def referral_of(services: Services, case_id: str) -> dict[str, Any] | None:
    """The newest referral of the case, as the chat shows it."""
    found = services.referrals.for_case(case_id)
    return None if found is None else {"code": found.code, "state": found.state, "operator": found.operator}


def understood_of(turns: list[Turn]) -> dict[str, Any] | None:
    """What the engine read in the last message it answered."""
    for turn in reversed(turns):
        if turn.author == "bot" and turn.body.get("understood"):
            return turn.body["understood"]
    return None
