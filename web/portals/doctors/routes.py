"""All pages of ``/medici``, and the patient's page of a link."""

from __future__ import annotations

from fastapi import APIRouter

from web.portals.doctors import checking, materials, paper_pages, patient, referring, sent_pages

router = APIRouter()
for part in (checking, paper_pages, referring, sent_pages, materials, patient):
    router.include_router(part.router)
