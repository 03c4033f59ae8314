"""Whose key a request carries, and which referrals it may touch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path
from starlette.requests import Request

from referrals.errors import LinkInvalid, ReferralNotFound
from referrals.operators import OperatorSide
from referrals.states import Actor
from referrals.views import Referral
from settings import clock
from settings.logs import get_logger
from web.api.access import bearer_of
from web.problems import Problem
from web.services import Here, in_thread

log = get_logger()
Code = Annotated[str, Path(max_length=40, description="Codice della segnalazione.")]


@dataclass(frozen=True)
class Caller:
    """The operator whose system is calling."""

    operator_id: str

    @property
    def actor(self) -> str:
        """How referrals and the journal name the operator."""
        return f"{Actor.OPERATORE}:{self.operator_id}"


async def caller(request: Request, services: Here) -> Caller:
    """The operator of the bearer key.

    :raises Problem: ``chiave-operatore`` (401).
    """
    key = bearer_of(request)
    if key:
        found: str | None = None
        try:
            found = await in_thread(OperatorSide(services.referrals).operator_for_key, key, clock.now())
        except LinkInvalid:
            pass
        if found and await in_thread(services.directory.active_operator, found):
            return Caller(found)
    raise Problem("chiave-operatore", headers={"WWW-Authenticate": "Bearer"})


Calling = Annotated[Caller, Depends(caller)]


async def own_referral(code: Code, calling: Calling, services: Here) -> Referral:
    """A referral of the caller's.

    :raises Problem: ``segnalazione-sconosciuta`` (404), for another operator's too.
    """
    try:
        referral = await in_thread(services.referrals.get, code)
    except ReferralNotFound:
        raise Problem("segnalazione-sconosciuta") from None
    if referral.operator_id != calling.operator_id:
        log.warning("referral of another operator asked for", operator=calling.operator_id)
        raise Problem("segnalazione-sconosciuta")
    return referral


Own = Annotated[Referral, Depends(own_referral)]
