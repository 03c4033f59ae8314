"""The page of a case: take it over, speak with the person, hand it back."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Form, Query
from fastapi.responses import RedirectResponse
from starlette.requests import Request
from starlette.responses import Response

import texts
from accounts.account import Account
from cases.errors import CaseNotFound
from hotline import handling, outcomes
from hotline.errors import NotYours, Taken
from settings import clock
from web import conversations
from web.chat import payloads
from web.portals.hotline import case_view
from web.portals.hotline.shared import (
    CaseId,
    Conversation,
    Notice,
    Text,
    announce,
    colleague_names,
    desk_page,
    gone,
    hotline_of,
    short,
)
from web.problems import Problem
from web.services import Here, in_thread, services_of

router = APIRouter()

NOT_YOURS = Notice("Questa conversazione non è in mano sua. Non ho cambiato nulla.", "danger")
_NOTICES = {
    "presa": Notice("Ora parla lei con la persona. L'assistente automatico è in pausa."),
    "telefonata": Notice("La telefonata è aperta. Cominci dal consenso."),
    "restituita": Notice("Fatto. Risponde di nuovo l'assistente automatico."),
    "chiusa": Notice("Fatto. Il contatto è chiuso."),
}


async def show(
    request: Request,
    account: Account,
    case_id: str,
    *,
    part: str = "",
    notice: Notice | None = None,
    status: int = 200,
    asked: str | None = None,
    whole: bool = False,
    **values: object,
) -> Response:
    """The page of a case, or one part of it (``dialogo``, ``scheda``) when a script asks for that."""
    services = services_of(request)
    part = part or request.headers.get("x-parte", "")
    try:
        view = await in_thread(
            case_view.build, services, account.id, case_id, clock.now(), clock.today(), asked=asked, whole=whole
        )
    except CaseNotFound:
        raise gone() from None
    template = {"dialogo": "caso_dialogo.html", "scheda": "caso_scheda.html"}.get(part, "caso.html")
    return desk_page(request, template, status=status, view=view, notice=notice, **({"draft": ""} | values))


async def done(request: Request, account: Account, case_id: str, part: str, notice: Notice | None = None) -> Response:
    """After a change: the part again for a script, the page again for a browser."""
    announce(services_of(request), case_id)
    if request.headers.get("x-parte") or notice is not None:
        return await show(request, account, case_id, part=request.headers.get("x-parte", ""), notice=notice)
    return RedirectResponse(f"/sportello/casi/{case_id}#{part}", status_code=303)


@router.get("/sportello/casi/{caso}")
async def case_page(
    request: Request,
    account: Conversation,
    case_id: CaseId,
    avviso: str = "",
    domanda: Annotated[str, Query(max_length=64)] = "",
    tutto: bool = False,
) -> Response:
    """The case; opening it is journalled."""
    hotline, now = hotline_of(request), clock.now()
    response = await show(request, account, case_id, notice=_NOTICES.get(avviso), asked=domanda or None, whole=tutto)
    await in_thread(hotline.saw, case_id, account, now, "caso")
    await in_thread(hotline.sign, account.id, now)
    return response


@router.get("/sportello/casi/{caso}/parte/{quale}")
async def case_part(
    request: Request,
    account: Conversation,
    case_id: CaseId,
    quale: str,
    domanda: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """One part of the page again, because something changed."""
    if quale not in ("dialogo", "scheda"):
        raise Problem("non-trovato")
    response = await show(request, account, case_id, part=quale, asked=domanda or None)
    await in_thread(hotline_of(request).saw_again, case_id, account, clock.now())
    return response


@router.post("/sportello/casi/{caso}/prendi")
async def take(
    request: Request,
    account: Conversation,
    services: Here,
    case_id: CaseId,
    canale: Annotated[str, Form(pattern="^(chat|telefono)$")] = handling.CHAT,
) -> Response:
    """Take a case in hand; of two colleagues at the same instant one gets it, the other is told who."""
    try:
        await in_thread(services.hotline.handlings.take, case_id, account, canale, clock.now())
    except CaseNotFound:
        raise gone() from None
    except Taken as taken:
        names = await colleague_names(request, {taken.account_id})
        who = names.get(taken.account_id, "un collega")
        notice = Notice(f"La conversazione {short(case_id)} è già in mano a {who}.", "warning")
        return await show(request, account, case_id, notice=notice, status=409)
    announce(services, case_id)
    word = "presa" if canale == handling.CHAT else "telefonata"
    return RedirectResponse(f"/sportello/casi/{case_id}?avviso={word}", status_code=303)


@router.post("/sportello/casi/{caso}/messaggi")
async def write(
    request: Request,
    account: Conversation,
    services: Here,
    case_id: CaseId,
    testo: Text = "",
    chiave: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Write to the person in the chat; the same ``chiave`` twice is one message."""
    text = payloads.clean_text(testo)
    if not text:
        return await show(request, account, case_id, notice=Notice("Scriva prima il messaggio.", "danger"), status=422)
    if payloads.size_of(text) > services.settings.max_message_chars:
        notice = Notice(
            f"Il messaggio è troppo lungo: al massimo {services.settings.max_message_chars} caratteri.", "danger"
        )
        return await show(request, account, case_id, notice=notice, status=422, draft=text)
    key = chiave or secrets.token_hex(8)
    return await speak(request, account, case_id, {"text": text}, key)


