"""All pages of ``/accesso``."""

from __future__ import annotations

from fastapi import APIRouter

from web.portals.access import credentials, entering, invitation, oidc, setup

router = APIRouter()
for part in (entering, invitation, setup, oidc, credentials):
    router.include_router(part.router)
