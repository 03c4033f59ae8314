"""A referral opened with code and PIN stays open in the page's forms for half an hour, sealed; never in an address."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from referrals.errors import ReferralNotFound
from referrals.views import Referral
from web.problems import Problem
from web.security.csrf import check_form
from web.security.sealing import SealBroken
from web.services import Here, Services, in_thread

FIELD = "aperta"
OPEN_SECONDS = 1800
_SEAL = "referral"


def seal(services: Services, referral: Referral) -> str:
    """The value of :data:`FIELD` in the forms of a referral's page."""
    return services.sealer.seal(_SEAL, referral.code)


async def reopen(services: Services, sealed: object) -> Referral:
    """The referral of a form that our page made.

    :raises Problem: ``modulo-scaduto``.
    """
    try:
        code = services.sealer.open(_SEAL, sealed if isinstance(sealed, str) else "", OPEN_SECONDS)
        return await in_thread(services.referrals.get, code)
    except (SealBroken, ReferralNotFound):
        raise Problem("modulo-scaduto") from None


async def _opened(request: Request, services: Here) -> Referral:
    form = await request.form()
    check_form(request, form.get("gettone"), services.sealer)
    return await reopen(services, form.get(FIELD))


#: Dependency of every act of the person: form's token checked, referral reopened.
Open = Annotated[Referral, Depends(_opened)]
