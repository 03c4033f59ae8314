"""Where a referral stands, as a line of steps."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from referrals.states import State
from referrals.views import Referral

#: The way every referral hopes to go.
WAY = (
    State.APERTA,
    State.INVIATA,
    State.PRESA_IN_CARICO,
    State.APPUNTAMENTO_FISSATO,
    State.PIP_SOTTOSCRITTO,
    State.CONCLUSA,
)
DONE, NOW, LATER, ENDED = "fatto", "adesso", "dopo", "fine"


@dataclass(frozen=True)
class Step:
    """One step. ``phase``: done, the present one, still to come, or an end off the way."""

    state: str
    phase: str
    at: dt.datetime | None
    reason: str | None = None


def steps(referral: Referral) -> list[Step]:
    """The steps done with their moments, the present one, and those to come if the referral is still on the way."""
    reached = {step.state: step for step in referral.steps}
    if referral.state not in WAY:
        done = [Step(s, DONE, reached[s].at) for s in WAY if s in reached]
        off_the_way = [step for step in referral.steps if step.state not in WAY]
        return done + [Step(s.state, ENDED, s.at, s.reason) for s in off_the_way]
    here = WAY.index(State(referral.state))
    found = []
    for place, state in enumerate(WAY):
        step = reached.get(state)
        last = state == State.CONCLUSA
        phase = DONE if place < here or (place == here and last) else NOW if place == here else LATER
        found.append(Step(state, phase, step.at if step else None, step.reason if step else None))
    return found
