"""The ``state`` that goes with every answer of the chat (contract, section 5)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import dialogue
from cases.record import CaseRecord, Turn

if TYPE_CHECKING:
    from referrals.views import Referral


def build(
    record: CaseRecord,
    referral: Referral | None,
    on: dt.date,
    understood: dict[str, Any] | None,
    waiting: int,
) -> dict[str, Any]:
    """The whole state.

    :param referral: the case's newest one.
    :param on: the day the verdicts are about.
    :param understood: what was read in the last message, None when nothing was yet.
    :param waiting: how many messages of the person still wait for an answer.
    """
    told = None if referral is None else {"code": referral.code, "state": referral.state, "operator": referral.operator}
    return dialogue.public_state(record, on, referral=told, understood=understood) | {"waiting": waiting}


def erased() -> dict[str, Any]:
    """The state after an erasure asked in the chat: nothing is left to tell."""
    return {
        "facts": {},
        "pending_question": None,
        "assessments": [],
        "consents": {},
        "referral": None,
        "mode": "bot",
        "situation": None,
        "plan": [],
        "understood": None,
        "waiting": 0,
        "erased": True,
    }


def understood_of(turns: list[Turn]) -> dict[str, Any] | None:
    """What the engine read in the last message it answered."""
    for turn in reversed(turns):
        if turn.author == "bot" and turn.body.get("understood"):
            return turn.body["understood"]
    return None
