"""The sheet of a case: consent, facts one by one or several in a line, the person's contact, notes, callback."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query
from fastapi.responses import PlainTextResponse
from starlette.requests import Request
from starlette.responses import Response

import eligibility
import texts
from accounts.account import Account
from cases.errors import CaseNotFound, StaleCase
from cases.record import CaseRecord
from dialogue import desk
from hotline.caller import Caller
from hotline.errors import ContactWrong, NotYours, SlotTaken
from hotline.hours import moment_words
from settings import clock
from web.chat.bot_client import BotUnavailable
from web.chat.payloads import clean_text, size_of
from web.conversations import dialogue_of
from web.portals.hotline import case_view
from web.portals.hotline.case import NOT_YOURS, done, show
from web.portals.hotline.shared import (
    CaseId,
    Conversation,
    Notice,
    Text,
    gone,
)
from web.problems import Problem
from web.services import Here, Services, in_thread

router = APIRouter()
_ATTEMPTS = 3
_LONGEST_LINE = 1000  # characters
_YES_NO = {"true": True, "false": False}


async def _change(
    request: Request, account: Account, services: Services, case_id: str, act: Callable[[CaseRecord], Notice | None]
) -> Response:
    """Carry out ``act`` on the case, if it is in this colleague's hands."""

    def attempt() -> Notice | None:
        with services.cases.session_factory() as session:
            held = services.hotline.handlings.current_in(session, case_id, clock.now())
        if held is None or held.account_id != account.id:
            raise NotYours
        for left in reversed(range(_ATTEMPTS)):
            try:
                return act(services.cases.get(case_id))
            except StaleCase:  # the person wrote at the same instant
                if not left:
                    raise
        raise AssertionError("unreachable")

    try:
        notice = await in_thread(attempt)
    except NotYours:
        return await show(request, account, case_id, notice=NOT_YOURS, status=409)
    except CaseNotFound:
        raise gone() from None
    return await done(request, account, case_id, "scheda", notice)


@router.post("/sportello/casi/{caso}/consenso")
async def health_consent(
    request: Request, account: Conversation, services: Here, case_id: CaseId, risposta: Annotated[bool, Form()]
) -> Response:
    """The text was read or sent, the person said yes or no."""

    def act(record: CaseRecord) -> Notice:
        now = clock.now()
        held = services.hotline.handlings.current(case_id, now)
        version = texts.say("consensi.versione")
        services.hotline.consent_asked(case_id, account, "salute", version, risposta, now)
        audience = case_view.consent_audience(record, held)
        desk.answer_health(record, dialogue_of(services), risposta, audience, account.actor, now, clock.today())
        if risposta:
            return Notice("Consenso registrato.")
        return Notice("Registrato: niente dati sulla salute. Quei punti restano da verificare.", "warning")

    return await _change(request, account, services, case_id, act)


