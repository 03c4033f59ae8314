"""A referral on the person's behalf: choose measure and operator, read the consent, note the contact, send."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

import eligibility
import texts
from accounts.account import Account
from cases.errors import CaseNotFound
from cases.record import CaseRecord
from dialogue import desk
from eligibility.ranking import possible
from hotline import caller as callers
from hotline.caller import Caller
from hotline.errors import ContactWrong, NotYours
from hotline.handling import Handling
from referrals.contact import Contact, ContactError, Preferences
from referrals.directory import SiteMatch
from referrals.errors import AlreadyOpen, IdempotencyConflict, SiteNotFound
from referrals.on_behalf import Agreed, Wish
from referrals.views import Opened
from settings import clock
from texts import typed
from web.conversations import refer
from web.portals.hotline import case_view
from web.portals.hotline.case import NOT_YOURS, show
from web.portals.hotline.shared import (
    CaseId,
    Conversation,
    Notice,
    announce,
    desk_page,
    gone,
)
from web.services import Here, Services, in_thread

router = APIRouter()
_SITES = 8
Choice = Annotated[str, Form(max_length=64)]


@dataclass(frozen=True)
class Draft:
    """What the two steps of the form show."""

    record: CaseRecord
    handling: Handling
    measures: list[dict[str, Any]]
    measure: str
    sites: list[SiteMatch]
    site: SiteMatch | None
    caller: Caller
    consent: str
    place: str


@dataclass(frozen=True)
class Filled:
    """The second step as it was filled in."""

    nome: str = ""
    telefono: str = ""
    email: str = ""
    codice_fiscale: str = ""
    canale: str = ""
    orari: str = ""
    messaggi: bool = False
    dopo: bool = False
    letto: bool = False


def _draft(services: Services, account: Account, case_id: str, measure: str, site_id: str) -> Draft:
    now, today = clock.now(), clock.today()
    record = services.cases.get(case_id)
    held = services.hotline.handlings.current(case_id, now)
    if held is None or held.account_id != account.id:
        raise NotYours
    result = eligibility.assess(record.facts, today, measures=desk.measures_of(record), audience=desk.AUDIENCE)
    measures = possible(result.to_dict()["assessments"])
    chosen = measure if measure in {item["measure"] for item in measures} else ""
    sites: list[SiteMatch] = []
    if chosen:
        comune, provincia = record.facts.get("comune"), record.facts.get("provincia")
        sites = services.directory.nearest(comune, provincia, chosen, _SITES, today, case_id)
    site = services.directory.site(site_id) if site_id else None
    with services.hotline.session_factory() as session:
        person = callers.of_cases_in(session, services.hotline.keyring, [case_id]).get(case_id, Caller())
    audience = case_view.consent_audience(record, held)
    consent = texts.say("consensi.invio", audience, operatore=site.operator) if site else ""
    place = str(record.facts.get("comune") or record.facts.get("provincia") or "")
    return Draft(record, held, measures, chosen, sites, site, person, consent, place)


async def _form(
    request: Request,
    services: Services,
    account: Account,
    case_id: str,
    measure: str = "",
    site_id: str = "",
    notice: Notice | None = None,
    status: int = 200,
    filled: Filled | None = None,
    key: str = "",
) -> Response:
    try:
        draft = await in_thread(_draft, services, account, case_id, measure, site_id)
    except NotYours:
        return await show(request, account, case_id, notice=NOT_YOURS, status=409)
    except CaseNotFound:
        raise gone() from None
    if filled is None:
        filled = Filled(nome=draft.caller.nome or "", telefono=typed.phone_as_read(draft.caller.telefono))
    return desk_page(
        request,
        "richiesta.html",
        status=status,
        notice=notice,
        draft=draft,
        filled=filled,
        key=key or secrets.token_hex(12),
    )


@router.get("/sportello/casi/{caso}/richiesta")
async def referral_page(request: Request, account: Conversation, services: Here, case_id: CaseId) -> Response:
    """First step: the measure and the operator."""
    response = await _form(request, services, account, case_id)
    await in_thread(services.hotline.saw, case_id, account, clock.now(), "richiesta")
    return response


@router.post("/sportello/casi/{caso}/richiesta")
async def choose(
    request: Request, account: Conversation, services: Here, case_id: CaseId, misura: Choice = "", sede: Choice = ""
) -> Response:
    """Measure chosen: the operators near the person; operator chosen: the second step."""
    notice = None
    if not misura:
        notice = Notice("Scelga prima la misura.", "danger")
    status = 422 if notice else 200
    return await _form(request, services, account, case_id, misura, sede, notice, status)


@router.post("/sportello/casi/{caso}/richiesta/invia")
async def send(
    request: Request,
    account: Conversation,
    services: Here,
    case_id: CaseId,
    misura: Choice,
    sede: Choice,
    chiave: Annotated[str, Form(min_length=8, max_length=64)],
    nome: Annotated[str, Form(max_length=100)] = "",
    telefono: Annotated[str, Form(max_length=40)] = "",
    email: Annotated[str, Form(max_length=200)] = "",
    codice_fiscale: Annotated[str, Form(max_length=16)] = "",
    canale: Annotated[str, Form(max_length=16)] = "",
    orari: Annotated[str, Form(max_length=200)] = "",
    messaggi: Annotated[bool, Form()] = False,
    dopo: Annotated[bool, Form()] = False,
    letto: Annotated[bool, Form()] = False,
) -> Response:
    """Second step: with the spoken (or written) consent the referral is opened."""
    filled = Filled(nome, telefono, email, codice_fiscale, canale, orari, messaggi, dopo, letto)

    async def again(text: str, status: int = 422) -> Response:
        notice = Notice(text, "danger")
        return await _form(request, services, account, case_id, misura, sede, notice, status, filled, chiave)

    if not letto:
        return await again("Manca il consenso. Legga il testo alla persona e segni la risposta.")
    try:
        opened = await in_thread(_open, services, account, case_id, misura, sede, chiave, filled)
    except NotYours:
        return await show(request, account, case_id, notice=NOT_YOURS, status=409)
    except CaseNotFound:
        raise gone() from None
    except (ContactError, ContactWrong) as wrong:
        return await again(str(wrong))
    except SiteNotFound:
        return await again("Questo operatore non è più disponibile. Ne scelga un altro.", 409)
    except AlreadyOpen:
        return await again("Per questa misura la persona ha già una richiesta aperta.", 409)
    except IdempotencyConflict:
        return await again("Questa richiesta è già partita con altri dati. Ricominci dalla scheda del caso.", 409)
    announce(services, case_id)
    return desk_page(request, "richiesta_fatta.html", opened=opened, case_id=case_id)


def _open(
    services: Services, account: Account, case_id: str, measure: str, site_id: str, key: str, filled: Filled
) -> Opened:
    draft = _draft(services, account, case_id, measure, site_id)
    if not draft.measure or draft.site is None:
        raise SiteNotFound(site_id)
    contact = Contact(filled.nome, filled.telefono or None, filled.email or None, filled.codice_fiscale or None)
    preferences = Preferences(
        channel=filled.canale or None, hours=filled.orari.strip(), may_leave_message=filled.messaggi
    )
    wish = Wish(site_id, draft.measure, contact, preferences, ruleset=eligibility.load().version)
    agreed = Agreed(draft.consent, texts.say("consensi.versione"))
    return refer(services, draft.record, account, wish, agreed, filled.dopo, key, clock.now(), clock.today())
