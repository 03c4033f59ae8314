"""All pages of ``/sportello``."""

from __future__ import annotations

from fastapi import APIRouter

from web.portals.hotline import call_tasks, calls, case, live, new_pin, opening, queue, referral, sheet

router = APIRouter()
for part in (queue, live, case, sheet, referral, calls, call_tasks, new_pin, opening):
    router.include_router(part.router)
