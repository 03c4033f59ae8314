"""One's own access: sessions, second factor, leaving."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Response
from fastapi.responses import RedirectResponse
from starlette.requests import Request

from accounts import password_choice, passwords
from accounts.account import Account
from accounts.errors import Locked, NotAdmitted, WeakPassword
from settings import clock
from web import account_session
from web import account_words as words
from web.account_session import accounts_of
from web.permissions import home_of, permitted
from web.portals.pages import portal_page
from web.services import Here, in_thread

router = APIRouter()
_WRONG_CODE = "Il codice non è giusto, o è già stato usato. Aspetti il prossimo codice e riprovi."
Me = Annotated[Account, Depends(permitted("accesso.profilo"))]
Field = Annotated[str, Form(max_length=400)]


@router.get("/accesso/inizio")
async def start(account: Me) -> Response:
    """The first page of whoever is inside."""
    return RedirectResponse(home_of(account), status_code=303)


@router.get("/accesso/profilo")
async def profile(request: Request, account: Me, fatto: str = "") -> Response:
    """Who I am, where I am logged in, what I can change."""
    return await _profile(request, account, done=fatto)


@router.post("/accesso/sessioni/chiudi")
async def end_session(request: Request, account: Me, sessione: Field = "") -> Response:
    """End one session, or all the others."""
    here = request.state.access.session_id
    if sessione == "altre":
        await in_thread(accounts_of(request).revoke, account.id, account.actor, clock.now(), None, here)
    elif sessione:
        await in_thread(accounts_of(request).revoke, account.id, account.actor, clock.now(), sessione)
    return RedirectResponse("/accesso/profilo?fatto=sessioni", status_code=303)


@router.post("/accesso/esci")
async def leave(request: Request, services: Here, account: Me) -> Response:
    """Leave."""
    await in_thread(accounts_of(request).leave, request.cookies.get(account_session.NAME), clock.now())
    response = RedirectResponse("/accesso", status_code=303)
    account_session.drop(response, services.settings)
    return response


@router.post("/accesso/password")
async def change_password(
    request: Request, account: Me, attuale: Field = "", password: Field = "", ripeti: Field = ""
) -> Response:
    """Set a new password; the other sessions end."""
    if password != ripeti:
        return await _profile(request, account, 422, password_error="Le due password nuove sono diverse.")  # noqa: S106
    here = request.state.access.session_id
    try:
        await in_thread(accounts_of(request).credentials.change_password, account, attuale, password, here, clock.now())
    except WeakPassword as weak:
        words_ = " ".join(password_choice.REASONS[reason] for reason in weak.reasons)
        return await _profile(request, account, 422, password_error=words_)
    except Locked as locked:
        return await _profile(request, account, 429, password_error=words.locked_words(locked.until))
    except NotAdmitted:
        return await _profile(request, account, 422, password_error="La password attuale non è giusta.")  # noqa: S106
    return RedirectResponse("/accesso/profilo?fatto=password", status_code=303)


@router.post("/accesso/codici")
async def renew_codes(request: Request, account: Me, codice: Field = "") -> Response:
    """Ten new recovery codes."""
    try:
        codes = await in_thread(accounts_of(request).credentials.renew_recovery_codes, account, codice, clock.now())
    except Locked as locked:
        return await _profile(request, account, 429, codes_error=words.locked_words(locked.until))
    except NotAdmitted:
        return await _profile(request, account, 422, codes_error=_WRONG_CODE)
    return portal_page(request, "accesso/codici.html", codes=codes, target="/accesso/profilo")


@router.post("/accesso/telefono")
async def change_telephone(request: Request, account: Me, codice: Field = "") -> Response:
    """Set up another app: the session goes back to that step."""
    here = request.state.access.session_id
    try:
        await in_thread(accounts_of(request).credentials.change_telephone, account, codice, here, clock.now())
    except Locked as locked:
        return await _profile(request, account, 429, telephone_error=words.locked_words(locked.until))
    except NotAdmitted:
        return await _profile(request, account, 422, telephone_error=_WRONG_CODE)
    return RedirectResponse("/accesso/attivazione?dopo=/accesso/profilo", status_code=303)


@router.post("/accesso/scollega")
async def unlink(request: Request, account: Me) -> Response:
    """No longer enter through the provider."""
    await in_thread(accounts_of(request).identities.unlink, account, clock.now())
    return RedirectResponse("/accesso/profilo?fatto=scollega", status_code=303)


async def _profile(request: Request, account: Account, status: int = 200, **values: Any) -> Response:
    accounts = accounts_of(request)
    here = request.state.access.session_id
    return portal_page(
        request,
        "accesso/profilo.html",
        status=status,
        sessions=await in_thread(accounts.sessions, account.id, clock.now(), here),
        has_app=await in_thread(accounts.credentials.has_app, account.id),
        codes_left=await in_thread(accounts.credentials.recovery_codes_left, account.id),
        identities=await in_thread(accounts.identities.count, account.id),
        minimum=passwords.MIN_LENGTH,
        roles=words.ROLES,
        methods=words.METHODS,
        moment=words.moment,
        **({"done": "", "password_error": None, "codes_error": None, "telephone_error": None} | values),
    )
