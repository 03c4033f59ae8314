"""The page of the check: one form that shrinks, the verdicts beside it. It works without JavaScript, faster with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from starlette.requests import Request

from accounts.account import Account
from settings import clock
from web.portals.doctors.check import Check, offered, view_of
from web.portals.doctors.shared import Checker, doctor_page
from web.services import Here, Services, in_thread

router = APIRouter()


@router.get("/medici")
async def start(request: Request, account: Checker, services: Here) -> Response:
    """An empty check."""
    return await show(request, services, Check(account.id))


@router.post("/medici")
async def go_on(request: Request, account: Checker, services: Here) -> Response:
    """Take the answers, take one back, or change the measures."""
    form = await request.form()
    action = str(form.get("azione") or "")
    if action == "nuovo":
        return RedirectResponse("/medici", status_code=303)
    check = check_of(services, account, form)
    wrong: dict[str, str] = {}
    fact = action.removeprefix("togli:")
    if action.startswith("togli:"):
        check.facts.pop(fact, None)
    elif action == "misure":
        check.choose([str(measure) for measure in form.getlist("misure")])
    elif action != "mostra":
        wrong = check.take(form)
    return await show(request, services, check, form, wrong, status=422 if wrong else 200)


async def show(
    request: Request,
    services: Services,
    check: Check,
    typed: Mapping[str, Any] | None = None,
    wrong: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    """The page, or only what changes of it when the page's script asks."""
    view = await in_thread(view_of, check, clock.today(), typed or {}, wrong or {})
    part = request.headers.get("x-parte") == "verifica"
    return doctor_page(
        request,
        "verifica_parte.html" if part else "verifica.html",
        status=status,
        view=view,
        state=check.seal(services.sealer),
        offered=offered(),
    )


def check_of(services: Services, account: Account, form: Mapping[str, Any]) -> Check:
    """The check in a form of this account.

    :raises Problem: ``modulo-scaduto``.
    """
    return Check.unseal(services.sealer, str(form.get("stato") or "")[:8000], account.id)
