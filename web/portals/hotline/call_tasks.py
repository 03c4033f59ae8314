"""Calls to be made about referrals: what is due, the script, how it went."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Path, Query
from fastapi.responses import RedirectResponse
from starlette.requests import Request
from starlette.responses import Response

from accounts.account import Account
from hotline import call_tasks
from hotline.call_tasks import CallTaskGone, CallTasks
from referrals import words
from referrals.notice_models import MESSAGE_LEFT, NO_ANSWER, SPOKE, WRONG_NUMBER
from settings import clock
from web.portals.hotline.shared import Call, Notice, desk_page, pages_of
from web.services import Here, Services, in_thread

router = APIRouter()
Page = Annotated[int, Query(alias="pagina", ge=1, le=100_000)]
TaskId = Annotated[str, Path(pattern="^[0-9a-f]{32}$", alias="telefonata")]
#: How an attempt went, in the words of the form.
OUTCOMES = {
    SPOKE: "Ho parlato con la persona",
    MESSAGE_LEFT: "Ho lasciato un messaggio",
    NO_ANSWER: "Nessuna risposta",
    WRONG_NUMBER: "Il numero è sbagliato",
}
_NOTICES = {
    "fatto": Notice("Ho segnato com'è andata."),
    "chiusa": Notice("Questa telefonata non è più da fare: le cose sono cambiate.", "warning"),
}


def _tasks(services: Services) -> CallTasks:
    return CallTasks(services.cases.session_factory, services.cases.keyring)


@router.get("/sportello/da-chiamare")
async def due_page(request: Request, account: Call, services: Here, pagina: Page = 1, avviso: str = "") -> Response:
    """The calls to be made, the longest due first."""
    tasks = _tasks(services)
    rows, count = await in_thread(tasks.page, (pagina - 1) * call_tasks.PAGE)
    page, pages = pages_of(count, call_tasks.PAGE, pagina)
    if page != pagina:
        rows, count = await in_thread(tasks.page, (page - 1) * call_tasks.PAGE)
    return desk_page(
        request,
        "da_chiamare.html",
        notice=_NOTICES.get(avviso),
        rows=rows,
        count=count,
        page=page,
        pages=pages,
        events=words.load()["eventi"],
    )


@router.get("/sportello/da-chiamare/{telefonata}")
async def task_page(request: Request, account: Call, services: Here, task_id: TaskId) -> Response:
    """One call: to whom, what to say."""
    return await _show(request, services, account, task_id)


@router.post("/sportello/da-chiamare/{telefonata}")
async def attempt(
    request: Request,
    account: Call,
    services: Here,
    task_id: TaskId,
    esito: Annotated[str, Form(max_length=24)] = "",
) -> Response:
    """How the attempt went."""
    try:
        await in_thread(_tasks(services).attempt, task_id, account, esito, clock.now())
    except CallTaskGone:
        return RedirectResponse("/sportello/da-chiamare?avviso=chiusa", status_code=303)
    except ValueError as wrong:
        return await _show(request, services, account, task_id, Notice(str(wrong), "danger"), 422)
    return RedirectResponse("/sportello/da-chiamare?avviso=fatto", status_code=303)


async def _show(
    request: Request,
    services: Services,
    account: Account,
    task_id: str,
    notice: Notice | None = None,
    status: int = 200,
) -> Response:
    settings = services.settings
    try:
        opened = await in_thread(
            _tasks(services).open,
            task_id,
            account,
            clock.now(),
            settings.help_phone,
            settings.help_hours,
            settings.referral_expiry_days,
        )
    except CallTaskGone:
        return RedirectResponse("/sportello/da-chiamare?avviso=chiusa", status_code=303)
    return desk_page(
        request,
        "da_chiamare_una.html",
        status=status,
        notice=notice,
        opened=opened,
        choices=OUTCOMES,
        events=words.load()["eventi"],
        titles=words.load()["titoli_stati"],
    )
