"""Who is inside now."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi.responses import RedirectResponse
from starlette.requests import Request

from accounts.account import Account
from settings import clock
from web.account_session import accounts_of
from web.permissions import permitted
from web.portals.administration.frame import PAGE, Field, PageNumber, admin_page, pages_of
from web.services import in_thread

router = APIRouter()
Me = Annotated[Account, Depends(permitted("amministrazione.account"))]


@router.get("/amministrazione/sessioni")
async def sessions_page(request: Request, account: Me, pagina: PageNumber = 1, fatto: str = "") -> Response:
    """Every open session, the last used first."""
    found, count = await in_thread(accounts_of(request).open_sessions, clock.now(), PAGE, (pagina - 1) * PAGE)
    here = request.state.access.session_id
    return admin_page(
        request, "sessioni.html", entries=found, here=here, pages=pages_of(count, pagina), done=fatto == "chiusa"
    )


@router.post("/amministrazione/sessioni")
async def end_session(request: Request, account: Me, di: Field = "", sessione: Field = "") -> Response:
    """End somebody's session."""
    if di and sessione:
        await in_thread(accounts_of(request).revoke, di, account.actor, clock.now(), sessione)
    elif sessione:
        await in_thread(accounts_of(request).visits.end, sessione)
    return RedirectResponse("/amministrazione/sessioni?fatto=chiusa", status_code=303)
