"""The second factor once more, for what asks for a recent one: keys, webhooks, exports, erasures."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Response
from fastapi.responses import RedirectResponse
from starlette.requests import Request

from accounts.account import Account
from accounts.errors import Locked, NotAdmitted
from settings import clock
from web import account_session
from web.account_session import accounts_of
from web.account_words import locked_words
from web.permissions import home_of, permitted
from web.portals.access.entering import door_of, safe_target
from web.portals.pages import portal_page
from web.security import devices
from web.services import Here, in_thread

router = APIRouter()
Me = Annotated[Account, Depends(permitted("accesso.profilo"))]
Field = Annotated[str, Form(max_length=400)]
_WRONG = "Il codice non è giusto, o è già stato usato. Aspetti il prossimo codice e riprovi."


@router.get("/accesso/conferma")
async def ask(request: Request, account: Me, dopo: Annotated[str, Query(max_length=400)] = "") -> Response:
    """The form for the app's code."""
    return await _page(request, account, dopo)


@router.post("/accesso/conferma")
async def check(request: Request, services: Here, account: Me, codice: Field = "", dopo: Field = "") -> Response:
    """Note that the second factor was just given, and go on."""
    token = request.cookies.get(account_session.NAME, "")
    whence = devices.whence(request, services.sealer, door_of(account.email))
    try:
        await in_thread(accounts_of(request).confirm_again, token, codice, clock.now(), whence)
    except Locked as locked:
        return await _page(request, account, dopo, status=429, error=locked_words(locked.until))
    except NotAdmitted:
        return await _page(request, account, dopo, status=401, error=_WRONG)
    return RedirectResponse(safe_target(dopo) or home_of(account), status_code=303)


async def _page(request: Request, account: Account, after: str, status: int = 200, error: str = "") -> Response:
    values: dict[str, Any] = {"dopo": safe_target(after), "error": error}
    values["has_app"] = await in_thread(accounts_of(request).credentials.has_app, account.id)
    return portal_page(request, "accesso/conferma.html", status=status, **values)
