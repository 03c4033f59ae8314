"""What a link of an e-mail opens: choosing a password. And asking for such a link."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Response
from starlette.requests import Request

from accounts import links, password_choice, passwords, sessions
from accounts.errors import EmailTaken, LinkNotValid, WeakPassword
from settings import clock
from web.account_session import accounts_of
from web.account_words import ROLES
from web.pages.rendering import form_page
from web.portals.access.entering import let_in
from web.security.csrf import check_form
from web.services import Here, in_thread

router = APIRouter()
Field = Annotated[str, Form(max_length=400)]
_DEAD = "Questo invito non vale più: è già stato usato, o è scaduto. Ne chieda un altro a chi amministra Rientro."
_DIFFERENT = "Le due password sono diverse. Le riscriva."
_TAKEN = "Questo indirizzo e-mail ha già un accesso."


@router.get("/accesso/invito")
async def open_invitation(request: Request) -> Response:
    """The secret is behind the # of the address: a script hands it over, or the person copies it."""
    return form_page(request, "accesso/invito_apri.html", error=None)


@router.post("/accesso/invito")
async def use_invitation(
    request: Request,
    services: Here,
    invito: Field = "",
    nome: Field = "",
    email: Field = "",
    password: Field = "",
    ripeti: Field = "",
    scelta: Field = "",
    gettone: Field = "",
) -> Response:
    """Show what the link is for; then take the password. Opening does not use the link up, choosing does."""
    check_form(request, gettone, services.sealer)
    # Who copies by hand may copy the whole address.
    token = invito.strip().rpartition("#")[2]
    invitations = accounts_of(request).invitations
    try:
        purpose, owner = await in_thread(invitations.read, token, clock.now())
    except LinkNotValid:
        return _dead(request)
    first = purpose == links.FIRST_START
    values: dict[str, Any] = {
        "token": token,
        "owner": owner,
        "first": first,
        "reset": purpose == links.RESET,
        "role": ROLES[owner.role],
        "name": nome,
        "email": email,
        "minimum": passwords.MIN_LENGTH,
        "errors": [],
    }
    if scelta != "si":
        return form_page(request, "accesso/invito.html", **values)
    device = sessions.device_words(request.headers.get("user-agent", ""))
    errors = [_DIFFERENT] if password != ripeti else []
    if not errors:
        identity = (nome, email) if first else ("", "")
        try:
            entered = await in_thread(invitations.accept, token, password, device, clock.now(), *identity)
        except WeakPassword as weak:
            errors = [password_choice.REASONS[reason] for reason in weak.reasons]
        except EmailTaken:
            errors = [_TAKEN]
        except ValueError as wrong:
            errors = [str(wrong)]
        except LinkNotValid:
            return _dead(request)
        else:
            return let_in(request, services, entered)
    return form_page(request, "accesso/invito.html", status=422, **(values | {"errors": errors}))


@router.get("/accesso/dimenticata")
async def forgotten(request: Request) -> Response:
    """Ask for a link to choose a new password."""
    return form_page(request, "accesso/dimenticata.html", sent=False)


@router.post("/accesso/dimenticata")
async def send_reset(request: Request, services: Here, email: Field = "", gettone: Field = "") -> Response:
    """Send the link, if somebody has this address; the page says the same either way."""
    check_form(request, gettone, services.sealer)
    await in_thread(accounts_of(request).invitations.ask_reset, email, clock.now())
    return form_page(request, "accesso/dimenticata.html", sent=True)


def _dead(request: Request) -> Response:
    return form_page(request, "accesso/invito_apri.html", status=410, error=_DEAD)
