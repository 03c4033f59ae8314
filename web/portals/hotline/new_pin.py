"""A new PIN for a person on the telephone, after two questions; every try is journalled."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from referrals.errors import NotAllowed
from referrals.lost_pin import LostPin, WrongAnswers
from settings import clock
from web.portals.hotline.shared import Call, Notice, desk_page
from web.services import Here, in_thread

router = APIRouter()
Field = Annotated[str, Form(max_length=100)]
_WRONG = Notice("Le risposte non tornano, oppure il codice non esiste. Il PIN resta quello di prima.", "danger")


@router.get("/sportello/pin")
async def questions(request: Request, account: Call) -> Response:
    """The questions to ask."""
    return desk_page(request, "pin.html", pin=None, filled={})


@router.post("/sportello/pin")
async def reissue(
    request: Request, account: Call, services: Here, codice: Field = "", nome: Field = "", luogo: Field = ""
) -> Response:
    """The new PIN to read aloud, if the answers are the person's."""
    try:
        pin = await in_thread(LostPin(services.referrals).reissue, codice, nome, luogo, account.actor, clock.now())
    except (WrongAnswers, NotAllowed):
        filled = {"codice": codice, "nome": nome, "luogo": luogo}
        return desk_page(request, "pin.html", status=422, notice=_WRONG, pin=None, filled=filled)
    return desk_page(request, "pin.html", pin=pin, filled={})
