"""Pages that say the same to everybody."""

from __future__ import annotations

import datetime as dt
import re

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse, RedirectResponse
from starlette.requests import Request

from settings import clock
from settings.config import Settings
from web.pages.rendering import page

router = APIRouter()


@router.get("/privacy")
async def privacy_page(request: Request) -> Response:
    """The privacy notice."""
    return page(request, "privacy.html")


@router.get("/accessibilita")
async def accessibility_page(request: Request) -> Response:
    """The accessibility declaration."""
    return page(request, "accessibilita.html")


@router.get("/api/docs")
async def api_page(request: Request) -> Response:
    """The API, browsable."""
    return page(request, "api.html")


@router.get("/chat")
async def old_chat_address() -> Response:
    """People guess this address."""
    return RedirectResponse("/", status_code=308)


@router.get("/robots.txt")
async def robots() -> Response:
    """Search engines may read the public pages; nothing else says anything to them."""
    return PlainTextResponse("User-agent: *\nDisallow: /api/\nDisallow: /posta\nDisallow: /segnalazione\n")


@router.get("/.well-known/security.txt")
async def security_txt(request: Request) -> Response:
    """Where to report a vulnerability (RFC 9116)."""
    return PlainTextResponse(security_lines(request.app.state.settings, clock.now()))


def security_lines(settings: Settings, now: dt.datetime) -> str:
    """The file's content: never out of date, for it expires half a year after it is read."""
    contact = settings.security_contact or "tel:" + re.sub(r"[^\d+]", "", f"+39{settings.help_phone}")
    expires = (now + dt.timedelta(days=180)).replace(microsecond=0, tzinfo=None)
    lines = [f"Contact: {contact}", f"Expires: {expires.isoformat()}Z", "Preferred-Languages: it, en"]
    if (settings.public_url or "").startswith("https://"):
        lines.append(f"Canonical: {settings.public_url}/.well-known/security.txt")
    return "\n".join(lines) + "\n"
