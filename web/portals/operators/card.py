"""A referral's card, and what the operator does from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.responses import RedirectResponse
from starlette.requests import Request

from referrals import slots
from referrals.appointments import Appointments
from referrals.errors import NotAllowed, ReasonRequired
from referrals.operators import OperatorSide
from referrals.screening import screen
from referrals.states import State
from referrals.views import Referral
from settings import clock
from web.portals import forms as form_fields
from web.portals.operators import forms
from web.portals.operators.pages import operator_page
from web.portals.operators.visitor import Visitor, card_url, here, referral_of
from web.portals.operators.words import words
from web.services import Here, Services, in_thread

router = APIRouter()
Visit = Annotated[Visitor, Depends(here("operatore.segnalazioni"))]
Code = Annotated[str, Path(max_length=40)]
_LIVE = ("proposto", "confermato")
#: What the person must know of: the page says how they are told.
_TELLING = ("presa", "rifiutata", "annullata", "proposta", "fissata", "appuntamento-annullato", "conclusa")


@router.get("/operatore/segnalazioni/{code}")
async def card(
    request: Request,
    services: Here,
    visitor: Visit,
    code: Code,
    fatto: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """One referral in full; reading it is journalled."""
    referral = await referral_of(services, visitor, code)
    return await show(request, services, visitor, referral, done=fatto)


async def show(
    request: Request,
    services: Services,
    visitor: Visitor,
    referral: Referral,
    done: str = "",
    error: str = "",
    status: int = 200,
) -> Response:
    """The card's page, after a success or a failure."""

    def read() -> dict[str, Any]:
        now = clock.now()
        return {
            "card": OperatorSide(services.referrals).card(referral.code, visitor.actor, now),
            "meetings": Appointments(services.referrals).list(referral.code),
            "screening": screen(services.cases, referral, clock.today()),
            "told": services.referrals.told(referral.code),
        }

    found = await in_thread(read)
    if done in _TELLING and found["told"]:
        done = f"{words()['done'][done]} Avviso alla persona: {found['told'][-1].sentence}"
    else:
        done = words()["done"].get(done, "")
    return operator_page(
        request,
        visitor,
        "operatore/segnalazione.html",
        status=status,
        done=done,
        error=error,
        live_meetings=[m for m in found["meetings"] if m.status in _LIVE],
        today=clock.today(),
        **found,
    )


async def _act(
    request: Request,
    services: Services,
    visitor: Visitor,
    code: str,
    act: Callable[[Referral], object],
    done: str,
    wrong: str = "stato",
) -> Response:
    """Do something to an own referral, then show its card. ``wrong``: which words a ``ValueError`` means."""
    referral = await referral_of(services, visitor, code)
    try:
        await in_thread(act, referral)
    except ReasonRequired:
        problem, status = "motivo", 422
    except NotAllowed:
        problem, status = "stato", 409
    except ValueError:
        problem, status = wrong, 422
    else:
        if referral.case_id:
            services.news.announce(referral.case_id)
        return RedirectResponse(f"{card_url(referral.code)}?fatto={done}", status_code=303)
    fresh = await referral_of(services, visitor, code)
    return await show(request, services, visitor, fresh, error=words()["failed"][problem], status=status)


@router.post("/operatore/segnalazioni/{code}/prendi")
async def take(request: Request, services: Here, visitor: Visit, code: Code) -> Response:
    """Take charge."""
    side = OperatorSide(services.referrals)
    return await _act(
        request, services, visitor, code, lambda r: side.take(r.code, visitor.actor, clock.now()), "presa"
    )


@router.post("/operatore/segnalazioni/{code}/rifiuta")
async def refuse(request: Request, services: Here, visitor: Visit, code: Code) -> Response:
    """Say no, with a reason."""
    reason = forms.reason_of(await request.form())

    def act(referral: Referral) -> None:
        services.referrals.transition(referral.code, State.RIFIUTATA, visitor.actor, clock.now(), reason)

    return await _act(request, services, visitor, code, act, "rifiutata")


@router.post("/operatore/segnalazioni/{code}/chiudi")
async def close(request: Request, services: Here, visitor: Visit, code: Code) -> Response:
    """Call off a referral already taken in charge, with a reason."""
    reason = forms.reason_of(await request.form())

    def act(referral: Referral) -> None:
        services.referrals.cancel(referral.code, visitor.actor, clock.now(), reason)

    return await _act(request, services, visitor, code, act, "annullata")


@router.post("/operatore/segnalazioni/{code}/appuntamenti")
async def offer_times(request: Request, services: Here, visitor: Visit, code: Code) -> Response:
    """Offer one or more times, or write down one already agreed on the telephone."""
    form = await request.form()
    agreed = form_fields.text_of(form, "accordo") == "si"

    def act(referral: Referral) -> None:
        times = forms.slots_of(form)
        if agreed and len(times) == 1:
            time = times[0]
            Appointments(services.referrals).propose(
                referral.code, visitor.actor, time.starts_at, clock.now(), time.minutes, time.place, agreed=True
            )
        elif agreed:
            raise ValueError("Se siete già d'accordo, serve un solo giorno.")
        else:
            slots.propose(services.referrals, referral.code, visitor.actor, times, clock.now())

    done = "fissata" if agreed else "proposta"
    return await _act(request, services, visitor, code, act, done, wrong="data")


@router.post("/operatore/segnalazioni/{code}/appuntamenti/annulla")
async def call_off(request: Request, services: Here, visitor: Visit, code: Code) -> Response:
    """Call a meeting off."""
    meeting = form_fields.text_of(await request.form(), "appuntamento", 40)

    def act(referral: Referral) -> None:
        Appointments(services.referrals).cancel(referral.code, meeting, visitor.actor, clock.now())

    return await _act(request, services, visitor, code, act, "appuntamento-annullato")


@router.post("/operatore/segnalazioni/{code}/esito")
async def conclude(request: Request, services: Here, visitor: Visit, code: Code) -> Response:
    """Close with how it went."""
    outcome = form_fields.text_of(await request.form(), "esito", 40)
    side = OperatorSide(services.referrals)
    return await _act(
        request,
        services,
        visitor,
        code,
        lambda r: side.conclude(r.code, visitor.actor, outcome, clock.now()),
        "conclusa",
        wrong="esito",
    )
