"""All pages."""

from __future__ import annotations

from fastapi import APIRouter

from web.pages import chat, confirmation, directory, fixed, mailbox, measures, requirements, sheet

router = APIRouter(include_in_schema=False)
for part in (chat, confirmation, requirements, measures, directory, mailbox, fixed, sheet):
    router.include_router(part.router)
