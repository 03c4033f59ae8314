"""An operator's referrals: list, card, steps, appointments, plan, outcome, export."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from eligibility.plan import Plan
from referrals import slots
from referrals.appointments import Appointments
from referrals.errors import NotAllowed, ReasonRequired
from referrals.operators import PAGE, OperatorSide
from referrals.plans import PlanRefused, Plans
from referrals.screening import screen
from referrals.views import Referral
from settings import clock
from web.api.models import MeasureId, problems
from web.api.operator_api import models
from web.api.operator_api.access import Calling, Own
from web.problems import Problem
from web.services import Here, Services, in_thread

router = APIRouter()
_TIMES = "Gli appuntamenti devono essere futuri."
#: Why a plan is not recorded: field and words.
_REFUSED = {
    PlanRefused.DAY: ("signed_on", "Il giorno della firma non può essere futuro."),
    PlanRefused.REMARKS: ("services", "Il piano ha qualcosa da correggere."),
}
Cursor = Annotated[str, Field(min_length=1, max_length=200)]
SiteId = Annotated[str, Field(min_length=1, max_length=48)]


@router.get(
    "/referrals",
    summary="Le segnalazioni dell'operatore",
    responses={200: {"model": models.ItemPage}, **problems(401, 422)},
)
async def list_referrals(
    services: Here,
    calling: Calling,
    state: Annotated[models.StateName | SkipJsonSchema[None], Query()] = None,  # type: ignore[valid-type]
    measure: Annotated[MeasureId | SkipJsonSchema[None], Query()] = None,  # type: ignore[valid-type]
    site: Annotated[SiteId | SkipJsonSchema[None], Query()] = None,
    after: Annotated[Cursor | SkipJsonSchema[None], Query(description="Il valore «after» della pagina prima.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = PAGE,
) -> Response:
    """The newest first. A cursor that is not one starts again from the newest."""

    def read() -> Any:
        side = OperatorSide(services.referrals)
        try:
            return side.inbox(calling.operator_id, state, measure, site, after, limit)
        except (ValueError, OverflowError):
            return side.inbox(calling.operator_id, state, measure, site, None, limit)

    return JSONResponse(jsonable_encoder(asdict(await in_thread(read))))


@router.get(
    "/referrals.csv",
    summary="Tutte le segnalazioni in CSV",
    responses={200: {"content": {"text/csv": {}}}, **problems(401, 422)},
)
async def export(services: Here, calling: Calling) -> Response:
    """As the page's export: contact data only of those in the operator's charge. Journalled."""
    text = await in_thread(OperatorSide(services.referrals).export_csv, calling.operator_id, clock.now())
    return Response(text, media_type="text/csv; charset=utf-8")


@router.get(
    "/referrals/{code}",
    summary="Una segnalazione",
    responses={200: {"model": models.CardView}, **problems(401, 404, 422)},
)
async def read_referral(services: Here, calling: Calling, referral: Own) -> Response:
    """The card, journalled as read. No answer of the person is in it, only the outcome of the check."""
    return JSONResponse(await in_thread(_card, services, calling.actor, referral))


@router.post(
    "/referrals/{code}/state",
    summary="Prendi in carico, rifiuta, annulla",
    responses={200: {"model": models.CardView}, **problems(400, 401, 404, 409, 422)},
)
async def change_state(services: Here, calling: Calling, referral: Own, body: models.NewState) -> Response:
    """Asking for the state where the referral already is changes nothing."""
    reason = body.note if body.reason in (None, "altro") else body.reason

    def act() -> None:
        services.referrals.transition(referral.code, body.state, calling.actor, clock.now(), reason or body.reason)

    return await _done(services, calling.actor, referral, act)


@router.get(
    "/referrals/{code}/appointments",
    summary="Gli appuntamenti",
    responses={200: {"model": list[models.AppointmentView]}, **problems(401, 404, 422)},
)
async def list_appointments(services: Here, referral: Own) -> Response:
    """Every appointment of a referral, by time."""
    found = await in_thread(Appointments(services.referrals).list, referral.code)
    return JSONResponse(jsonable_encoder([asdict(meeting) for meeting in found]))


@router.post(
    "/referrals/{code}/appointments",
    summary="Proponi uno o più giorni",
    responses={200: {"model": models.CardView}, **problems(400, 401, 404, 409, 422)},
)
async def offer(services: Here, calling: Calling, referral: Own, body: models.Offer) -> Response:
    """The person chooses one from the status page; offering the same time again changes nothing."""
    if body.agreed and len(body.slots) != 1:
        raise _wrong("slots", "Se siete già d'accordo, serve un solo giorno.")

    def act() -> None:
        try:
            times = [slots.Slot(s.starts_at.astimezone(dt.UTC), s.minutes, s.place) for s in body.slots]
            if body.agreed:
                time = times[0]
                Appointments(services.referrals).propose(
                    referral.code, calling.actor, time.starts_at, clock.now(), time.minutes, time.place, agreed=True
                )
            else:
                slots.propose(services.referrals, referral.code, calling.actor, times, clock.now())
        except (ValueError, OverflowError):
            raise _wrong("slots", _TIMES) from None

    return await _done(services, calling.actor, referral, act)


@router.post(
    "/referrals/{code}/plan/check",
    summary="Controlla un piano (PIP)",
    responses={200: {"model": models.PlanView}, **problems(400, 401, 404, 422)},
)
async def check(services: Here, referral: Own, body: models.PlanBody) -> Response:
    """What the measure's rules say of the services chosen; nothing is kept."""
    return JSONResponse((await _checked(services, referral, body)).to_dict())


