"""Routes of the person's page: the way in, what they do there, contact data."""

from __future__ import annotations

from fastapi import APIRouter

from web.portals.referral_status import acts, contact_data, entrance

router = APIRouter()
for part in (entrance, acts, contact_data):
    router.include_router(part.router)
