"""The person's rights, from the page of their referral: take back a consent, erase everything.

What is held is never shown here: who has code and PIN on a borrowed telephone must not read it. The chat shows it.
"""

from __future__ import annotations

from fastapi import APIRouter, Response
from starlette.requests import Request

from cases.errors import CaseNotFound, StaleCase
from dialogue import desk
from referrals import states
from referrals.errors import NotAllowed
from referrals.states import State
from referrals.views import Referral
from settings import clock
from web.chat.gateway import Gateway
from web.conversations import dialogue_of
from web.pages.rendering import form_page, page
from web.portals.forms import text_of
from web.portals.opened_referral import Open, seal
from web.portals.referral_status.page import show
from web.portals.referral_status.words import words
from web.services import Here, Services, in_thread

router = APIRouter()
_PURPOSES = HEALTH, SENDING = "salute", "invio"


@router.post("/segnalazione/dati")
async def rights(request: Request, services: Here, referral: Open) -> Response:
    """Which consents hold, and how to erase."""
    return await _rights(request, services, referral)


@router.post("/segnalazione/dati/consenso")
async def withdraw(request: Request, services: Here, referral: Open) -> Response:
    """Take back one consent. Without the one to send, the operator must stop: the referral is cancelled."""
    purpose = text_of(await request.form(), "scopo", 10)
    if purpose not in _PURPOSES:
        return await _rights(request, services, referral)
    try:
        fresh = await in_thread(_withdraw, services, referral, purpose)
    except (CaseNotFound, NotAllowed, StaleCase):
        fresh = await in_thread(services.referrals.get, referral.code)
        return await show(request, services, fresh, error="stato", status=409)
    if referral.case_id:
        services.news.announce(referral.case_id)
    return await _rights(request, services, fresh, done=words()["withdrawn"][_kind(purpose, fresh)])


@router.post("/segnalazione/dati/cancella")
async def erase(request: Request, services: Here, referral: Open) -> Response:
    """Ask once more, then erase everything about the person, everywhere."""
    if text_of(await request.form(), "conferma") != "si":
        return form_page(
            request, "segnalazione/cancella.html", referral=referral, opened=seal(services, referral), w=words()
        )
    if referral.case_id:
        try:
            await Gateway(services).erase(referral.case_id)
        except CaseNotFound:
            pass  # erased meanwhile: what was wanted
    return page(request, "segnalazione/cancellata.html", w=words())


def _kind(purpose: str, referral: Referral) -> str:
    """Which words tell what taking back ``purpose`` means: a signed plan is not undone from here."""
    return f"{SENDING}_firmato" if purpose == SENDING and referral.state == State.PIP_SOTTOSCRITTO else purpose


def _withdraw(services: Services, referral: Referral, purpose: str) -> Referral:
    case_id, now = referral.case_id or "", clock.now()
    record = services.cases.get(case_id)
    if purpose == HEALTH:
        desk.answer_health(record, dialogue_of(services), False, record.role, "persona", now, clock.today())
        return services.referrals.get(referral.code)
    for other in services.referrals.all_for_case(case_id):
        if State.ANNULLATA in states.targets(other.state, "persona"):
            services.referrals.cancel(other.code, "persona", now)
    services.cases.withdraw_consent(case_id, SENDING, now)
    return services.referrals.get(referral.code)


async def _rights(request: Request, services: Services, referral: Referral, done: str = "") -> Response:
    consents = {}
    if referral.case_id:
        try:
            consents = (await in_thread(services.cases.get, referral.case_id)).consents
        except CaseNotFound:
            pass
    return form_page(
        request,
        "segnalazione/dati.html",
        referral=referral,
        opened=seal(services, referral),
        held=[(purpose, consents[purpose], _kind(purpose, referral)) for purpose in _PURPOSES if purpose in consents],
        erased=referral.case_id is None,
        done=done,
        w=words(),
    )
