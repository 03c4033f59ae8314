"""All pages of ``/sportello``."""

from __future__ import annotations

from fastapi import APIRouter

from web.portals.hotline import calls, case, live, opening, queue, referral, sheet

router = APIRouter()
for part in (queue, live, case, sheet, referral, calls, opening):
    router.include_router(part.router)
