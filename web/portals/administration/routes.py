"""All pages of ``/amministrazione``."""

from __future__ import annotations

from fastapi import APIRouter

from web.portals.administration import (
    account,
    accounts,
    messages,
    operators,
    overview,
    register,
    retention,
    sessions,
    texts,
)

router = APIRouter()
for part in (overview, accounts, account, sessions, operators, messages, retention, register, texts):
    router.include_router(part.router)