@router.post("/sportello/casi/{caso}/dati")
async def note_fact(
    request: Request,
    account: Conversation,
    services: Here,
    case_id: CaseId,
    dato: Annotated[str, Form(max_length=64)],
    valore: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """The answer to the question on the page."""
    if dato not in eligibility.load().facts:
        raise Problem("richiesta-non-valida", errors=[{"field": "dato", "message": "non è tra i valori ammessi"}])
    if not valore.strip():
        notice = Notice("Scriva o scelga una risposta, oppure «Non lo sa».", "danger")
        return await show(request, account, case_id, part=_part(request), notice=notice, status=422, asked=dato)
    given: Any = None if valore == "non_so" else _YES_NO.get(valore, valore)

    def act(record: CaseRecord) -> Notice | None:
        return _told(services, record, account, {dato: given}, quiet=True)

    return await _change(request, account, services, case_id, act)


def _part(request: Request) -> str:
    return request.headers.get("x-parte", "")


def _told(
    services: Services, record: CaseRecord, account: Account, facts: dict[str, Any], quiet: bool = False
) -> Notice | None:
    """Keep facts and say what became of them; ``quiet``: nothing to say when all is well."""
    stores, now, today = dialogue_of(services), clock.now(), clock.today()
    noted = desk.note_facts(record, stores, facts, account.actor, now, today)
    labels = eligibility.load().facts
    lines = list(noted.errors.values())
    if noted.needs_consent:
        without = ", ".join(labels[fact].label for fact in noted.needs_consent)
        lines.append(f"Senza consenso non tengo: {without}.")
    kept = {fact: facts[fact] for fact in noted.kept}
    if kept and not quiet:
        # The values as they were kept: the catalogue may have put them into another form.
        checked = eligibility.load().validate(kept)
        lines.insert(0, f"Ho capito: {desk.in_words(stores, record, checked, now, today)}.")
    if not lines:
        return None
    tone = "success" if kept and not (noted.errors or noted.needs_consent) else "warning"
    return Notice(" ".join(lines), tone)


@router.post("/sportello/casi/{caso}/riga")
async def note_line(
    request: Request,
    account: Conversation,
    services: Here,
    case_id: CaseId,
    riga: Annotated[str, Form(max_length=_LONGEST_LINE)] = "",
    dato: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Several facts in one line, read by the same understanding as the chat's."""
    text = clean_text(riga)
    if size_of(text) > _LONGEST_LINE:
        notice = Notice("La riga è troppo lunga. Scriva meno dati alla volta.", "danger")
        return await show(request, account, case_id, part=_part(request), notice=notice, status=422)
    if not text:
        notice = Notice("Scriva prima i dati, per esempio: 52 anni, Lodi, invalidità 70.", "danger")
        return await show(request, account, case_id, part=_part(request), notice=notice, status=422)
    try:
        understood = await services.bot.understand(text, dato or None, desk.AUDIENCE, clock.today())
    except BotUnavailable:
        notice = Notice("Ora non riesco a leggere la riga. Usi le risposte qui sotto.", "danger")
        return await show(request, account, case_id, part=_part(request), notice=notice, status=503)
    facts = {name: value for name, value in understood.facts.items() if name in eligibility.load().facts}
    person = Caller(understood.facts.get("nome"), understood.facts.get("telefono"))

    def act(record: CaseRecord) -> Notice:
        notice = _told(services, record, account, facts) if facts else None
        if person.nome or person.telefono:
            notice = _contact(services, case_id, account, person, notice)
        return notice or Notice("In questa riga non ho trovato dati. Provi con altre parole.", "warning")

    return await _change(request, account, services, case_id, act)


def _contact(
    services: Services, case_id: str, account: Account, person: Caller, notice: Notice | None = None
) -> Notice:
    try:
        services.hotline.note_caller(case_id, account, person, clock.now())
    except ContactWrong as wrong:
        return Notice(f"{notice.text} {wrong}" if notice else str(wrong), "danger")
    return Notice(f"{notice.text} Ho segnato anche il recapito." if notice else "Recapito segnato.")


@router.post("/sportello/casi/{caso}/togli")
async def forget_fact(
    request: Request,
    account: Conversation,
    services: Here,
    case_id: CaseId,
    dato: Annotated[str, Form(max_length=64)],
) -> Response:
    """Take a noted fact back."""

    def act(record: CaseRecord) -> None:
        desk.forget_fact(record, dialogue_of(services), dato, account.actor, clock.now(), clock.today())

    return await _change(request, account, services, case_id, act)


@router.post("/sportello/casi/{caso}/recapito")
async def note_person(
    request: Request,
    account: Conversation,
    services: Here,
    case_id: CaseId,
    nome: Annotated[str, Form(max_length=100)] = "",
    telefono: Annotated[str, Form(max_length=40)] = "",
    messaggi: Annotated[bool, Form()] = False,
) -> Response:
    """Name and number of the person."""

    def act(_record: CaseRecord) -> Notice:
        return _contact(services, case_id, account, Caller(nome, telefono, messaggi))

    return await _change(request, account, services, case_id, act)


@router.post("/sportello/casi/{caso}/note")
async def add_note(
    request: Request, account: Conversation, services: Here, case_id: CaseId, nota: Text = ""
) -> Response:
    """A note for the next colleague."""

    def act(_record: CaseRecord) -> Notice:
        if services.hotline.note(case_id, account, nota, clock.now()):
            return Notice("Nota salvata.")
        return Notice("La nota è vuota.", "danger")

    return await _change(request, account, services, case_id, act)


@router.post("/sportello/casi/{caso}/richiamo")
async def book_callback(
    request: Request,
    account: Conversation,
    services: Here,
    case_id: CaseId,
    quando: Annotated[str, Form(max_length=40)] = "",
    telefono: Annotated[str, Form(max_length=40)] = "",
    messaggi: Annotated[bool, Form()] = False,
) -> Response:
    """Promise a call, or take a promise back (``quando`` empty)."""

    def act(_record: CaseRecord) -> Notice:
        now, hotline = clock.now(), services.hotline
        if quando == "annulla":
            hotline.callbacks.cancel(case_id, account.actor, now)
            return Notice("Il richiamo è tolto.")
        try:
            at = dt.datetime.fromisoformat(quando)
            if at.tzinfo is None:
                raise ValueError
        except ValueError:
            return Notice("Scelga quando richiamare.", "danger")
        try:
            hotline.book(case_id, account, at.astimezone(dt.UTC), Caller(None, telefono or None, messaggi), now)
        except SlotTaken:
            return Notice("Quell'ora non è più libera. Ne scelga un'altra.", "danger")
        except ContactWrong as wrong:
            return Notice(str(wrong), "danger")
        return Notice(f"Richiamo fissato: {moment_words(at, now)}.")

    return await _change(request, account, services, case_id, act)


@router.get("/sportello/casi/{caso}/risposta")
async def ready_answer(
    request: Request,
    account: Conversation,
    services: Here,
    case_id: CaseId,
    misura: Annotated[str, Query(max_length=64)],
    argomento: Annotated[str, Query(max_length=32)],
) -> Response:
    """A ready answer from the rule data: as plain text for a script, else on the page, to be changed before sending."""

    def read() -> str:
        record = services.cases.get(case_id)
        held = services.hotline.handlings.current(case_id, clock.now())
        audience = case_view.consent_audience(record, held)
        return desk.ready_answer(record, dialogue_of(services), misura, argomento, audience, clock.now(), clock.today())

    try:
        text = await in_thread(read)
    except CaseNotFound:
        raise gone() from None
    except (KeyError, eligibility.UnknownMeasure):
        raise Problem("misura-non-trovata") from None
    await in_thread(services.hotline.saw_again, case_id, account, clock.now())
    if _part(request):
        return PlainTextResponse(text)
    return await show(request, account, case_id, draft=text, chosen=(misura, argomento))
