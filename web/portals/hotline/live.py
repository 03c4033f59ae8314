"""Server-sent events of the hotline's pages.

They carry no content: a page that hears one fetches its part again. Changes of this process wake a page at once, those
of other processes are found by a light look at the database, so several processes need nothing more.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable

from fastapi import APIRouter
from sqlalchemy import select
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import Response

from accounts.account import Account
from cases.models import CaseRow
from hotline.models import HandlingRow
from hotline.service import Hotline
from settings import clock
from web.account_session import is_still_in
from web.portals.hotline.shared import NEWS, CaseId, Conversation, Queue, hotline_of
from web.services import Here, Services, in_thread

router = APIRouter()

_LOOK_SECONDS = 2.0
# The stream ends now and then and the page opens it again.
_LIFE_SECONDS = 300.0
# Many pages of one process share one look at the queue.
_SHARED_SECONDS = 1.0


class _QueueMark:
    """The queue's signature, read at most once a second in this process."""

    def __init__(self) -> None:
        self._at = 0.0
        self._value = ""

    def read(self, hotline: Hotline) -> str:
        if time.monotonic() - self._at >= _SHARED_SECONDS:
            self._value = hotline.signature(clock.now())
            self._at = time.monotonic()
        return self._value


@router.get("/sportello/events")
async def follow_queue(request: Request, account: Queue, services: Here) -> Response:
    """An event ``coda`` whenever the queue, the colleagues or the calls to make have changed."""
    state = request.app.state
    if not hasattr(state, "hotline_mark"):
        state.hotline_mark = _QueueMark()
    hotline = hotline_of(request)
    return _stream(request, services, account, NEWS, "coda", lambda: state.hotline_mark.read(hotline))


@router.get("/sportello/casi/{caso}/events")
async def follow_case(request: Request, account: Conversation, services: Here, case_id: CaseId) -> Response:
    """An event ``cambiato`` whenever the case has changed, ``finito`` when it was erased."""
    hotline = hotline_of(request)
    return _stream(request, services, account, case_id, "cambiato", lambda: _case_mark(hotline, case_id))


def _case_mark(hotline: Hotline, case_id: str) -> str | None:
    query = (
        select(CaseRow.turn_count, CaseRow.mode, CaseRow.version, HandlingRow.id)
        .outerjoin(HandlingRow, (HandlingRow.case_id == CaseRow.id) & HandlingRow.ended_at.is_(None))
        .where(CaseRow.id == case_id)
    )
    with hotline.session_factory() as session:
        row = session.execute(query).one_or_none()
    return None if row is None else "-".join(str(value) for value in row)


def _stream(
    request: Request, services: Services, account: Account, news: str, name: str, look: Callable[[], str | None]
) -> Response:
    async def events() -> AsyncIterator[ServerSentEvent]:
        seen = request.headers.get("last-event-id")
        began = time.monotonic()
        while time.monotonic() - began < _LIFE_SECONDS:
            if not await is_still_in(request):
                return  # idle too long, left or revoked: the page is told at its next request
            await in_thread(services.hotline.sign, account.id, clock.now())
            mark = await in_thread(look)
            if mark is None:
                yield ServerSentEvent(event="finito", data="")
                return
            if mark != seen:
                seen = mark
                yield ServerSentEvent(event=name, data="", id=mark)
            await services.news.wait(news, _LOOK_SECONDS)

    return EventSourceResponse(events(), ping=15)
