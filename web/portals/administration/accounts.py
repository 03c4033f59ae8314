"""The list of accounts, and inviting somebody."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select
from starlette.requests import Request

from accounts.account import Account
from accounts.errors import EmailTaken
from accounts.roles import ROLES
from referrals.directory_models import OperatorRow
from settings import clock
from web.account_session import accounts_of
from web.permissions import permitted
from web.portals.administration.frame import PAGE, Field, PageNumber, admin_page, pages_of
from web.services import Services, in_thread, services_of

router = APIRouter()
Me = Annotated[Account, Depends(permitted("amministrazione.account"))]
PROVINCES = ("BG", "BS", "CO", "CR", "LC", "LO", "MB", "MI", "MN", "PV", "SO", "VA")
_TAKEN = "Questo indirizzo e-mail ha già un accesso."


@router.get("/amministrazione/account")
async def accounts_page(
    request: Request,
    account: Me,
    ruolo: Annotated[str, Query(max_length=20)] = "",
    pagina: PageNumber = 1,
    fatto: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """The accounts, or those of a role."""
    role = ruolo if ruolo in ROLES else None
    found, count = await in_thread(accounts_of(request).list, role, PAGE, (pagina - 1) * PAGE)
    return await _list(request, found, role=role, search="", pages=pages_of(count, pagina), done=fatto)


@router.post("/amministrazione/account")
async def search(request: Request, account: Me, cerca: Field = "", ruolo: Field = "") -> Response:
    """The accounts with this name or address. Both are personal: they travel in the form, never in an address."""
    wanted = cerca.strip()[:120]
    if not wanted:
        return await accounts_page(request, account, ruolo)
    role = ruolo if ruolo in ROLES else None
    found = await in_thread(accounts_of(request).search, wanted, PAGE)
    shown = [one for one in found if role in (None, one.role)]
    return await _list(request, shown, role=role, search=wanted, pages=pages_of(len(shown), 1), done="")


async def _list(request: Request, shown: list[Account], **values: Any) -> Response:
    pending = await in_thread(accounts_of(request).invitations_pending, [one.id for one in shown], clock.now())
    return admin_page(request, "account_elenco.html", accounts=shown, pending=pending, **values)


@router.get("/amministrazione/account/nuovo")
async def invitation_page(request: Request, account: Me) -> Response:
    """The form to invite somebody."""
    return await _form(request)


@router.post("/amministrazione/account/nuovo")
async def invite(
    request: Request,
    account: Me,
    nome: Field = "",
    email: Field = "",
    ruolo: Field = "",
    operatore: Field = "",
    province: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Create the account and send the invitation."""
    values = {"name": nome, "email": email, "role": ruolo, "operator": operatore, "provinces": province or []}
    territory = [code for code in province or [] if code in PROVINCES]
    if operatore and operatore not in dict(await in_thread(operators_in, services_of(request))):
        return await _form(request, 422, error="Scelga un operatore dell'elenco.", **values)
    invitations = accounts_of(request).invitations
    try:
        made = await in_thread(
            invitations.invite, nome, email, ruolo, account.actor, clock.now(), operatore or None, territory
        )
    except EmailTaken:
        return await _form(request, 422, error=_TAKEN, **values)
    except ValueError as wrong:
        return await _form(request, 422, error=str(wrong), **values)
    return RedirectResponse(f"/amministrazione/account/{made.id}?fatto=invito", status_code=303)


def operators_in(services: Services) -> list[tuple[str, str]]:
    """Id and name of the active operators, by name."""
    with services.cases.session_factory() as session:
        query = select(OperatorRow.id, OperatorRow.name).where(OperatorRow.active)
        return [(row.id, row.name) for row in session.execute(query.order_by(OperatorRow.name, OperatorRow.id))]


async def _form(request: Request, status: int = 200, **values: Any) -> Response:
    blank: dict[str, Any] = {"name": "", "email": "", "role": "", "operator": "", "provinces": [], "error": None}
    return admin_page(
        request,
        "account_nuovo.html",
        status=status,
        operators=await in_thread(operators_in, services_of(request)),
        all_provinces=PROVINCES,
        **(blank | values),
    )
