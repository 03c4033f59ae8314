"""Protection against requests that another site makes in the person's name.

Forms carry a token sealed over a random cookie (double submit); JSON requests that rely on the session cookie must come
from our own pages, which browsers state in ``Sec-Fetch-Site`` or ``Origin``.
"""

from __future__ import annotations

import hmac
import secrets
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from web.problems import Problem
from web.security.sealing import SealBroken, Sealer

COOKIE = "rientro_modulo"
FIELD = "gettone"
_MAX_AGE_SECONDS = 12 * 3600


def form_token(request: Request, sealer: Sealer) -> tuple[str, str]:
    """The cookie value of this browser (new if it had none) and the token to put in the form."""
    cookie = request.cookies.get(COOKIE, "")
    if not 20 <= len(cookie) <= 64:
        cookie = secrets.token_urlsafe(24)
    return cookie, sealer.seal("csrf", cookie)


def remember(response: Response, cookie: str, secure: bool) -> None:
    """Give the browser the cookie that :func:`form_token` chose."""
    response.set_cookie(COOKIE, cookie, max_age=_MAX_AGE_SECONDS, httponly=True, samesite="lax", secure=secure)


def check_form(request: Request, token: object, sealer: Sealer) -> None:
    """Refuse a form that was not made by our page for this browser.

    :raises Problem: ``modulo-scaduto`` (403).
    """
    check_origin(request)
    cookie = request.cookies.get(COOKIE, "")
    try:
        sealed = sealer.open("csrf", token if isinstance(token, str) else "", _MAX_AGE_SECONDS)
    except SealBroken:
        raise Problem("modulo-scaduto") from None
    if not cookie or not isinstance(sealed, str) or not hmac.compare_digest(sealed.encode(), cookie.encode()):
        raise Problem("modulo-scaduto")


def check_origin(request: Request) -> None:
    """Refuse a state-changing request started by another site.

    :raises Problem: ``origine-non-ammessa`` (403).
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site not in ("same-origin", "none"):
            raise Problem("origine-non-ammessa")
        return
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise Problem("origine-non-ammessa")
