"""What is erased by itself, when, and doing it now."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi.responses import RedirectResponse
from starlette.requests import Request

import accounts.retention  # noqa: F401  (adds its rules to the purge)
from accounts import people
from accounts.record import Account
from cases.db import writing
from settings import clock
from web.permissions import permitted
from web.portals.access.cookie import accounts_of
from web.portals.administration.frame import Field, admin_page
from web.services import Here, in_thread

router = APIRouter()
Me = Annotated[Account, Depends(permitted("amministrazione.conservazione"))]
_WORDS = {
    "tokens": "Accessi alle conversazioni scaduti",
    "idempotency_keys": "Chiavi di richieste già eseguite",
    "magic_links": "Link degli operatori scaduti",
    "mailbox": "E-mail della posta di prova",
    "outbox": "Messaggi già consegnati",
    "account_sessions": "Sessioni professionali finite",
    "account_links": "Inviti scaduti",
    "access_failures": "Contatori di tentativi sbagliati",
}


@router.get("/amministrazione/conservazione")
async def retention_page(request: Request, services: Here, account: Me, fatto: str = "") -> Response:
    """The rules, and what they would erase now."""
    report = await in_thread(services.cases.purge, clock.now(), services.settings.retention_days, True)
    return admin_page(
        request,
        "conservazione.html",
        days=services.settings.retention_days,
        cases=len(report.cases),
        rows=sorted((_WORDS.get(name, name), count) for name, count in report.rows.items()),
        done=fatto == "si",
    )


@router.post("/amministrazione/conservazione")
async def purge(request: Request, services: Here, account: Me, conferma: Field = "") -> Response:
    """Erase now what the night would erase."""
    if conferma != "si":
        return RedirectResponse("/amministrazione/conservazione", status_code=303)
    report = await in_thread(services.cases.purge, clock.now(), services.settings.retention_days)
    await in_thread(_note, accounts_of(request), account, len(report.cases), sum(report.rows.values()))
    return RedirectResponse("/amministrazione/conservazione?fatto=si", status_code=303)


def _note(held, account: Account, cases: int, rows: int) -> None:
    with writing(held.session_factory) as session:
        people.note_in(
            session, held.keyring, account.id, "pulizia_eseguita", account.actor, clock.now(), cases=cases, rows=rows
        )
