"""All pages of the operators' portal."""

from __future__ import annotations

from fastapi import APIRouter

from web.portals.operators import card, connections, entry, inbox, plan, projects

router = APIRouter()
for part in (entry, inbox, card, plan, projects, connections):
    router.include_router(part.router)
