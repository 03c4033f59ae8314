"""The personal plan (PIP): services chosen, checked against the measure's rules, recorded once signed.

The check works without scripts (the button sends the whole form); with them it follows every change.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Response
from fastapi.responses import RedirectResponse
from starlette.requests import Request

import eligibility
from cases.errors import CaseNotFound
from eligibility.plan import WRONG
from referrals.errors import NotAllowed
from referrals.operators import OperatorSide
from referrals.plans import Check, PlanRefused, Plans
from referrals.states import State
from referrals.views import Referral
from settings import clock
from web.portals import forms as form_fields
from web.portals.operators.pages import operator_page
from web.portals.operators.visitor import Visitor, card_url, here, referral_of
from web.portals.operators.words import words
from web.services import Here, in_thread

router = APIRouter()
Visit = Annotated[Visitor, Depends(here("operatore.segnalazioni"))]
Code = Annotated[str, Path(max_length=40)]
_STATES = (State.APPUNTAMENTO_FISSATO, State.PIP_SOTTOSCRITTO)
FRAGMENT = "x-frammento"
_REFUSED = {
    PlanRefused.DAY: "Scriva il giorno della firma: oggi o un giorno passato.",
    PlanRefused.REMARKS: "Il piano ha qualcosa da correggere. Se è stato firmato così, lo confermi con la casella in fondo.",
}


@router.get("/operatore/segnalazioni/{code}/piano")
async def plan_form(request: Request, services: Here, visitor: Visit, code: Code) -> Response:
    """The form, with what is already recorded."""
    referral = await referral_of(services, visitor, code)
    plans = Plans(services.referrals, services.cases)
    if referral.state not in _STATES:
        return RedirectResponse(card_url(referral.code), status_code=303)
    card = await in_thread(OperatorSide(services.referrals).card, referral.code, visitor.actor, clock.now())
    saved = card.plan or {}
    chosen = {line["service"]: {"hours": line["hours"], "amount": line["amount"]} for line in saved.get("lines", ())}
    check = await in_thread(plans.check, referral, chosen, clock.today()) if chosen else None
    return _page(request, visitor, referral, chosen, check, signed_on=saved.get("signed_on", ""))


@router.post("/operatore/segnalazioni/{code}/piano")
async def plan_act(request: Request, services: Here, visitor: Visit, code: Code) -> Response:
    """Check the plan, or record it as signed."""
    referral = await referral_of(services, visitor, code)
    plans = Plans(services.referrals, services.cases)
    form = await request.form()
    error = ""
    try:
        chosen = chosen_of(form)
    except ValueError as wrong:
        chosen, check = {}, Check(None, str(wrong))
    else:
        check = await in_thread(plans.check, referral, chosen, clock.today())
    if request.headers.get(FRAGMENT):
        return operator_page(request, visitor, "operatore/piano_controllo.html", check=check)
    signed = form_fields.day_of(form, "firmato_il")
    status = 200
    if form_fields.text_of(form, "azione") == "registra":
        despite = form_fields.text_of(form, "lo_stesso") == "si"
        try:
            if check.plan is None:
                raise ValueError(check.error)
            await in_thread(
                plans.sign, referral, check.plan, signed, despite, visitor.actor, clock.now(), clock.today()
            )
        except PlanRefused as refused:
            error = _REFUSED[refused.reason]
        except (NotAllowed, CaseNotFound):
            error = words()["failed"]["stato"]
        except ValueError as unreadable:
            error = str(unreadable)
        else:
            if referral.case_id:
                services.news.announce(referral.case_id)
            return RedirectResponse(f"{card_url(referral.code)}?fatto=piano", status_code=303)
        status = 422
    return _page(
        request,
        visitor,
        referral,
        chosen,
        check,
        signed_on=signed.isoformat() if signed else "",
        error=error,
        status=status,
        typed=form,
    )


def chosen_of(form: Mapping[str, Any]) -> dict[str, dict[str, float | None]]:
    """Services ticked, with hours and amounts.

    :raises ValueError: in Italian, for something that is not a number.
    """
    ids = [name.removeprefix("servizio:") for name in form if name.startswith("servizio:")]
    return {
        id_: {
            "hours": form_fields.number_of(form, f"ore:{id_}"),
            "amount": form_fields.number_of(form, f"importo:{id_}"),
        }
        for id_ in ids
    }


def _page(
    request: Request,
    visitor: Visitor,
    referral: Referral,
    chosen: Mapping[str, Any],
    check: Check | None,
    signed_on: str = "",
    error: str = "",
    status: int = 200,
    typed: Mapping[str, Any] | None = None,
) -> Response:
    measure = eligibility.describe(referral.measure, clock.today(), "sportello")
    return operator_page(
        request,
        visitor,
        "operatore/piano.html",
        status=status,
        referral=referral,
        measure=measure,
        chosen=chosen,
        typed=typed or {},
        check=check,
        signed_on=signed_on,
        error=error,
        today=clock.today(),
        wrong=WRONG,
    )
