"""Server-sent events that keep the tabs of a conversation in step."""

from __future__ import annotations

from collections.abc import AsyncIterator

from fastapi import APIRouter
from sqlalchemy import select
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import Response

from cases.models import CaseRow
from web.api.access import SessionCase
from web.api.models import problems
from web.metrics import STREAMS
from web.services import Here, Services, in_thread

router = APIRouter(prefix="/chat/sessions", tags=["chat"])

# Turns of this process wake us at once; those of other processes are noticed within this time.
_LOOK_SECONDS = 2.0
# Browsers reconnect by themselves; ending streams now and then frees those of tabs that vanished.
_LIFE_LOOKS = 900


def _mark(services: Services, case_id: str) -> str | None:
    """A value that changes whenever the conversation does; None when it is gone."""
    query = select(CaseRow.turn_count, CaseRow.mode, CaseRow.version).where(CaseRow.id == case_id)
    with services.cases.session_factory() as session:
        row = session.execute(query).one_or_none()
    return None if row is None else f"{row.turn_count}-{row.mode}-{row.version}"


@router.get(
    "/{session}/events",
    summary="Novità della conversazione (server-sent events)",
    response_class=Response,
    responses={
        200: {"content": {"text/event-stream": {}}, "description": "Un evento per ogni novità"},
        **problems(401, 404, 422),
    },
)
async def follow(record: SessionCase, services: Here, request: Request) -> Response:
    """Events ``changed`` (read the conversation again) and ``gone`` (it was erased); they carry no content."""

    async def stream() -> AsyncIterator[ServerSentEvent]:
        with STREAMS.track_inprogress():
            async for event in news():
                yield event

    async def news() -> AsyncIterator[ServerSentEvent]:
        seen = request.headers.get("last-event-id")
        for _ in range(_LIFE_LOOKS):
            mark = await in_thread(_mark, services, record.id)
            if mark is None:
                yield ServerSentEvent(event="gone", data="")
                return
            if mark != seen:
                seen = mark
                yield ServerSentEvent(event="changed", data="", id=mark)
            await services.news.wait(record.id, _LOOK_SECONDS)

    return EventSourceResponse(stream(), ping=20)
