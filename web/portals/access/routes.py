"""All pages of ``/accesso``."""

from __future__ import annotations

from fastapi import APIRouter

from web.portals.access import entering, invitation, oidc, own, setup

router = APIRouter()
for part in (entering, invitation, setup, oidc, own):
    router.include_router(part.router)
