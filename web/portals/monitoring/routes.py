"""All pages of ``/monitoraggio``."""

from __future__ import annotations

from fastapi import APIRouter

from web.portals.monitoring import data, drafts, rules

router = APIRouter()
for part in (data, rules, drafts):
    router.include_router(part.router)
