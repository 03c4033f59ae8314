"""The operator's keys and webhook over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path, Response
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse

from referrals.connections import Connections
from referrals.errors import NotAllowed
from settings import clock
from web.api.models import problems
from web.api.operator_api import models
from web.api.operator_api.access import Calling
from web.problems import Problem
from web.services import Here, in_thread

router = APIRouter()


@router.get(
    "/webhook",
    summary="L'indirizzo degli avvisi",
    responses={200: {"model": models.WebhookView}, **problems(401, 422)},
)
async def read_webhook(services: Here, calling: Calling) -> Response:
    """Where events go now."""
    return JSONResponse({"url": await in_thread(Connections(services.referrals).webhook, calling.operator_id)})


@router.put(
    "/webhook",
    summary="Imposta gli avvisi o cambia il segreto",
    responses={200: {"model": models.WebhookSecret}, **problems(400, 401, 422)},
)
async def set_webhook(services: Here, calling: Calling, body: models.WebhookBody) -> Response:
    """A new secret each time, also for the same address; the old one stops at once."""
    side = Connections(services.referrals)
    try:
        secret = await in_thread(side.set_webhook, calling.operator_id, body.url, clock.now())
    except ValueError as wrong:
        raise Problem("richiesta-non-valida", errors=[{"field": "url", "message": str(wrong)}]) from None
    url = await in_thread(side.webhook, calling.operator_id)
    return JSONResponse({"url": url, "secret": secret})


@router.delete("/webhook", status_code=204, summary="Non inviare più avvisi", responses=problems(401, 422))
async def remove_webhook(services: Here, calling: Calling) -> Response:
    """Stop the events."""
    await in_thread(Connections(services.referrals).remove_webhook, calling.operator_id, clock.now())
    return Response(status_code=204)


@router.get("/keys", summary="Le chiavi in uso", responses={200: {"model": list[models.KeyView]}, **problems(401, 422)})
async def list_keys(services: Here, calling: Calling) -> Response:
    """Keys in force, the newest first."""
    found = await in_thread(Connections(services.referrals).keys, calling.operator_id, clock.now())
    return JSONResponse(jsonable_encoder([asdict(key) for key in found]))


@router.post(
    "/keys",
    status_code=201,
    summary="Crea una chiave",
    responses={201: {"model": models.NewKey}, **problems(401, 409, 422)},
)
async def new_key(services: Here, calling: Calling) -> Response:
    """To change key without a gap: create, install, revoke the old one."""
    try:
        key = await in_thread(Connections(services.referrals).new_key, calling.operator_id, clock.now())
    except NotAllowed:
        raise Problem("troppe-chiavi") from None
    return JSONResponse({"key": key}, status_code=201)


@router.delete("/keys/{id}", status_code=204, summary="Revoca una chiave", responses=problems(401, 404, 422))
async def revoke_key(
    services: Here, calling: Calling, id: Annotated[str, Path(min_length=1, max_length=20)]
) -> Response:
    """The key stops at once, even if it is the one of this request."""
    if not await in_thread(Connections(services.referrals).revoke_key, calling.operator_id, id, clock.now()):
        raise Problem("non-trovato")
    return Response(status_code=204)
