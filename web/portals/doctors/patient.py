"""The patient's page of a link: read what the doctor prepared, then agree or not. Nothing leaves before the yes.

The link's secret comes behind the # of the address, which browsers do not send; a script hands it over in a form, or
the person pastes the address.
"""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Form, Response
from starlette.requests import Request

import texts
from referrals import errors
from referrals.consent_requests import ConsentRequest, ConsentRequests
from referrals.contact import masked
from referrals.on_behalf import Agreed
from settings import clock
from web.pages.rendering import form_page
from web.portals.doctors.shared import measure_titles
from web.portals.doctors.words import words
from web.portals.opened_referral import seal
from web.security.csrf import check_form
from web.services import Here, Services, in_thread

router = APIRouter()
Text = Annotated[str, Form(max_length=400)]


@router.get("/consenso")
async def door(request: Request) -> Response:
    """The page that the link opens."""
    return form_page(request, "medici/consenso_apri.html", error=None)


@router.post("/consenso")
async def answer(
    request: Request,
    services: Here,
    link: Text = "",
    risposta: Text = "",
    accordo: Text = "",
    chiave: Text = "",
    gettone: Text = "",
) -> Response:
    """Show what is asked; then carry out the yes or the no."""
    check_form(request, gettone, services.sealer)
    token = link.strip().rpartition("#")[2]  # who copies by hand may copy the whole address
    side, now, said = ConsentRequests(services.referrals, services.cases), clock.now(), words()["patient"]
    try:
        if risposta == "no":
            await in_thread(side.refuse, token, now)
            return form_page(request, "medici/consenso_no.html")
        if risposta == "si" and accordo == "si" and chiave:
            return await _confirm(request, services, side, token, chiave)
        asked = await in_thread(side.read, token, now)
    except errors.LinkUsed:
        return form_page(request, "medici/consenso_apri.html", status=410, error=said["used"])
    except errors.LinkInvalid:
        return form_page(request, "medici/consenso_apri.html", status=410, error=said["gone"])
    if risposta == "si":
        return _ask(request, asked, token, chiave, said["tick"], 422)
    return _ask(request, asked, token)


async def _confirm(request: Request, services: Services, side: ConsentRequests, token: str, key: str) -> Response:
    now, said = clock.now(), words()["patient"]
    try:
        opened = await in_thread(side.confirm, token, _agreed, key, now)
    except (errors.SiteNotFound, errors.AlreadyOpen) as failed:
        why = said["site" if isinstance(failed, errors.SiteNotFound) else "double"]
        return _ask(request, await in_thread(side.read, token, now), token, key, why, 409)
    except errors.LinkInvalid:
        await in_thread(side.read, token, now)  # says whether it was used, or is no more
        raise
    referral = await in_thread(services.referrals.get, opened.code)
    return form_page(request, "medici/consenso_si.html", done=opened, opened=seal(services, referral))


def _agreed(operator: str) -> Agreed:
    return Agreed(consent_text(operator), texts.say("consensi.versione"))


def consent_text(operator: str) -> str:
    """The exact words the patient agrees to."""
    sending = texts.say("consensi.invio", "cittadino", operatore=operator)
    return f"{sending} {texts.say('consensi.medico_segue', 'cittadino')}"


def _ask(
    request: Request, asked: ConsentRequest, token: str, key: str = "", error: str = "", status: int = 200
) -> Response:
    contact = asked.wish.contact
    return form_page(
        request,
        "medici/consenso.html",
        status=status,
        asked=asked,
        measure=measure_titles(clock.today())[asked.wish.measure],
        phone=masked(contact.telefono),
        email=masked(contact.email),
        consent=consent_text(asked.site.operator),
        token=token,
        key=key or secrets.token_hex(16),
        error=error,
    )
