"""The queue: who waits, who is being served, which colleagues are there, which calls are due."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query
from fastapi.responses import RedirectResponse
from starlette.requests import Request
from starlette.responses import Response

from accounts.account import Account
from hotline import callbacks, caller, presence, queue, viewing
from hotline.call_tasks import CallTasks
from hotline.caller import Caller
from hotline.presence import Colleague
from hotline.queue import InHand, Waiting
from hotline.service import Hotline
from settings import clock
from web.portals.hotline.shared import NEWS, Queue, desk_page, hotline_of, pages_of
from web.services import Here, in_thread

router = APIRouter()
Page = Annotated[int, Query(alias="pagina", ge=1, le=100_000)]


@dataclass(frozen=True)
class QueueView:
    """Everything on the page of the queue."""

    waiting: list[Waiting]
    count: int
    page: int
    pages: int
    longest: dt.datetime | None
    mine: list[InHand]
    others: list[InHand]
    colleagues: list[Colleague]
    names: dict[str, str]
    callers: dict[str, Caller]
    due: int
    booked: int
    to_call: int
    paused: bool
    is_open: bool
    opens_at: dt.datetime | None


def _view(hotline: Hotline, account: Account, wanted: int, now: dt.datetime) -> QueueView:
    timetable = hotline.timetable
    with hotline.session_factory() as session:
        page, pages = pages_of(queue.count_in(session), queue.PAGE, wanted)
        waiting, count = queue.page_in(session, (page - 1) * queue.PAGE)
        first = waiting if page == 1 else queue.page_in(session, 0, 1)[0]
        in_hand = queue.in_hand_in(session)
        mine = [item for item in in_hand if item.account_id == account.id]
        others = [item for item in in_hand if item.account_id != account.id]
        closures = callbacks.closures_in(session, now.date() - dt.timedelta(days=1))
        return QueueView(
            waiting=waiting,
            count=count,
            page=page,
            pages=pages,
            longest=min((item.requested_at for item in first), default=None),
            mine=mine,
            others=others,
            colleagues=presence.there_in(session, hotline.keyring, now),
            names=presence.names_in(session, hotline.keyring, {item.account_id for item in others}),
            callers=caller.of_cases_in(session, hotline.keyring, [item.case_id for item in mine]),
            due=hotline.callbacks.due_in(session, now),
            booked=hotline.callbacks.page_in(session, 0, 1)[1],
            to_call=CallTasks(hotline.session_factory, hotline.keyring).count_due(now),
            paused=presence.is_paused_in(session, account.id),
            is_open=timetable.is_open(now, closures),
            opens_at=timetable.opens_at(now, closures),
        )


@router.get("/sportello")
async def queue_page(request: Request, account: Queue, pagina: Page = 1, avviso: str = "") -> Response:
    """The queue; with JavaScript it keeps itself up to date."""
    hotline = hotline_of(request)
    await in_thread(hotline.sign, account.id, clock.now())
    view = await in_thread(_view, hotline, account, pagina, clock.now())
    return desk_page(request, "coda.html", view=view, avviso=avviso)


@router.get("/sportello/coda/parte")
async def queue_part(request: Request, account: Queue, pagina: Page = 1) -> Response:
    """The part of the page that changes."""
    view = await in_thread(_view, hotline_of(request), account, pagina, clock.now())
    return desk_page(request, "coda_parte.html", view=view)


@router.post("/sportello/presenza")
async def pause(request: Request, account: Queue, services: Here, pausa: Annotated[bool, Form()] = False) -> Response:
    """Take a break, or come back."""
    await in_thread(hotline_of(request).pause, account.id, pausa, clock.now())
    services.news.announce(NEWS)
    return RedirectResponse("/sportello", status_code=303)


@router.get("/sportello/recenti")
async def recent_page(request: Request, account: Queue, pagina: Page = 1) -> Response:
    """The cases this colleague saw last."""
    hotline = hotline_of(request)

    def read() -> dict[str, Any]:
        with hotline.session_factory() as session:
            count = viewing.recent_in(session, account.id, 0, 1)[1]
            page, pages = pages_of(count, viewing.PAGE, pagina)
            rows, _ = viewing.recent_in(session, account.id, (page - 1) * viewing.PAGE)
            callers = caller.of_cases_in(session, hotline.keyring, [case_id for case_id, _ in rows])
            return {"rows": rows, "count": count, "page": page, "pages": pages, "callers": callers}

    return desk_page(request, "recenti.html", **await in_thread(read))
