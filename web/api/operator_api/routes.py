"""All routes of the operators' API."""

from __future__ import annotations

from fastapi import APIRouter

from web.api.operator_api import connections, referrals

router = APIRouter(prefix="/operator", tags=["sistemi degli operatori"])
for part in (referrals, connections):
    router.include_router(part.router)
