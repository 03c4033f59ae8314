"""Connections of the operator's own system: API keys and the signed webhook."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from starlette.requests import Request

from referrals.connections import Connections
from referrals.errors import NotAllowed
from settings import clock
from web.portals import forms as form_fields
from web.portals.operators.pages import operator_page
from web.portals.operators.visitor import Visitor, here
from web.services import Here, Services, in_thread

router = APIRouter()
Visit = Annotated[Visitor, Depends(here("operatore.integrazioni", recent="/operatore/collegamenti"))]


@router.get("/operatore/collegamenti")
async def connections(request: Request, services: Here, visitor: Visit) -> Response:
    """What is connected."""
    visitor.needs_all()
    return await _show(request, services, visitor)


@router.post("/operatore/collegamenti/chiave")
async def change_keys(request: Request, services: Here, visitor: Visit) -> Response:
    """Make a key, or revoke one. The key itself is in this answer only."""
    visitor.needs_all()
    form = await request.form()
    side = Connections(services.referrals)
    revoked = form_fields.text_of(form, "revoca", 20)
    if revoked:
        gone = await in_thread(side.revoke_key, visitor.operator_id, revoked, clock.now(), visitor.actor)
        done = "La chiave non vale più." if gone else "Questa chiave non c'è più."
        return await _show(request, services, visitor, done=done)
    try:
        key = await in_thread(side.new_key, visitor.operator_id, clock.now(), visitor.actor)
    except NotAllowed:
        return await _show(request, services, visitor, error="Ha già cinque chiavi. Prima ne revochi una.", status=409)
    return await _show(request, services, visitor, key=key)


@router.post("/operatore/collegamenti/eventi")
async def change_webhook(request: Request, services: Here, visitor: Visit) -> Response:
    """Set or remove the webhook, or change its secret. The secret is in this answer only."""
    visitor.needs_all()
    form = await request.form()
    side = Connections(services.referrals)
    if form_fields.text_of(form, "azione") == "togli":
        await in_thread(side.remove_webhook, visitor.operator_id, clock.now(), visitor.actor)
        return await _show(request, services, visitor, done="Non inviamo più eventi.")
    url = form_fields.text_of(form, "indirizzo", 300)
    try:
        secret = await in_thread(side.set_webhook, visitor.operator_id, url, clock.now(), visitor.actor)
    except ValueError as wrong:
        return await _show(request, services, visitor, error=str(wrong), url=url, status=422)
    return await _show(request, services, visitor, secret=secret)


async def _show(
    request: Request, services: Services, visitor: Visitor, status: int = 200, url: str | None = None, **values: Any
) -> Response:
    side = Connections(services.referrals)
    keys = await in_thread(side.keys, visitor.operator_id, clock.now())
    saved = await in_thread(side.webhook, visitor.operator_id)
    shown = {"key": "", "secret": "", "done": "", "error": ""} | values
    return operator_page(
        request,
        visitor,
        "operatore/collegamenti.html",
        status=status,
        keys=keys,
        webhook=saved,
        url=saved or "" if url is None else url,
        **shown,
    )
