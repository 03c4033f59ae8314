"""«Esci subito»: this browser forgets the person, and the server forgets this browser."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from settings import clock
from web import account_session
from web.api.access import cookies_of
from web.security.csrf import check_origin
from web.services import Here, in_thread

router = APIRouter(include_in_schema=False)

# A page that says nothing of us, for browsers without scripts; with them the address is replaced at once.
# Cookies that a browser sends to one part of the site only, so not here.
_ELSEWHERE = {"rientro_oidc": "/accesso/oidc"}
_VISIT = "rientro_operatore"
AWAY = "https://it.wikipedia.org/"
_PAGE = f"""<!doctype html><html lang="it"><head><meta charset="utf-8"><title>Wikipedia</title></head>
<body><a href="{AWAY}" rel="noreferrer">Wikipedia</a></body></html>"""


@router.post("/esci")
async def leave(request: Request, services: Here) -> HTMLResponse:
    """End every session of this browser: the conversations, the professional's, the operator's visit.

    Nothing about the person is erased: with the code and PIN of a referral they come back from anywhere.

    :raises Problem: ``origine-non-ammessa`` (403): another site must not be able to end anybody's conversation.
    """
    check_origin(request)
    for token in cookies_of(request):
        await in_thread(services.cases.forget_token, token)
    accounts = account_session.accounts_of(request)
    await in_thread(accounts.leave, request.cookies.get(account_session.NAME), clock.now())
    await in_thread(accounts.visits.leave, request.cookies.get(_VISIT), clock.now())
    response = HTMLResponse(_PAGE, headers={"Refresh": f"0; url={AWAY}", "Cache-Control": "no-store"})
    # Browsers obey this on secure connections only, so every cookie of ours is taken back by name too.
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    for name in request.cookies:
        if name.startswith("rientro"):
            response.delete_cookie(name, httponly=True, samesite="lax")
    for name, path in _ELSEWHERE.items():
        response.delete_cookie(name, httponly=True, samesite="lax", path=path)
    return response
