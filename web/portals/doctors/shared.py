"""What all pages of the doctors' portal need."""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Form, Response
from starlette.requests import Request
from starlette.responses import HTMLResponse

import eligibility
from accounts.account import Account
from referrals.on_behalf import Sender
from settings import clock
from settings.clock import ROME
from web.permissions import allowed, permitted
from web.portals.doctors.words import words
from web.portals.pages import portal_page

Checker = Annotated[Account, Depends(permitted("medici.verifica"))]
Referrer = Annotated[Account, Depends(permitted("medici.segnalazioni"))]
Distributor = Annotated[Account, Depends(permitted("medici.materiali"))]
Field = Annotated[str, Form(max_length=200)]
Sealed = Annotated[str, Form(max_length=8000)]
AUDIENCE = "medico"


@dataclass(frozen=True)
class Notice:
    """A line above the page. ``tone``: ``success``, ``warning`` or ``danger``."""

    text: str
    tone: str = "danger"


def doctor_page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Render a page, or a part of one, of ``web/templates/medici``."""
    account = request.state.account
    return portal_page(
        request,
        f"medici/{template}",
        status=status,
        sections=[(address, name) for address, name, needed in words()["navigation"] if allowed(account, needed)],
        w=words(),
        titles=measure_titles(clock.today()),
        when=when,
        **({"notice": None} | values),
    )


def sender_of(account: Account) -> Sender:
    """The doctor as the sender of referrals."""
    return Sender(actor=account.actor, name=account.name, email=account.email)


@functools.lru_cache(maxsize=4)
def measure_titles(on: dt.date) -> dict[str, str]:
    """Italian title of every measure on a day."""
    return {id_: eligibility.describe(id_, on, AUDIENCE)["title"] for id_ in eligibility.load().measures}


def when(moment: dt.datetime) -> str:
    """A moment as people say it in Italy: «03/06/2025 alle 12:00»."""
    local = moment.astimezone(ROME)
    return f"{local:%d/%m/%Y} alle {local:%H:%M}"


def pdf(content: bytes, name: str) -> Response:
    """A PDF shown in the browser, kept by no cache."""
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type="application/pdf", headers=headers)
