"""Sending a patient to an operator: choose measure and operator, then the consent, given there or by a link."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Response
from starlette.requests import Request

import eligibility
import texts
from accounts.account import Account
from eligibility.ranking import possible
from papers.letter import Letter
from papers.typesetting import qr_markup
from papers.words import words as paper_words
from referrals import comuni, errors
from referrals.consent_requests import ConsentRequests, Prepared
from referrals.contact import CHANNELS, Contact, ContactError, Preferences
from referrals.directory import SiteMatch
from referrals.on_behalf import Agreed, OnBehalf, Wish
from referrals.views import Opened
from settings import clock
from web.portals.doctors.check import Check
from web.portals.doctors.checking import check_of, show
from web.portals.doctors.paper_pages import seal_letter
from web.portals.doctors.shared import AUDIENCE, Notice, Referrer, doctor_page, measure_titles, sender_of
from web.portals.doctors.words import words
from web.services import Here, Services, in_thread

router = APIRouter()
_SITES = 8
_FIELDS = ("nome", "telefono", "email", "codice_fiscale", "canale")


@dataclass(frozen=True)
class Draft:
    """What the form shows."""

    check: Check
    measures: list[dict[str, Any]]
    measure: str
    place: str
    sites: list[SiteMatch]
    site: SiteMatch | None
    sending: str
    health: str
    key: str

    @property
    def assessment(self) -> dict[str, Any]:
        """The outcome of the chosen measure."""
        return next(item for item in self.measures if item["measure"] == self.measure)


@router.post("/medici/segnalazione")
async def choose(request: Request, account: Referrer, services: Here) -> Response:
    """First step: measure, place, operator; with an operator chosen, the second step below."""
    form = await request.form()
    check = check_of(services, account, form)
    draft = await in_thread(_draft, services, account, check, form)
    if not draft.measures:
        return await show(request, services, check)
    notice = None
    if _text(form, "luogo") and not draft.place:
        notice = Notice(words()["errors"]["luogo"])
    return _form(request, services, draft, form, notice, 422 if notice else 200)


@router.post("/medici/segnalazione/invia")
async def send(request: Request, account: Referrer, services: Here) -> Response:
    """Second step: open the referral with the consent given here, or prepare the patient's link."""
    form = await request.form()
    check = check_of(services, account, form)
    draft = await in_thread(_draft, services, account, check, form)
    by_link = _text(form, "azione") in ("link_email", "link_carta")
    if draft.site is None or not draft.measure:
        return _form(request, services, draft, form, Notice(words()["errors"]["sede"]), 409)
    ticked = _text(form, "avvisato" if by_link else "consenso_invio") == "si"
    if not ticked:
        said = words()["errors"]["avvisato" if by_link else "consenso"]
        return _form(request, services, draft, form, Notice(said), 422)
    act = _prepare if by_link else _open
    try:
        done: Any = await in_thread(act, services, account, draft, form)
    except ContactError as wrong:
        return _form(request, services, draft, form, Notice(str(wrong)), 422, wrong.field)
    except errors.SiteNotFound:
        return _form(request, services, draft, form, Notice(words()["errors"]["sede"]), 409)
    except errors.AlreadyOpen:
        return _form(request, services, draft, form, Notice(words()["errors"]["doppia"]), 409)
    except errors.IdempotencyConflict:
        return _form(request, services, draft, form, Notice(words()["errors"]["chiave"]), 409)
    letter = _letter(services, account, draft, draft.site, done)
    return doctor_page(
        request,
        "link.html" if by_link else "fatta.html",
        done=done,
        draft=draft,
        paper=seal_letter(services, account, letter),
        by_email=_text(form, "azione") == "link_email",
        qr=qr_markup(letter.url, paper_words()["letter"][letter.kind]["qr"]),
    )