async def speak(request: Request, account: Account, case_id: str, body: dict, key: str) -> Response:
    """Put a message of the hotline into the chat."""
    services = services_of(request)
    try:
        await in_thread(services.hotline.handlings.say, case_id, account, body, clock.now(), key)
    except NotYours:
        return await show(request, account, case_id, notice=NOT_YOURS, status=409, draft=body["text"])
    except CaseNotFound:
        raise gone() from None
    return await done(request, account, case_id, "dialogo")


@router.post("/sportello/casi/{caso}/chiedi-consenso")
async def ask_consent(request: Request, account: Conversation, services: Here, case_id: CaseId) -> Response:
    """Send the exact text of the health consent into the chat, with the two plain answers."""
    try:
        record = await in_thread(services.cases.get, case_id)
    except CaseNotFound:
        raise gone() from None
    role = record.role
    body = {
        "text": texts.say("apertura.chiedi_consenso", role),
        "buttons": [
            {"title": texts.say("pulsanti.consenso_si", role), "payload": "/affirm"},
            {"title": texts.say("pulsanti.consenso_no", role), "payload": "/deny"},
        ],
        "card": {
            "kind": "consenso",
            "purpose": "salute",
            "title": texts.say("consensi.salute_titolo", role),
            "text": texts.say("consensi.salute", role),
        },
    }
    return await speak(request, account, case_id, body, secrets.token_hex(8))


@router.post("/sportello/casi/{caso}/restituisci")
async def give_back(
    request: Request,
    account: Conversation,
    services: Here,
    case_id: CaseId,
    esito: Annotated[str, Form(max_length=24)] = "",
    nota: Text = "",
) -> Response:
    """Let the case go with an outcome; in a chat the assistant speaks again and both sides are told."""
    if esito not in {outcome.code for outcome in outcomes.offered()}:
        return await show(request, account, case_id, notice=Notice("Scelga prima come è andata.", "danger"), status=422)
    try:
        ended = await in_thread(
            conversations.give_back, services, case_id, account, esito, nota, clock.now(), clock.today()
        )
    except NotYours:
        return await show(request, account, case_id, notice=NOT_YOURS, status=409)
    except CaseNotFound:
        raise gone() from None
    announce(services, case_id)
    word = "restituita" if ended.channel == handling.CHAT else "chiusa"
    return RedirectResponse(f"/sportello?avviso={word}", status_code=303)


@router.post("/sportello/casi/{caso}/passa")
async def pass_on(
    request: Request, account: Conversation, services: Here, case_id: CaseId, nota: Text = ""
) -> Response:
    """Put a chat back into the queue for a colleague."""
    try:
        await in_thread(services.hotline.handlings.pass_on, case_id, account, nota, clock.now())
    except NotYours:
        return await show(request, account, case_id, notice=NOT_YOURS, status=409)
    except CaseNotFound:
        raise gone() from None
    announce(services, case_id)
    return RedirectResponse("/sportello?avviso=passata", status_code=303)
