"""Who is at an operator's page: an account with the role, or a visit opened by an e-mail's link.

A link opens the one referral it was made for, and only where nobody of the operator has an account. A visit is a session in
the database like those of accounts: it idles out, administrators see and end it, and it ends when the operator is no longer
active (:mod:`accounts.visits`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from accounts.account import Account
from accounts.roles import OPERATORE
from referrals.errors import ReferralNotFound
from referrals.states import Actor
from referrals.views import Referral
from settings import clock
from settings.config import Settings
from settings.logs import get_logger
from web.account_session import accounts_of, current
from web.api.access import is_https
from web.permissions import permitted
from web.problems import Problem
from web.security.csrf import check_form
from web.services import Services, in_thread, services_of

log = get_logger()
COOKIE = "rientro_operatore"


@dataclass(frozen=True)
class Visitor:
    """Somebody who acts for an operator.

    :ivar only: code of the one referral this visit may open; None for all of the operator's.
    :ivar account: None when the visit was opened by a link.
    """

    operator_id: str
    operator: str
    only: str | None
    account: Account | None

    @property
    def actor(self) -> str:
        """How referrals and the journal name who acts: the operator, and the account if there is one."""
        operator = f"{Actor.OPERATORE}:{self.operator_id}"
        return f"{operator}:{self.account.id}" if self.account else operator

    def needs_all(self) -> None:
        """Send a visit of one referral back to it.

        :raises Problem: ``non-permesso`` with the card's address.
        """
        if self.only:
            raise Problem("non-permesso", headers={"Location": card_url(self.only) + "?fatto=solo-questa"})


def card_url(code: str) -> str:
    """Address of a referral's card."""
    return f"/operatore/segnalazioni/{code}"


def give(response: Response, token: str, settings: Settings) -> None:
    """Let this browser visit; the server ends the visit."""
    response.set_cookie(COOKIE, token, httponly=True, samesite="lax", secure=is_https(settings), path="/")


def drop(response: Response, settings: Settings) -> None:
    """Make this browser forget the visit."""
    response.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=is_https(settings), path="/")


def here(permission: str, recent: str = "") -> Callable[[Request], Awaitable[Visitor]]:
    """A FastAPI dependency: the visitor, if an account with ``permission`` or a link's visit opens the page.

    Without either it behaves as :func:`web.permissions.permitted`; a changing request must carry the form's token.

    :param recent: as there; a visit gets no further.
    """
    by_account = permitted(permission, recent)

    async def find(request: Request) -> Visitor:
        services = services_of(request)
        token = request.cookies.get(COOKIE)
        visit = await in_thread(accounts_of(request).visits.current, token, clock.now()) if token else None
        session = await current(request)
        if visit is None or (session and session.stage == "piena" and session.account.role == OPERATORE):
            account = await by_account(request)
            operator_id, only = account.operator_id or "", None
        else:
            if request.method not in ("GET", "HEAD", "OPTIONS"):
                check_form(request, (await request.form()).get("gettone"), services.sealer)
            account, operator_id, only = None, visit.operator_id, visit.code
        name = await in_thread(services.directory.active_operator, operator_id)
        if name is None:
            raise Problem("non-permesso")
        return Visitor(operator_id, name, only, account)

    find.permission = permission  # type: ignore[attr-defined]  # as permitted() does, for the test that walks routes
    return find


async def referral_of(services: Services, visitor: Visitor, code: str) -> Referral:
    """A referral of the visitor's operator.

    :raises Problem: ``non-trovato``, for another operator's too: nobody learns which codes exist.
    """
    try:
        referral = await in_thread(services.referrals.get, code)
    except ReferralNotFound:
        raise Problem("non-trovato") from None
    if referral.operator_id != visitor.operator_id:
        log.warning("referral of another operator asked for", operator=visitor.operator_id)
        raise Problem("non-trovato")
    if visitor.only and visitor.only != referral.code:
        visitor.needs_all()
    return referral
