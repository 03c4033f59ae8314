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
#: Header of what a page fetches by itself.
BACKGROUND = "X-Rientro-Da-Sola"
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
    """Whose session this browser has, at whatever stage; None for nobody. Read once for each request.

    What a page asks by itself (event streams, the parts it fetches after an event) does not keep a session alive.
    """
    if not hasattr(request.state, _ASKED):
        token = request.cookies.get(NAME)
        touch = not is_background(request)
        found = await in_thread(accounts_of(request).current, token, clock.now(), touch) if token else None
        setattr(request.state, _ASKED, found)
    found = getattr(request.state, _ASKED)
    return found


def is_background(request: Request) -> bool:
    """Whether a page asks this by itself, with nobody doing anything."""
    return request.url.path.endswith("/events") or BACKGROUND in request.headers


async def is_still_in(request: Request) -> bool:
    """Whether the session of a request that goes on for long has neither ended nor been revoked."""
    token = request.cookies.get(NAME)
    return await in_thread(accounts_of(request).current, token, clock.now(), False) is not None


def give(response: Response, token: str, settings: Settings) -> None:
    """Let this browser in. The cookie ends with the browser; the server ends the session before if it idles."""
    response.set_cookie(NAME, token, httponly=True, samesite="lax", secure=is_https(settings), path="/")


def drop(response: Response, settings: Settings) -> None:
    """Make this browser forget the session."""
    response.delete_cookie(NAME, httponly=True, samesite="lax", secure=is_https(settings), path="/")
