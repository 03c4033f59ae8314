"""The way in: code and PIN. Cancelling too, which the entrance offers without opening the rest."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Response
from starlette.requests import Request

from referrals import codes
from web.api.referrals import cancel, pin_door, referral_for
from web.pages.rendering import form_page
from web.portals.opened_referral import reopen, seal
from web.portals.referral_status.page import show
from web.problems import Problem
from web.security import devices
from web.security.csrf import check_form
from web.services import Here

router = APIRouter()
Field = Annotated[str, Form(max_length=4000)]


@router.get("/segnalazione")
async def ask_code(request: Request) -> Response:
    """The form for code and PIN."""
    return form_page(request, "segnalazione_cerca.html", error=None, code="")


@router.get("/segnalazioni/{code}")
async def from_the_e_mail(request: Request, code: str) -> Response:
    """The address in the person's e-mail: the same form, with the code already there."""
    return form_page(request, "segnalazione_cerca.html", error=None, code=code[:40])


@router.post("/segnalazione")
async def show_status(
    request: Request, services: Here, codice: Field = "", pin: Field = "", gettone: Field = ""
) -> Response:
    """The referral, or the form again with what is wrong."""
    check_form(request, gettone, services.sealer)
    code = codes.normalise(codice)
    if code is None or not pin.strip():
        error = (
            "Il codice non è completo o c'è un errore di battitura. Lo ricopi come lo ha ricevuto."
            if code is None
            else "Scriva anche il PIN: sono sei cifre."
        )
        return form_page(request, "segnalazione_cerca.html", status=422, error=error, code=codice[:40])
    try:
        referral = await referral_for(services, request, code, pin)
    except Problem as problem:
        if problem.kind != "segnalazione-non-trovata":
            raise
        detail = problem.document("")["detail"]
        return form_page(request, "segnalazione_cerca.html", status=404, error=detail, code=codice[:40])
    page = await show(request, services, referral)
    devices.remember(page, request, services.sealer, pin_door(code), services.settings)
    return page


@router.post("/segnalazione/annulla")
async def cancel_by_person(
    request: Request, services: Here, aperta: Field = "", conferma: Field = "", gettone: Field = ""
) -> Response:
    """Ask once more, then cancel."""
    check_form(request, gettone, services.sealer)
    referral = await reopen(services, aperta)
    if conferma == "no":
        return await show(request, services, referral)
    if conferma != "si":
        return form_page(request, "segnalazione_annulla.html", referral=referral, opened=seal(services, referral))
    return await show(request, services, await cancel(services, referral), done="annullata")
