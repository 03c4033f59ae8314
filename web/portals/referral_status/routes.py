"""Routes of the person's page: the way in, what they do there, contact data, their rights."""

from __future__ import annotations

from fastapi import APIRouter

from web.portals.referral_status import acts, contact_data, entrance, new_pin, personal_data

router = APIRouter()
for part in (entrance, new_pin, acts, contact_data, personal_data):
    router.include_router(part.router)
