"""Routes of the person's page, besides the way in (``web/pages/referral.py``)."""

from __future__ import annotations

from fastapi import APIRouter

from web.portals.referral_status import acts, contact_data

router = APIRouter()
for part in (acts, contact_data):
    router.include_router(part.router)
