"""The list of operators near a place."""

from __future__ import annotations

from fastapi import APIRouter, Response
from starlette.requests import Request

import eligibility
from referrals import comuni
from referrals.provinces import sites_by_province
from settings import clock
from web.api.operators import ORDER
from web.pages.rendering import page
from web.services import Here, in_thread

router = APIRouter()
_SHOWN = 20


@router.get("/operatori")
async def operators_page(
    request: Request, services: Here, comune: str = "", provincia: str = "", misura: str = ""
) -> Response:
    """A search by comune or province and measure; without either, only the form."""
    ruleset = eligibility.load()
    provinces = ruleset.facts["provincia"].options
    measures = {
        id: eligibility.describe(id, clock.today())["title"]
        for id in ruleset.measures
        if id in eligibility.CONVERSATION_MEASURES
    }
    comune = comune.strip()[:80]
    provincia = provincia if provincia in provinces else ""
    misura = misura if misura in measures else ""
    place = comuni.find(comune, provincia or None) if comune else None
    sites = None
    if place or (provincia and not comune):
        sites = await in_thread(
            services.directory.nearest,
            comune=place.name if place else None,
            provincia=place.provincia if place else provincia,
            measure=misura or None,
            limit=_SHOWN,
            on=clock.today(),
        )
    counts = await in_thread(sites_by_province, services.directory.session_factory, misura or None, clock.today())
    return page(
        request,
        "operatori.html",
        counts=counts,
        status=200,
        comune=comune,
        provincia=provincia,
        misura=misura,
        place=place,
        not_found=bool(comune) and place is None,
        nothing_asked=bool(request.query_params) and not comune and not provincia,
        provinces=provinces,
        measures=measures,
        sites=sites,
        order=ORDER,
    )
