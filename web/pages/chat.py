"""The chat page."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from starlette.requests import Request

from web.api.access import current_session
from web.pages.rendering import page
from web.services import Here

router = APIRouter()
_ROLES = ("cittadino", "medico", "sportello")


def _role(asked: str) -> str:
    return asked if asked in _ROLES else "cittadino"


@router.get("/")
async def chat_page(request: Request, services: Here, ruolo: str = "cittadino") -> Response:
    """The chat, on the conversation that this browser has open if there is one."""
    role = _role(ruolo)
    return page(request, "chat.html", role=role, session=await current_session(request, services, role))


@router.get("/chat/corrente")
async def which_session(request: Request, services: Here, ruolo: str = "cittadino") -> Response:
    """The conversation that this browser has open: another tab may have begun it since the page was made."""
    return JSONResponse({"session": await current_session(request, services, _role(ruolo))})
