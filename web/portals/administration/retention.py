"""What is erased by itself, when, and doing it now."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi.responses import RedirectResponse
from starlette.requests import Request

import accounts.retention  # noqa: F401  (adds its rules to the purge)
from accounts import people
from accounts.account import Account
from cases.db import writing
from cases.errors import CaseNotFound
from referrals import codes
from referrals.errors import ReferralNotFound
from settings import clock
from web.account_session import accounts_of
from web.chat.gateway import Gateway
from web.permissions import permitted
from web.portals.administration.frame import Field, admin_page
from web.services import Here, Services, in_thread

router = APIRouter()
_PERMISSION, _PAGE = "amministrazione.conservazione", "/amministrazione/conservazione"
Me = Annotated[Account, Depends(permitted(_PERMISSION))]
Sure = Annotated[Account, Depends(permitted(_PERMISSION, recent=_PAGE))]
_DONE = {
    "si": "Fatto: i dati scaduti sono cancellati.",
    "persona": "Fatto: i dati di quella persona sono cancellati ovunque.",
}
_NO_PERSON = "Con questo codice non ci sono dati di nessuno. Controlli il codice: forse sono già cancellati."
_NOT_CONFIRMED = "Metta la spunta per confermare."
_WORDS = {
    "tokens": "Accessi alle conversazioni scaduti",
    "idempotency_keys": "Chiavi di richieste già eseguite",
    "magic_links": "Link degli operatori scaduti",
    "mailbox": "E-mail della posta di prova",
    "outbox": "Messaggi già consegnati",
    "account_sessions": "Sessioni professionali finite",
    "account_links": "Inviti scaduti",
    "access_failures": "Contatori di tentativi sbagliati",
    "hotline_presence": "Presenze dello sportello",
    "hotline_views": "Schede aperte dallo sportello",
    "consent_requests": "Richieste di consenso senza risposta",
    "budgets": "Contatori dei bilanci passati",
    "case_origins": "Reti di conversazioni vecchie",
    "held_mails": "Messaggi a indirizzi mai confermati",
}


@router.get("/amministrazione/conservazione")
async def retention_page(request: Request, services: Here, account: Me, fatto: str = "") -> Response:
    """The rules, and what they would erase now."""
    return await _page(request, services, done=_DONE.get(fatto, ""))


async def _page(
    request: Request, services: Services, done: str = "", error: str = "", code: str = "", status: int = 200
) -> Response:
    report = await in_thread(services.cases.purge, clock.now(), services.settings.retention_days, True)
    return admin_page(
        request,
        "conservazione.html",
        status=status,
        days=services.settings.retention_days,
        cases=len(report.cases),
        rows=sorted((_WORDS.get(name, name), count) for name, count in report.rows.items()),
        done=done,
        error=error,
        code=code,
    )


@router.post("/amministrazione/conservazione")
async def purge(request: Request, services: Here, account: Sure, conferma: Field = "") -> Response:
    """Erase now what the night would erase."""
    if conferma != "si":
        return RedirectResponse("/amministrazione/conservazione", status_code=303)
    report = await in_thread(services.cases.purge, clock.now(), services.settings.retention_days)
    await in_thread(_note, accounts_of(request), account, len(report.cases), sum(report.rows.values()))
    return RedirectResponse("/amministrazione/conservazione?fatto=si", status_code=303)


@router.post("/amministrazione/conservazione/persona")
async def erase_person(
    request: Request, services: Here, account: Sure, codice: Field = "", conferma: Field = ""
) -> Response:
    """Erase one person who asked for it by letter or telephone, found by the code of a referral of theirs."""
    code = codes.normalise(codice)
    case_id = None
    if code:
        try:
            case_id = (await in_thread(services.referrals.get, code)).case_id
        except ReferralNotFound:
            pass
    if case_id is None or conferma != "si":
        wrong = _NOT_CONFIRMED if case_id else _NO_PERSON
        return await _page(request, services, error=wrong, code=codice[:40], status=422)
    try:
        await Gateway(services).erase(case_id, account.actor)
    except CaseNotFound:
        return await _page(request, services, error=_NO_PERSON, code=codice[:40], status=422)
    return RedirectResponse("/amministrazione/conservazione?fatto=persona", status_code=303)


def _note(held, account: Account, cases: int, rows: int) -> None:
    with writing(held.session_factory) as session:
        people.note_in(
            session, held.keyring, account.id, "pulizia_eseguita", account.actor, clock.now(), cases=cases, rows=rows
        )
