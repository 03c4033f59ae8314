"""All pages."""

from __future__ import annotations

from fastapi import APIRouter

from web.pages import chat, directory, fixed, mailbox, measures, referral, requirements

router = APIRouter(include_in_schema=False)
for part in (chat, requirements, measures, directory, referral, mailbox, fixed):
    router.include_router(part.router)
