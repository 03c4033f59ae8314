"""Messages that could not be delivered, and trying again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi.responses import RedirectResponse
from starlette.requests import Request

from accounts.account import Account
from cases.db import writing
from referrals import outbox
from settings import clock
from web.permissions import permitted
from web.portals.administration.frame import Field, admin_page
from web.services import Here, Services, in_thread

router = APIRouter()
Me = Annotated[Account, Depends(permitted("amministrazione.messaggi"))]
_SHOWN = 100


@router.get("/amministrazione/messaggi")
async def messages_page(request: Request, services: Here, account: Me, fatto: str = "") -> Response:
    """The dead letters: kind, error and time, never the content."""
    letters = await in_thread(_dead_letters, services)
    return admin_page(request, "messaggi.html", letters=letters, shown=_SHOWN, done=fatto == "si")


@router.post("/amministrazione/messaggi")
async def try_again(request: Request, services: Here, account: Me, messaggio: Field = "") -> Response:
    """Give one letter, or all those shown, another round of attempts."""
    await in_thread(_replay, services, messaggio)
    return RedirectResponse("/amministrazione/messaggi?fatto=si", status_code=303)


def _dead_letters(services: Services) -> list[dict]:
    with services.cases.session_factory() as session:
        return outbox.dead_letters(session, _SHOWN)


def _replay(services: Services, wanted: str) -> None:
    with writing(services.cases.session_factory) as session:
        ids = [letter["id"] for letter in outbox.dead_letters(session, _SHOWN)] if wanted == "tutti" else [wanted]
        for letter in ids:
            outbox.replay_in(session, letter, clock.now())
