"""Pages that say the same to everybody."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse, RedirectResponse
from starlette.requests import Request

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