@router.post(
    "/referrals/{code}/plan",
    summary="Registra il piano firmato",
    responses={200: {"model": models.CardView}, **problems(400, 401, 404, 409, 422)},
)
async def sign(services: Here, calling: Calling, referral: Own, body: models.SignedPlan) -> Response:
    """The plan goes with the referral, which moves to ``pip_sottoscritto``."""
    plan = await _checked(services, referral, body)

    def act() -> None:
        Plans(services.referrals, services.cases).sign(
            referral, plan, body.signed_on, body.despite_remarks, calling.actor, clock.now(), clock.today()
        )

    try:
        return await _done(services, calling.actor, referral, act)
    except PlanRefused as refused:
        raise _wrong(*_REFUSED[refused.reason]) from None


@router.post(
    "/referrals/{code}/outcome",
    summary="Concludi con l'esito",
    responses={200: {"model": models.CardView}, **problems(400, 401, 404, 409, 422)},
)
async def conclude(services: Here, calling: Calling, referral: Own, body: models.OutcomeBody) -> Response:
    """How it went; counted in the anonymous statistics."""

    def act() -> None:
        OperatorSide(services.referrals).conclude(referral.code, calling.actor, body.outcome, clock.now())

    return await _done(services, calling.actor, referral, act)


async def _done(services: Services, actor: str, referral: Referral, act: Any) -> Response:
    try:
        await in_thread(act)
    except ReasonRequired:
        raise Problem("motivo-mancante") from None
    except (NotAllowed, LookupError):
        raise Problem("stato-non-ammesso") from None
    if referral.case_id:
        services.news.announce(referral.case_id)
    fresh = await in_thread(services.referrals.get, referral.code)
    return JSONResponse(await in_thread(_card, services, actor, fresh))


async def _checked(services: Services, referral: Referral, body: models.PlanBody) -> Plan:
    chosen = {id_: wish.model_dump() for id_, wish in body.services.items()}
    found = await in_thread(Plans(services.referrals, services.cases).check, referral, chosen, clock.today())
    if found.plan is None:
        raise _wrong("services", found.error)
    return found.plan


def _card(services: Services, actor: str, referral: Referral) -> dict[str, Any]:
    card = OperatorSide(services.referrals).card(referral.code, actor, clock.now())
    found = screen(services.cases, referral, clock.today())
    content: dict[str, Any] = {
        **card.referral.to_dict(),
        "site_id": card.referral.site.site_id,
        "expires_at": card.referral.expires_at,
        "attempt": card.referral.attempt,
        "contact": asdict(card.contact) if card.contact else None,
        "contact_hidden": card.contact_hidden,
        "preferences": asdict(card.preferences) if card.preferences else None,
        "may": list(card.may),
        "plan": card.plan,
        "note": card.note,
        "screening": asdict(found) if found else None,
    }
    encoded: dict[str, Any] = jsonable_encoder(content)
    return encoded


def _wrong(field: str, message: str) -> Problem:
    return Problem("richiesta-non-valida", errors=[{"field": field, "message": message}])
