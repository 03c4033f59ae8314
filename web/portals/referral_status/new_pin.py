"""A new PIN for who lost it: the link goes to the contact on record, the page never says which that is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Response
from starlette.requests import Request

from referrals import codes
from referrals.errors import LinkInvalid
from referrals.lost_pin import LostPin
from settings import clock
from web.pages.rendering import form_page
from web.security.csrf import check_form
from web.services import Here, in_thread

router = APIRouter()
Field = Annotated[str, Form(max_length=400)]
_CODE = "Il codice non è completo o c'è un errore di battitura. Lo ricopi come lo ha ricevuto."
_NOT_VALID = "Questo link non vale più, o non è completo. Può chiederne un altro."


@router.get("/segnalazione/pin-perso")
async def lost(request: Request) -> Response:
    """The form for the code."""
    return form_page(request, "segnalazione/pin_perso.html", error=None, asked=False, code="")


@router.post("/segnalazione/pin-perso")
async def ask(request: Request, services: Here, codice: Field = "", gettone: Field = "") -> Response:
    """Send the link, or make it a call of the hotline; the answer is the same for every code."""
    check_form(request, gettone, services.sealer)
    await services.limits.before("pin", request)
    if codes.normalise(codice) is None:
        return form_page(request, "segnalazione/pin_perso.html", status=422, error=_CODE, asked=False, code=codice[:40])
    await services.limits.failed("pin", request)  # each request counts: nobody needs many
    await in_thread(LostPin(services.referrals).ask, codice, clock.now())
    return form_page(request, "segnalazione/pin_perso.html", error=None, asked=True, code="")


@router.get("/segnalazione/pin")
async def door(request: Request) -> Response:
    """The page that the link opens."""
    return form_page(request, "segnalazione/pin_nuovo.html", error=None, pin=None, code=None)


@router.post("/segnalazione/pin")
async def redeem(request: Request, services: Here, link: Field = "", gettone: Field = "") -> Response:
    """Use the link: the new PIN, shown once."""
    check_form(request, gettone, services.sealer)
    await services.limits.before("link", request)
    try:
        token = link.strip().rpartition("#")[2]
        code, pin = await in_thread(LostPin(services.referrals).redeem, token, clock.now())
    except LinkInvalid:
        await services.limits.failed("link", request)
        return form_page(request, "segnalazione/pin_nuovo.html", status=403, error=_NOT_VALID, pin=None, code=None)
    return form_page(request, "segnalazione/pin_nuovo.html", error=None, pin=pin, code=code)
