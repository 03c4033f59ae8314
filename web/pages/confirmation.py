"""Confirming an e-mail address: the page of the link that was sent to it, and asking for that link.

The link's secret comes in the address' fragment, which browsers do not send; the page puts it into a form. It is used
only when somebody presses the button, because mail scanners open the addresses they find.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Response
from starlette.requests import Request

from cases.budgets import BudgetSpent
from cases.db import writing
from cases.errors import CaseNotFound, KeyShredded
from referrals import confirmations
from referrals.contact import Contact, ContactError
from referrals.errors import LinkInvalid
from settings import clock
from web.api.access import cookies_of
from web.pages.rendering import form_page
from web.security.csrf import check_form
from web.services import Here, Services, in_thread

router = APIRouter()
Field = Annotated[str, Form(max_length=400)]
_NOT_VALID = "Questo link non vale più, o non è completo."
_DONE = "Grazie, l'indirizzo è confermato. Ora le possiamo scrivere."
_ASKED = "Le abbiamo mandato un'e-mail. Apra il link che c'è dentro e prema il pulsante."
_ALREADY = "Questo indirizzo è già confermato. Può tornare alla chat."
_TOO_MANY = "A questo indirizzo sono già partite altre e-mail. Riprovi domani, oppure ci telefoni."


@router.get("/conferma")
async def door(request: Request) -> Response:
    """The page that the e-mail's link opens; it also takes an address to confirm."""
    return _page(request)


@router.post("/conferma")
async def confirm(request: Request, services: Here, link: Field = "", gettone: Field = "") -> Response:
    """Use the link. The whole address may be pasted, or only what follows the #."""
    check_form(request, gettone, services.sealer)
    await services.limits.before("link", request)
    try:
        case_id = await in_thread(_confirm, services, link.strip().rpartition("#")[2])
    except (LinkInvalid, KeyShredded):
        await services.limits.failed("link", request)
        return _page(request, status=403, error=_NOT_VALID)
    services.news.announce(case_id)
    return _page(request, done=_DONE)


@router.post("/conferma/chiedi")
async def ask(request: Request, services: Here, email: Field = "", gettone: Field = "") -> Response:
    """Send the link to an address, for the conversation that this browser has open."""
    check_form(request, gettone, services.sealer)
    try:
        address = Contact("Nome Cognome", email=email.strip()).checked().email or ""
        asked = await in_thread(_ask, services, cookies_of(request), address)
    except ContactError as wrong:
        return _page(request, status=422, error=str(wrong))
    except BudgetSpent:
        return _page(request, status=429, error=_TOO_MANY)
    except CaseNotFound:
        return _page(request, status=403, error="Prima inizi una conversazione nella chat.")
    return _page(request, done=_ASKED if asked else _ALREADY)


def _confirm(services: Services, token: str) -> str:
    with writing(services.cases.session_factory) as session:
        return confirmations.confirm_in(session, services.cases.keyring, token, clock.now())


def _ask(services: Services, tokens: list[str], address: str) -> bool:
    for token in tokens:
        try:
            case_id = services.cases.opened_by(token, clock.now()).id
        except CaseNotFound:
            continue
        with writing(services.cases.session_factory) as session:
            keyring, url = services.cases.keyring, str(services.settings.public_url)
            return confirmations.ask_in(session, keyring, url, case_id, address, clock.now())
    raise CaseNotFound("cookie")


def _page(request: Request, status: int = 200, error: str = "", done: str = "") -> Response:
    return form_page(request, "conferma.html", status=status, error=error, done=done, in_chat=bool(cookies_of(request)))
