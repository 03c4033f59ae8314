"""One account: role, invitation, second factor, sessions, suspension, erasure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Query, Response
from fastapi.responses import RedirectResponse
from starlette.requests import Request

from accounts.account import Account
from accounts.errors import AccountNotFound, LastAdministrator
from settings import clock
from web.account_session import accounts_of
from web.permissions import permitted
from web.portals.administration.accounts import PROVINCES, operators_in
from web.portals.administration.frame import Field, admin_page
from web.problems import Problem
from web.services import in_thread, services_of

router = APIRouter()
Me = Annotated[Account, Depends(permitted("amministrazione.account"))]
# What cannot be undone, or opens a door, asks for the second factor again.
Sure = Annotated[Account, Depends(permitted("amministrazione.account", recent="/amministrazione/account"))]
Id = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
_LAST = "È l'unica persona che può amministrare. Prima ne inviti un'altra, e aspetti che sia entrata."
_SELF = "Non può farlo su se stessa o se stesso. Lo chieda a un'altra persona che amministra."


@router.get("/amministrazione/account/{id}")
async def account_page(
    request: Request, account: Me, id: Id, fatto: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """Everything about one account that an administrator may see and do."""
    return await _page(request, id, done=fatto)


@router.post("/amministrazione/account/{id}/ruolo")
async def change_role(
    request: Request,
    account: Me,
    id: Id,
    ruolo: Field = "",
    operatore: Field = "",
    province: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Change role, operator or provinces; the account's sessions end."""
    if operatore and operatore not in dict(await in_thread(operators_in, services_of(request))):
        return await _page(request, id, 422, error="Scelga un operatore dell'elenco.")
    territory = [code for code in province or [] if code in PROVINCES]
    change = accounts_of(request).change
    return await _do(request, id, "ruolo", change, id, ruolo, operatore or None, territory, account.actor, clock.now())


@router.post("/amministrazione/account/{id}/invito")
async def invite_again(request: Request, account: Me, id: Id) -> Response:
    """Send a new invitation; the old one stops working."""
    again = accounts_of(request).invitations.invite_again
    return await _do(request, id, "invito", again, id, account.actor, clock.now())


@router.post("/amministrazione/account/{id}/telefono")
async def reset_second_factor(request: Request, account: Sure, id: Id) -> Response:
    """For who lost telephone and recovery codes."""
    if id == account.id:
        return await _page(request, id, 422, error=_SELF)
    reset = accounts_of(request).reset_second_factor
    return await _do(request, id, "telefono", reset, id, account.actor, clock.now())


@router.post("/amministrazione/account/{id}/sessioni")
async def end_sessions(request: Request, account: Me, id: Id, sessione: Field = "") -> Response:
    """End one session of the account, or all."""
    revoke = accounts_of(request).revoke
    return await _do(request, id, "sessioni", revoke, id, account.actor, clock.now(), sessione or None)


@router.post("/amministrazione/account/{id}/sospendi")
async def suspend(request: Request, account: Me, id: Id) -> Response:
    """Suspend the account: its sessions end at once."""
    if id == account.id:
        return await _page(request, id, 422, error=_SELF)
    return await _do(request, id, "sospeso", accounts_of(request).set_active, id, False, account.actor, clock.now())


@router.post("/amministrazione/account/{id}/riattiva")
async def readmit(request: Request, account: Me, id: Id) -> Response:
    """Readmit a suspended account."""
    return await _do(request, id, "riattivato", accounts_of(request).set_active, id, True, account.actor, clock.now())


@router.post("/amministrazione/account/{id}/cancella")
async def erase(request: Request, account: Sure, id: Id, conferma: Field = "") -> Response:
    """Destroy name and address for ever, after a confirmation."""
    if id == account.id:
        return await _page(request, id, 422, error=_SELF)
    if conferma != "si":
        return await _page(request, id, confirm_erasure=True)
    response = await _do(request, id, "cancellato", accounts_of(request).erase, id, account.actor, clock.now())
    if response.status_code == 303:
        response.headers["Location"] = "/amministrazione/account?fatto=cancellato"
    return response


async def _do(request: Request, id: str, done: str, act: Callable[..., Any], *values: Any) -> Response:
    try:
        await in_thread(act, *values)
    except AccountNotFound:
        raise Problem("non-trovato") from None
    except LastAdministrator:
        return await _page(request, id, 409, error=_LAST)
    except ValueError as wrong:
        return await _page(request, id, 422, error=str(wrong))
    return RedirectResponse(f"/amministrazione/account/{id}?fatto={done}", status_code=303)


async def _page(request: Request, id: str, status: int = 200, **values: Any) -> Response:
    accounts = accounts_of(request)
    try:
        shown = await in_thread(accounts.get, id)
    except AccountNotFound:
        raise Problem("non-trovato") from None
    now = clock.now()
    operators = await in_thread(operators_in, services_of(request))
    return admin_page(
        request,
        "account.html",
        status=status,
        shown=shown,
        has_app=await in_thread(accounts.credentials.has_app, id),
        pending=(await in_thread(accounts.invitations_pending, [id], now)).get(id),
        sessions=await in_thread(accounts.sessions, id, now),
        operators=operators,
        operator_name=dict(operators).get(shown.operator_id or "", shown.operator_id),
        all_provinces=PROVINCES,
        **({"done": "", "error": None, "confirm_erasure": False} | values),
    )
