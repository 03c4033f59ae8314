"""What all pages of the hotline need: the stores, the right to act, small words."""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Form, Path
from starlette.requests import Request
from starlette.responses import HTMLResponse

from accounts.account import Account
from cases.errors import CaseNotFound
from hotline import outcomes, presence
from hotline.hours import day_words, hour_words, moment_words
from hotline.service import Hotline
from settings import clock
from texts import typed
from web.pages.rendering import environment
from web.permissions import permitted
from web.portals.pages import portal_page
from web.problems import Problem
from web.services import Services, in_thread, services_of

#: Every page of the queue is woken by this name (see web/chat/events.py).
NEWS = "sportello:coda"

CaseId = Annotated[str, Path(pattern="^[0-9a-f]{32}$", alias="caso")]
Text = Annotated[str, Form(max_length=8000)]
Queue = Annotated[Account, Depends(permitted("sportello.coda"))]
Conversation = Annotated[Account, Depends(permitted("sportello.conversazione"))]
Call = Annotated[Account, Depends(permitted("sportello.telefonata"))]
Search = Annotated[Account, Depends(permitted("sportello.ricerca"))]


@dataclass(frozen=True)
class Notice:
    """A line above the page. ``tone``: ``success``, ``warning`` or ``danger``."""

    text: str
    tone: str = "success"


def hotline_of(request: Request) -> Hotline:
    """The hotline of the running application."""
    return services_of(request).hotline


def announce(services: Services, case_id: str) -> None:
    """Wake the citizen's page, the colleagues' pages of this case, and the queue."""
    services.news.announce(case_id)
    services.news.announce(NEWS)


def gone() -> Problem:
    """The case was erased, or never existed."""
    return Problem("sessione-non-trovata")


def pages_of(count: int, size: int, wanted: int) -> tuple[int, int]:
    """The page to show (from 1) and how many there are."""
    last = max(1, -(-count // size))
    return min(max(1, wanted), last), last


def short(case_id: str) -> str:
    """How colleagues name a case to each other."""
    return case_id[:6].upper()


def minutes_words(since: dt.datetime, now: dt.datetime) -> str:
    """How long ago: ``3 min``, ``2 ore e 5 min``, ``4 giorni``."""
    minutes = max(0, int((now - since).total_seconds() // 60))
    if minutes < 1:
        return "meno di 1 min"
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return _count(hours, "ora", "ore") + (f" e {minutes} min" if minutes else "")
    return _count(hours // 24, "giorno", "giorni")


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


ROLES = {"cittadino": "Cittadino", "medico": "Medico", "sportello": "Telefonata"}


def desk_page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Render a page or a part of one, with the words and helpers of the hotline."""
    _prepare()
    now = clock.now()
    return portal_page(
        request,
        f"sportello/{template}",
        status=status,
        now=now,
        role_names=ROLES,
        outcomes=outcomes.OUTCOMES,
        since=lambda moment: minutes_words(moment, now),
        when=lambda moment: moment_words(moment, now),
        **({"notice": None} | values),
    )


@functools.cache
def _prepare() -> None:
    environment().filters.update(short=short, hour=hour_words, phone=typed.phone_as_read)
    environment().globals.update(day_words=day_words)


async def colleague_names(request: Request, ids: set[str]) -> dict[str, str]:
    """Names of colleagues by account id."""
    hotline = hotline_of(request)

    def read() -> dict[str, str]:
        with hotline.session_factory() as session:
            return presence.names_in(session, hotline.keyring, ids)

    return await in_thread(read)


__all__ = [
    "NEWS",
    "ROLES",
    "Call",
    "CaseId",
    "CaseNotFound",
    "Conversation",
    "Notice",
    "Queue",
    "Search",
    "Text",
    "announce",
    "colleague_names",
    "desk_page",
    "gone",
    "hotline_of",
    "pages_of",
    "short",
]
