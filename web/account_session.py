"""The cookie of a professional's session, and who is behind it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from accounts.service import Accounts, Current
from settings import clock
from settings.config import Settings
from web.api.access import is_https
from web.services import in_thread, services_of

NAME = "rientro_accesso"
_ASKED = "access_current"


def accounts_of(request: Request) -> Accounts:
    """The accounts of the running application."""
    state = request.app.state
    if not hasattr(state, "accounts"):
        services = services_of(request)
        state.accounts = Accounts(services.cases.session_factory, services.cases.keyring, services.settings)
    found: Accounts = state.accounts
    return found


async def current(request: Request) -> Current | None:
    """Whose session this browser has, at whatever stage; None for nobody. Read once for each request."""
    if not hasattr(request.state, _ASKED):
        token = request.cookies.get(NAME)
        found = await in_thread(accounts_of(request).current, token, clock.now()) if token else None
        setattr(request.state, _ASKED, found)
    found = getattr(request.state, _ASKED)
    return found


def give(response: Response, token: str, settings: Settings) -> None:
    """Let this browser in. The cookie ends with the browser; the server ends the session before if it idles."""
    response.set_cookie(NAME, token, httponly=True, samesite="lax", secure=is_https(settings), path="/")


def drop(response: Response, settings: Settings) -> None:
    """Make this browser forget the session."""
    response.delete_cookie(NAME, httponly=True, samesite="lax", secure=is_https(settings), path="/")
