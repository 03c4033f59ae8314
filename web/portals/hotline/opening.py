"""Office hours: what holds, the holidays to come, extraordinary closures."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import RedirectResponse
from starlette.requests import Request
from starlette.responses import Response

from accounts.account import Account
from settings import clock
from web.permissions import permitted
from web.portals.hotline.shared import NEWS, Notice, desk_page, hotline_of
from web.services import Here, in_thread

router = APIRouter()
Hours = Annotated[Account, Depends(permitted("sportello.orari"))]
_AHEAD_DAYS = 365


@router.get("/sportello/orari")
async def hours_page(request: Request, account: Hours) -> Response:
    """Weekly hours, holidays and closures."""
    return await _page(request)


async def _page(request: Request, notice: Notice | None = None, status: int = 200) -> Response:
    hotline, today = hotline_of(request), clock.today()
    coming = [today + dt.timedelta(days=ahead) for ahead in range(_AHEAD_DAYS)]
    holidays = [(day, name) for day in coming if (name := hotline.timetable.holiday(day))]
    closures = await in_thread(hotline.closures, today)
    return desk_page(
        request,
        "orari.html",
        status=status,
        notice=notice,
        weekly=hotline.timetable.weekly.words(),
        holidays=holidays,
        closures=closures,
        today=today,
    )


@router.post("/sportello/orari")
async def change_closure(
    request: Request,
    account: Hours,
    services: Here,
    giorno: Annotated[str, Form(max_length=10)] = "",
    motivo: Annotated[str, Form(max_length=120)] = "",
    azione: Annotated[str, Form(pattern="^(chiudi|riapri)$")] = "chiudi",
) -> Response:
    """Declare a day closed, or take that back."""
    try:
        day = dt.date.fromisoformat(giorno)
    except ValueError:
        return await _page(request, Notice("Scriva il giorno di chiusura.", "danger"), 422)
    hotline, now = hotline_of(request), clock.now()
    if azione == "riapri":
        await in_thread(hotline.reopen_on, day, account, now)
    elif day < clock.today():
        return await _page(request, Notice("Il giorno è già passato.", "danger"), 422)
    else:
        await in_thread(hotline.close_on, day, motivo, account, now)
    services.news.announce(NEWS)
    return RedirectResponse("/sportello/orari", status_code=303)
