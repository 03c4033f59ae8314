"""The page itself: the timeline, what comes next, and what the person can do."""

from __future__ import annotations

import datetime as dt
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

import eligibility
from referrals import states
from referrals.appointments import AGREED, PROPOSED, Appointments
from referrals.person import PersonSide
from referrals.states import OPEN, State
from referrals.timeline import steps
from referrals.views import Referral
from referrals.writer import FOLLOW_UP_AFTER
from settings import clock
from settings.clock import ROME
from web.pages.rendering import form_page
from web.portals.opened_referral import seal
from web.portals.referral_status.words import words
from web.services import Services, in_thread

_AGAIN = (State.RIFIUTATA, State.SCADUTA)
_PLANNED = (State.PIP_SOTTOSCRITTO, State.CONCLUSA)


async def show(
    request: Request, services: Services, referral: Referral, done: str = "", error: str = "", status: int = 200
) -> Response:
    """The person's page. ``done``, ``error``: keys of the words to say first."""
    read = await in_thread(_read, services, referral)
    return form_page(
        request,
        "segnalazione/stato.html",
        status=status,
        referral=referral,
        measure=title_of(referral),
        steps=steps(referral),
        can_cancel=State.ANNULLATA in states.targets(referral.state, "persona"),
        can_change=referral.state in OPEN and referral.case_id is not None,
        asks_called=asks_called(referral, clock.now()),
        opened=seal(services, referral),
        done=words()["done"].get(done, ""),
        error=words()["failed"].get(error, error),
        w=words(),
        when=when,
        **read,
    )


def asks_called(referral: Referral, now: dt.datetime) -> bool:
    """Whether it is time to ask "did anyone call you?": ten days after sending, still without an appointment."""
    waiting = referral.state in (State.INVIATA, State.PRESA_IN_CARICO)
    return waiting and referral.sent_at is not None and now - referral.sent_at >= FOLLOW_UP_AFTER


def title_of(referral: Referral) -> str:
    """The measure's title."""
    title: str = eligibility.describe(referral.measure, clock.today(), "cittadino")["title"]
    return title


def when(moment: dt.datetime) -> str:
    """A moment as people say it: «martedì 3/06/2025 alle 12:00»."""
    days = ("lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica")
    local = moment.astimezone(ROME)
    return f"{days[local.weekday()]} {local.day}/{local:%m/%Y} alle {local:%H:%M}"


def _read(services: Services, referral: Referral) -> dict[str, Any]:
    meetings = Appointments(services.referrals).list(referral.code)
    can_retry = referral.state in _AGAIN and referral.case_id is not None
    side = PersonSide(services.referrals)
    return {
        "plan": side.plan(referral.code) if referral.state in _PLANNED else None,
        "told": services.referrals.told(referral.code),
        "meetings": [m for m in meetings if m.status in (PROPOSED, AGREED)],
        "proposals": side.proposals(referral.code, clock.now()) if can_retry else [],
    }
