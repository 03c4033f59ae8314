"""What became of the patients sent: the doctor's own referrals, and the consents still awaited."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import RedirectResponse
from starlette.requests import Request

from referrals import words as state_words
from referrals.consent_requests import ConsentRequests
from referrals.errors import ReferralNotFound
from referrals.sender_side import SenderSide
from referrals.states import State
from referrals.timeline import steps
from settings import clock
from web.portals.doctors.shared import Notice, Referrer, doctor_page, measure_titles, sender_of
from web.problems import Problem
from web.services import Here, in_thread

router = APIRouter()
ALL = "tutte"
_DONE = {"ritirata": "Il link è ritirato. I dati del paziente sono cancellati."}


@router.get("/medici/segnalazioni")
async def referrals_page(
    request: Request,
    account: Referrer,
    services: Here,
    stato: Annotated[str, Query(max_length=30)] = ALL,
    misura: Annotated[str, Query(max_length=60)] = "",
    dopo: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """One page of the list, newest first."""
    side, sender = SenderSide(services.referrals), sender_of(account)
    state = stato if stato in tuple(State) else None
    measure = misura if misura in measure_titles(clock.today()) else None
    try:
        page = await in_thread(side.page, sender, state, measure, dopo or None)
    except ValueError:  # an address cut short: from the start
        page = await in_thread(side.page, sender, state, measure)
    return doctor_page(
        request,
        "segnalazioni.html",
        page=page,
        total=sum(page.counts.values()),
        waiting=await in_thread(side.waiting_count, sender),
        state=state or ALL,
        measure=measure or "",
        later=bool(dopo),
    )


@router.get("/medici/segnalazioni/{codice}")
async def referral_page(
    request: Request, account: Referrer, services: Here, code: Annotated[str, Path(max_length=40, alias="codice")]
) -> Response:
    """One referral with its steps; reading it is journalled."""
    try:
        found = await in_thread(SenderSide(services.referrals).card, code, sender_of(account), clock.now())
    except ReferralNotFound:
        raise Problem("segnalazione-sconosciuta") from None
    return doctor_page(
        request,
        "una.html",
        referral=found[0],
        name=found[1],
        steps=steps(found[0]),
        told=await in_thread(services.referrals.told, found[0].code),
        timeline=state_words.load()["passi"],
    )


@router.get("/medici/consensi")
async def consents_page(
    request: Request,
    account: Referrer,
    services: Here,
    dopo: Annotated[str, Query(max_length=200)] = "",
    fatto: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Links that patients have not confirmed yet, and how the others ended."""
    side, sender = SenderSide(services.referrals), sender_of(account)
    try:
        page = await in_thread(side.waiting, sender, dopo or None)
    except ValueError:
        page = await in_thread(side.waiting, sender)
    notice = Notice(_DONE[fatto], "success") if fatto in _DONE else None
    return doctor_page(request, "consensi.html", page=page, later=bool(dopo), notice=notice)


@router.post("/medici/consensi/{richiesta}/ritira")
async def withdraw(
    account: Referrer, services: Here, request_id: Annotated[str, Path(pattern="^[0-9a-f]{32}$", alias="richiesta")]
) -> Response:
    """Take a link back; what was kept of the patient is erased. A second press changes nothing."""
    side = ConsentRequests(services.referrals, services.cases)
    done = await in_thread(side.withdraw, request_id, sender_of(account), clock.now())
    return RedirectResponse("/medici/consensi" + ("?fatto=ritirata" if done else ""), status_code=303)
