"""Setting up the second factor: QR code, first code, recovery codes."""

from __future__ import annotations

from typing import Annotated, Any

import segno
from fastapi import APIRouter, Form, Query, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup
from starlette.requests import Request

from accounts import second_factor, sessions
from accounts.errors import Locked, NotAdmitted
from settings import clock
from web import account_session
from web.account_session import accounts_of
from web.account_words import locked_words
from web.pages.rendering import form_page
from web.permissions import home_of
from web.portals.access.entering import safe_target
from web.security.csrf import check_form
from web.services import Here, in_thread

router = APIRouter()
Field = Annotated[str, Form(max_length=400)]
_WRONG = "Il codice non è giusto. Controlli che l'ora del telefono sia quella vera, poi scriva il codice che vede ora."


@router.get("/accesso/attivazione")
async def begin(request: Request, dopo: Annotated[str, Query(max_length=400)] = "") -> Response:
    """The QR code for the app."""
    found = await account_session.current(request)
    if found is None or found.stage != sessions.SETUP:
        return RedirectResponse("/accesso", status_code=303)
    return await _page(request, found.account.email, dopo=dopo)


@router.post("/accesso/attivazione")
async def finish(
    request: Request, services: Here, codice: Field = "", dopo: Field = "", gettone: Field = ""
) -> Response:
    """The app's first code; then the recovery codes, this once."""
    check_form(request, gettone, services.sealer)
    found = await account_session.current(request)
    if found is None or found.stage != sessions.SETUP:
        return RedirectResponse("/accesso", status_code=303)
    token = request.cookies[account_session.NAME]
    try:
        entered, codes = await in_thread(accounts_of(request).finish_setup, token, codice, clock.now())
    except Locked as locked:
        return await _page(request, found.account.email, status=429, dopo=dopo, error=locked_words(locked.until))
    except NotAdmitted:
        return await _page(request, found.account.email, status=422, dopo=dopo, error=_WRONG)
    target = safe_target(dopo) or home_of(entered.account)
    response = form_page(request, "accesso/codici.html", codes=codes, target=target)
    account_session.give(response, entered.token, services.settings)
    return response


def qr_code(text: str) -> Markup:
    """A QR code as inline SVG, drawn with attributes only: the policy admits no inline style."""
    return Markup(segno.make(text, error="m").svg_inline(svgclass=None, lineclass=None, omitsize=True, light="#fff"))  # noqa: S704


async def _page(request: Request, email: str, status: int = 200, **values: Any) -> Response:
    secret = await in_thread(accounts_of(request).setup_secret, request.cookies[account_session.NAME], clock.now())
    return form_page(
        request,
        "accesso/attivazione.html",
        status=status,
        qr=qr_code(second_factor.address(secret, email)),
        key=" ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
        **({"error": None, "dopo": ""} | values),
    )
