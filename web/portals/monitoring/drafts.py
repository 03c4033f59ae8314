"""What would change with a draft edition: a file is read, tried over synthetic people, and forgotten. Nothing is published."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Response, UploadFile
from starlette.requests import Request

from accounts.account import Account
from eligibility import draft
from eligibility.errors import EligibilityError
from settings import clock
from web.permissions import permitted
from web.portals.monitoring.frame import monitoring_page
from web.services import in_thread

router = APIRouter()
Me = Annotated[Account, Depends(permitted("monitoraggio.regole"))]
#: Paths whose requests carry a file and how much they may weigh.
BODY_BYTES = {"/monitoraggio/bozza": draft.MAX_BYTES + 10_000}
_NO_FILE = "Scelga il file della bozza."
_NOT_TEXT = "Il file non è in UTF-8: lo salvi come testo UTF-8."
_NO_DATE = "La data non si legge. La scriva così: 2026-11-22."


@router.get("/monitoraggio/bozza")
async def draft_form(request: Request, account: Me) -> Response:
    """Choose the file and the day."""
    return _page(request, clock.today().isoformat())


@router.post("/monitoraggio/bozza")
async def try_draft(
    request: Request,
    account: Me,
    file: Annotated[UploadFile | None, File()] = None,
    data: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Read the draft with the loader of the rules, and compare it with the edition in force on the day."""
    content = await file.read(draft.MAX_BYTES + 1) if file else b""
    day = data.strip() or clock.today().isoformat()
    try:
        on = dt.date.fromisoformat(day)
    except ValueError:
        return _page(request, day, 422, error=_NO_DATE)
    if not content.strip():
        return _page(request, day, 422, error=_NO_FILE)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _page(request, day, 422, error=_NOT_TEXT)
    try:
        trial = await in_thread(_try, text, on)
    except EligibilityError as wrong:
        return _page(request, day, 422, error="La bozza non si può usare.", detail=str(wrong))
    name = file.filename if file else ""
    return monitoring_page(request, "bozza_esito.html", trial=trial, filename=name, verdicts=draft.VERDICTS)


def _try(text: str, on: dt.date) -> draft.Trial:
    return draft.attempt(draft.read(text), on)


def _page(request: Request, day: str, status: int = 200, **values: Any) -> Response:
    shown: dict[str, Any] = {"error": None, "detail": None} | values
    return monitoring_page(request, "bozza.html", status=status, day=day, kilobytes=draft.MAX_BYTES // 1000, **shown)
