"""All pages of ``/accesso``."""

from __future__ import annotations

from fastapi import APIRouter

from web.portals.access import again, credentials, entering, invitation, leaving, oidc, setup

router = APIRouter()
for part in (entering, invitation, setup, oidc, credentials, again, leaving):
    router.include_router(part.router)
