"""Server-sent events that keep the tabs of a conversation in step."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence

from fastapi import APIRouter
from sqlalchemy import select
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import Response

from cases.db import SessionFactory
from cases.models import CaseRow
from web.api.access import SessionOpened
from web.api.models import problems
from web.metrics import STREAMS
from web.services import Here, in_thread

router = APIRouter(prefix="/chat/sessions", tags=["chat"])

# Browsers reconnect by themselves; ending streams now and then frees those of tabs that vanished.
_LIFE_SECONDS = 1800.0
_WAIT_SECONDS = 60.0
_CHUNK = 500


def marks_of(sessions: SessionFactory, case_ids: Sequence[str]) -> dict[str, str]:
    """A value for each conversation that changes whenever it does; those that are gone are absent."""
    found = {}
    with sessions() as session:
        for start in range(0, len(case_ids), _CHUNK):
            chunk = case_ids[start : start + _CHUNK]
            query = select(CaseRow.id, CaseRow.turn_count, CaseRow.mode, CaseRow.version).where(CaseRow.id.in_(chunk))
            found.update({row.id: f"{row.turn_count}-{row.mode}-{row.version}" for row in session.execute(query)})
    return found


@router.get(
    "/{session}/events",
    summary="Novità della conversazione (server-sent events)",
    response_class=Response,
    responses={
        200: {"content": {"text/event-stream": {}}, "description": "Un evento per ogni novità"},
        **problems(401, 404, 422),
    },
)
async def follow(opened: SessionOpened, services: Here, request: Request) -> Response:
    """Events ``changed`` (read the conversation again) and ``gone`` (it was erased); they carry no content."""

    async def stream() -> AsyncIterator[ServerSentEvent]:
        with STREAMS.track_inprogress():
            async for event in news():
                yield event

    async def news() -> AsyncIterator[ServerSentEvent]:
        seen = request.headers.get("last-event-id")
        sessions, until = services.cases.session_factory, time.monotonic() + _LIFE_SECONDS
        while time.monotonic() < until:
            mark = (await in_thread(marks_of, sessions, [opened.id])).get(opened.id)
            if mark is None:
                yield ServerSentEvent(event="gone", data="")
                return
            if mark != seen:
                seen = mark
                yield ServerSentEvent(event="changed", data="", id=mark)
            await services.news.wait(opened.id, _WAIT_SECONDS, seen)

    return EventSourceResponse(stream(), ping=20)
