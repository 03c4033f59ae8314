"""Entering: address and password, then the second factor; leaving."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Response
from fastapi.responses import RedirectResponse
from starlette.requests import Request

from accounts import demo, sessions
from accounts.errors import Locked, NotAdmitted
from accounts.service import Entered
from accounts.tokens import spelling_of
from settings import clock
from web import account_session
from web.account_session import accounts_of
from web.account_words import locked_words
from web.pages.rendering import form_page
from web.permissions import home_of
from web.portals.access.provider import configured
from web.security import devices
from web.security.csrf import check_form
from web.services import Here, Services, in_thread

router = APIRouter()
Field = Annotated[str, Form(max_length=400)]
_NOT_ADMITTED = "L'indirizzo o la password non sono giusti. Controlli e riprovi."
_WRONG_CODE = "Il codice non è giusto, o è già stato usato. Aspetti il prossimo codice e riprovi."
_WRONG_RECOVERY = "Il codice di recupero non è giusto, o è già stato usato."


@router.get("/accesso")
async def door(request: Request, services: Here, dopo: Annotated[str, Query(max_length=400)] = "") -> Response:
    """The log-in page; who is already inside goes on."""
    found = await account_session.current(request)
    if found is not None:
        return RedirectResponse(_next(found.stage, safe_target(dopo) or home_of(found.account)), status_code=303)
    return _door(request, services, dopo=dopo)


@router.post("/accesso")
async def enter(
    request: Request, services: Here, email: Field = "", password: Field = "", dopo: Field = "", gettone: Field = ""
) -> Response:
    """First step. A wrong address and a wrong password get the same answer after the same time."""
    check_form(request, gettone, services.sealer)
    device = sessions.device_words(request.headers.get("user-agent", ""))
    whence = devices.whence(request, services.sealer, door_of(email))
    try:
        entered = await in_thread(
            accounts_of(request).enter, email, password, whence.network, device, clock.now(), whence.device
        )
    except Locked as locked:
        return _door(request, services, status=429, email=email, dopo=dopo, error=locked_words(locked.until))
    except NotAdmitted:
        return _door(request, services, status=401, email=email, dopo=dopo, error=_NOT_ADMITTED)
    return let_in(request, services, entered, safe_target(dopo))


@router.get("/accesso/codice")
async def ask_code(
    request: Request, services: Here, dopo: Annotated[str, Query(max_length=400)] = "", recupero: bool = False
) -> Response:
    """The second step: the app's code, or a recovery code."""
    found = await account_session.current(request)
    if found is None or found.stage != sessions.CODE:
        return RedirectResponse("/accesso", status_code=303)
    return _code_page(request, dopo=dopo, recovery=recupero)


@router.post("/accesso/codice")
async def check_code(
    request: Request, services: Here, codice: Field = "", recupero: Field = "", dopo: Field = "", gettone: Field = ""
) -> Response:
    """Let in whoever has the code."""
    check_form(request, gettone, services.sealer)
    found = await account_session.current(request)
    if found is None or found.stage != sessions.CODE:
        return RedirectResponse("/accesso", status_code=303)
    recovery = recupero == "si"
    token = request.cookies[account_session.NAME]
    whence = devices.whence(request, services.sealer, door_of(found.account.email))
    try:
        entered = await in_thread(accounts_of(request).confirm_code, token, codice, clock.now(), recovery, whence)
    except Locked as locked:
        return _code_page(request, status=429, dopo=dopo, recovery=recovery, error=locked_words(locked.until))
    except NotAdmitted:
        error = _WRONG_RECOVERY if recovery else _WRONG_CODE
        return _code_page(request, status=401, dopo=dopo, recovery=recovery, error=error)
    return let_in(request, services, entered, safe_target(dopo))


@router.post("/accesso/rinuncia")
async def give_up(request: Request, services: Here, gettone: Field = "") -> Response:
    """Leave half way: from the second step or from setting up the second factor."""
    check_form(request, gettone, services.sealer)
    await in_thread(accounts_of(request).leave, request.cookies.get(account_session.NAME), clock.now())
    response = RedirectResponse("/accesso", status_code=303)
    account_session.drop(response, services.settings)
    return response


def let_in(request: Request, services: Services, entered: Entered, target: str = "") -> Response:
    """Give the cookie and go to what is asked next."""
    response = RedirectResponse(_next(entered.stage, target or home_of(entered.account)), status_code=303)
    account_session.give(response, entered.token, services.settings)
    if entered.stage == sessions.FULL:
        devices.remember(response, request, services.sealer, door_of(entered.account.email), services.settings)
    return response


def door_of(email: str) -> str:
    """The door of an account, as browsers that entered it are remembered (:mod:`web.security.devices`)."""
    return f"account:{spelling_of(email)}"


def safe_target(path: str) -> str:
    """A page of ours to go to after entering, empty for anything else: nobody is sent to another site."""
    plain = path.isascii() and path.isprintable() and "\\" not in path
    return path if plain and path.startswith("/") and not path.startswith("//") else ""


def _next(stage: str, target: str) -> str:
    if stage == sessions.FULL:
        return target
    page = "/accesso/codice" if stage == sessions.CODE else "/accesso/attivazione"
    return f"{page}?dopo={quote(target, safe='/')}"


def _door(request: Request, services: Services, status: int = 200, **values: Any) -> Response:
    in_demo = services.settings.mode == "demo"
    return form_page(
        request,
        "accesso/entra.html",
        status=status,
        provider=services.settings.oidc_label if configured(services.settings) else None,
        demo_people=demo.PEOPLE if in_demo else (),
        demo_password=demo.PASSWORD if in_demo else "",
        **({"email": "", "error": None, "dopo": ""} | values),
    )


def _code_page(request: Request, status: int = 200, **values: Any) -> Response:
    return form_page(request, "accesso/codice.html", status=status, **({"error": None} | values))
