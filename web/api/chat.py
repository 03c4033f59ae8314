"""Chat conversations over HTTP."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Response
from pydantic.json_schema import SkipJsonSchema
from starlette.requests import Request

from cases.errors import CaseNotFound
from web.api.access import SessionCase, SessionOpened, bearer_of, drop_cookie, give_cookie
from web.api.answers import JsonAnswer
from web.api.models import Conversation, Key, NewSession, OpenedSession, PayloadMessage, TextMessage, problems
from web.chat import payloads
from web.chat.gateway import Gateway, Said
from web.pages import own_data, sheet
from web.problems import Problem
from web.security.csrf import check_origin
from web.security.network import network_of
from web.services import Here

router = APIRouter(prefix="/chat/sessions", tags=["chat"])

IdempotencyKey = Annotated[Key | SkipJsonSchema[None], Header(alias="Idempotency-Key")]


def gateway_of(services: Here) -> Gateway:
    """The chat gateway over the running services."""
    return Gateway(services)


Chat = Annotated[Gateway, Depends(gateway_of)]


@router.post(
    "",
    status_code=201,
    summary="Inizia una conversazione",
    responses={201: {"model": OpenedSession}, **problems(400, 403, 422)},
)
async def open_session(request: Request, services: Here, chat: Chat, body: NewSession | None = None) -> Response:
    """Start a conversation; the token is given here only, and to browsers as a cookie too."""
    check_origin(request)
    await services.limits.opening(request, services.sealer)
    role = (body or NewSession()).role
    case_id, token, content = await chat.open(role, network_of(request))
    response = JsonAnswer({"session": case_id, "token": token, **content}, status_code=201)
    response.headers["Location"] = f"/api/v1/chat/sessions/{case_id}"
    give_cookie(response, role, token, services.settings)
    return response


@router.get(
    "/{session}", summary="La conversazione intera", responses={200: {"model": Conversation}, **problems(401, 404, 422)}
)
async def read_session(opened: SessionOpened, chat: Chat) -> Response:
    """All messages and the state, for a reload, a second tab or another device."""
    try:
        return JsonAnswer(await chat.transcript(opened.id))
    except CaseNotFound:
        raise Problem("sessione-non-trovata") from None


@router.post(
    "/{session}/messages",
    summary="Manda un messaggio",
    responses={200: {"model": Conversation}, **problems(400, 401, 403, 404, 409, 422)},
)
async def send_message(
    opened: SessionOpened,
    services: Here,
    chat: Chat,
    request: Request,
    body: TextMessage | PayloadMessage,
    key: IdempotencyKey = None,
) -> Response:
    """One turn: words or a button's payload; the same Idempotency-Key gives the same answers again."""
    said = _said(body, services.settings.max_message_chars)
    await services.limits.session(opened.id)
    try:
        content = await chat.say(opened.id, said, key)
    except CaseNotFound:
        raise Problem("sessione-non-trovata") from None
    response = JsonAnswer(content)
    if content["state"].get("erased") and bearer_of(request) is None:
        drop_cookie(response, opened.role, services.settings)
    return response


def _said(body: TextMessage | PayloadMessage, limit: int) -> Said:
    if isinstance(body, PayloadMessage):
        try:
            return Said(payload=payloads.check(body.payload))
        except payloads.PayloadRefused:
            raise Problem("scelta-non-ammessa") from None
    text = payloads.clean_text(body.text[: payloads.MOST_RAW * limit])
    if payloads.is_too_long(body.text, text, limit):
        raise Problem("messaggio-troppo-lungo", limit=limit)
    if not text:
        raise Problem("messaggio-vuoto")
    return Said(text=text)


@router.get(
    "/{session}/export",
    summary="Tutti i dati della persona",
    responses={200: {"model": dict[str, Any]}, **problems(401, 404, 422)},
)
async def export_session(opened: SessionOpened, chat: Chat) -> Response:
    """Everything held about this person, as a JSON file."""
    try:
        content = await chat.export(opened.id)
    except CaseNotFound:
        raise Problem("sessione-non-trovata") from None
    text = json.dumps(content, ensure_ascii=False, indent=2)
    headers = {"Content-Disposition": 'attachment; filename="i-miei-dati.json"'}
    return Response(text, media_type="application/json", headers=headers)


@router.get(
    "/{session}/export.html",
    summary="Tutti i dati della persona, da leggere",
    response_class=Response,
    responses={200: {"content": {"text/html": {}}, "description": "Pagina da leggere"}, **problems(401, 404, 422)},
)
async def read_everything(opened: SessionOpened, chat: Chat, request: Request) -> Response:
    """Everything held about this person, as a page to read or print."""
    try:
        content = await chat.export(opened.id)
    except CaseNotFound:
        raise Problem("sessione-non-trovata") from None
    return own_data.show(request, content)


@router.get(
    "/{session}/summary.pdf",
    summary="Il risultato su un foglio",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}, "description": "PDF accessibile"}, **problems(401, 404, 422)},
)
async def session_sheet(record: SessionCase, services: Here) -> Response:
    """The result as a tagged PDF: criteria, sources, edition of the rules, what to bring, where to go."""
    return await sheet.sheet(services, record)


@router.delete(
    "/{session}",
    status_code=204,
    response_class=Response,
    summary="Cancella tutto",
    responses=problems(401, 403, 404, 422),
)
async def delete_session(opened: SessionOpened, services: Here, chat: Chat, request: Request) -> Response:
    """Erase the conversation and everything held about the person, everywhere."""
    try:
        await chat.erase(opened.id)
    except CaseNotFound:
        raise Problem("sessione-non-trovata") from None
    response = Response(status_code=204)
    if bearer_of(request) is None:
        drop_cookie(response, opened.role, services.settings)
    return response