def _draft(services: Services, account: Account, check: Check, form: Mapping[str, Any]) -> Draft:
    today = clock.today()
    result = eligibility.assess(check.facts, today, measures=check.measures, audience=AUDIENCE)
    measures = possible(result.to_dict()["assessments"])
    offered = [item["measure"] for item in measures]
    measure = _text(form, "misura") if _text(form, "misura") in offered else (offered[0] if offered else "")
    key = _text(form, "chiave") if 16 <= len(_text(form, "chiave")) <= 64 else secrets.token_hex(16)
    wanted = _text(form, "luogo") or str(check.facts.get("comune") or "")
    place = comuni.find(wanted, check.facts.get("provincia")) if wanted else None
    province = check.facts.get("provincia") or next(iter(account.territory), None)
    sites: list[SiteMatch] = []
    if measure:
        town, code = (place.name, place.provincia) if place else (None, province)
        sites = services.directory.nearest(town, code, measure, _SITES, today, key)
    site = services.directory.site(_text(form, "sede")) if _text(form, "sede") else None
    sending = health = ""
    if site:
        follows = texts.say("consensi.medico_segue", AUDIENCE)
        sending = texts.say("consensi.invio", AUDIENCE, operatore=site.operator) + " " + follows
        health = texts.say("consensi.salute", AUDIENCE) if check.speaks_of_health else ""
    return Draft(check, measures, measure, place.name if place else "", sites, site, sending, health, key)


def _wish(draft: Draft, form: Mapping[str, Any]) -> Wish:
    if draft.site is None:
        raise errors.SiteNotFound("none chosen")
    given = {name: _text(form, name) for name in _FIELDS}
    contact = Contact(given["nome"], given["telefono"] or None, given["email"] or None, given["codice_fiscale"] or None)
    return Wish(
        draft.site.site_id,
        draft.measure,
        contact.checked(),
        Preferences(channel=given["canale"] or None),
        draft.check.facts,
        eligibility.load().version,
    )


def _open(services: Services, account: Account, draft: Draft, form: Mapping[str, Any]) -> Opened:
    version = texts.say("consensi.versione")
    health = Agreed(draft.health, version) if draft.health and _text(form, "consenso_salute") == "si" else None
    side = OnBehalf(services.referrals, services.cases)
    key = f"{account.id}:medici:{draft.key}"
    return side.open(_wish(draft, form), sender_of(account), Agreed(draft.sending, version), health, key, clock.now())


def _prepare(services: Services, account: Account, draft: Draft, form: Mapping[str, Any]) -> Prepared:
    side = ConsentRequests(services.referrals, services.cases)
    by_email = _text(form, "azione") == "link_email"
    key = f"{account.id}:medici:{draft.key}"
    return side.prepare(_wish(draft, form), sender_of(account), by_email, key, clock.now())


def _letter(services: Services, account: Account, draft: Draft, site: SiteMatch, done: Opened | Prepared) -> Letter:
    lines = [site.operator, f"{site.address}, {site.comune} ({site.provincia})"]
    common = {
        "doctor": account.name,
        "ruleset": eligibility.load().version,
        "measure": measure_titles(clock.today())[draft.measure],
        "site": (*lines, *([site.phone] if site.phone else [])),
        "documents": tuple(item["text"] for item in draft.assessment["documents"]),
        "demo": site.demo,
    }
    if isinstance(done, Opened):
        url = f"{services.settings.public_url}/segnalazioni/{done.code}"
        return Letter("referral", url, code=done.code, pin=done.pin, **common)  # type: ignore[arg-type]
    until = done.expires_at.astimezone(clock.ROME).date()
    return Letter("consent", done.url, until=until, **common)  # type: ignore[arg-type]


def _form(
    request: Request,
    services: Services,
    draft: Draft,
    form: Mapping[str, Any],
    notice: Notice | None = None,
    status: int = 200,
    wrong: str = "",
) -> Response:
    return doctor_page(
        request,
        "segnalazione.html",
        status=status,
        notice=notice,
        draft=draft,
        filled={name: _text(form, name) for name in (*_FIELDS, "consenso_invio", "consenso_salute", "avvisato")},
        typed_place=_text(form, "luogo"),
        channels=CHANNELS,
        state=draft.check.seal(services.sealer),
        wrong=wrong,
    )


def _text(form: Mapping[str, Any], name: str) -> str:
    value = form.get(name)
    return value.strip()[:200] if isinstance(value, str) else ""
