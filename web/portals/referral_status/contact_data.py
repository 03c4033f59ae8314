"""Changing contact data and preferences.

What is known is never shown in full: who has code and PIN on a borrowed telephone must not learn an address from here.
An empty field leaves things as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response
from starlette.requests import Request

from cases.errors import CaseNotFound
from referrals.contact import CHANNELS, Contact, ContactError, Preferences, masked
from referrals.errors import NotAllowed
from referrals.person import PersonSide
from referrals.states import OPEN
from referrals.views import Referral
from settings import clock
from web.pages.rendering import form_page
from web.portals.forms import text_of
from web.portals.opened_referral import Open, seal
from web.portals.referral_status.page import show
from web.portals.referral_status.words import words
from web.services import Here, Services, in_thread

router = APIRouter()
_KEPT = ("nome", "telefono", "email")


@router.post("/segnalazione/recapiti")
async def change(request: Request, services: Here, referral: Open) -> Response:
    """The form; then, with ``azione=salva``, the change."""
    side = PersonSide(services.referrals)
    known = await in_thread(side.contact, referral.code)
    if known is None or referral.state not in OPEN:
        return await show(request, services, referral, error="stato", status=409)
    form = await request.form()
    if text_of(form, "azione") != "salva":
        return _form(request, services, referral, known, known[1])
    typed = known[1]
    try:
        typed = preferences_of(form, known[1])
        contact = contact_of(form, known[0])
        await in_thread(side.change_contact, referral.code, contact, clock.now(), typed)
    except ContactError as wrong:
        return _form(request, services, referral, known, typed, form, wrong)
    except (NotAllowed, CaseNotFound):
        return await show(request, services, referral, error="stato", status=409)
    return await show(request, services, referral, done="recapiti")


def contact_of(form: Mapping[str, Any], known: Contact) -> Contact:
    """Contact data with the fields that were filled in. Raises ``ContactError``."""
    changed = {name: text_of(form, name) or getattr(known, name) for name in _KEPT}
    if text_of(form, "togli_telefono"):
        changed["telefono"] = None
    if text_of(form, "togli_email"):
        changed["email"] = None
    return Contact(**changed, codice_fiscale=known.codice_fiscale).checked()


def preferences_of(form: Mapping[str, Any], known: Preferences) -> Preferences:
    """Preferences as chosen. Raises ``ContactError``."""
    helper = "" if text_of(form, "togli_aiuto") else text_of(form, "aiuto") or known.helper
    language = text_of(form, "lingua", 5)
    return Preferences(
        channel=text_of(form, "canale"),
        hours=text_of(form, "orari"),
        may_leave_message=text_of(form, "messaggi") == "si",
        language=language if language in words()["languages"] else "it",
        interpreter=bool(text_of(form, "interprete")),
        accessibility=text_of(form, "accessibilita"),
        helper=helper,
    )


def _form(
    request: Request,
    services: Services,
    referral: Referral,
    known: tuple[Contact, Preferences],
    preferences: Preferences,
    typed: Mapping[str, Any] | None = None,
    wrong: ContactError | None = None,
) -> Response:
    contact = known[0]
    return form_page(
        request,
        "segnalazione/recapiti.html",
        status=422 if wrong else 200,
        referral=referral,
        phone=masked(contact.telefono),
        email=masked(contact.email),
        has_helper=bool(known[1].helper),
        preferences=preferences,
        typed=typed or {},
        wrong=wrong,
        channels=CHANNELS,
        w=words(),
        opened=seal(services, referral),
    )
