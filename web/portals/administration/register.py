"""The journal: who did what, and whether anybody tampered with it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from starlette.requests import Request

from accounts import audit
from accounts.account import Account
from cases.errors import JournalBroken
from referrals.jobs import Jobs
from web.account_session import accounts_of
from web.permissions import permitted
from web.portals.administration.frame import PAGE, admin_page
from web.services import Here, Services, in_thread

router = APIRouter()
Me = Annotated[Account, Depends(permitted("amministrazione.registro"))]
Text = Annotated[str, Query(max_length=64)]


@router.get("/amministrazione/registro")
async def register_page(
    request: Request,
    account: Me,
    oggetto: Text = "",
    evento: Text = "",
    prima: Annotated[int | None, Query(ge=1, le=2**62)] = None,
) -> Response:
    """The rows, newest first, of one subject or event if asked."""
    return await _page(request, subject=oggetto.strip(), event=evento.strip(), before=prima)


@router.post("/amministrazione/registro")
async def check(request: Request, services: Here, account: Me) -> Response:
    """Recompute the seals of every row and compare with the copies kept outside the database."""
    count, problems = await in_thread(_verify, services)
    return await _page(request, subject="", event="", before=None, checked=count, problems=problems)


def _verify(services: Services) -> tuple[int | None, list[str]]:
    jobs = Jobs(services.cases.session_factory, services.cases.keyring, services.settings)
    try:
        return jobs.verify_journal(), []
    except JournalBroken as broken:
        return None, broken.problems


def _rows(request: Request, subject: str, event: str, before: int | None) -> list[audit.Entry]:
    held = accounts_of(request)
    with held.session_factory() as session:
        return audit.page_in(session, held.keyring, PAGE + 1, before, subject, event)


async def _page(request: Request, subject: str, event: str, before: int | None, **values: Any) -> Response:
    rows = await in_thread(_rows, request, subject, event, before)
    return admin_page(
        request,
        "registro.html",
        entries=rows[:PAGE],
        older=rows[PAGE - 1].id if len(rows) > PAGE else None,
        subject=subject,
        event=event,
        **({"checked": None, "problems": []} | values),
    )
