"""The measures, as the rule data describe them."""

from __future__ import annotations

from fastapi import APIRouter, Response
from starlette.requests import Request

import eligibility
from settings import clock
from web.pages.rendering import form_page, page
from web.problems import Problem

router = APIRouter()
# What can be asked for today comes first.
_ORDER = ("aperta", "da_verificare", "non_ancora_aperta", "chiusa")


@router.get("/misure")
async def measures_page(request: Request) -> Response:
    """Every measure with its status today."""
    today = clock.today()
    found = [eligibility.describe(measure, today, "cittadino") for measure in eligibility.load().measures]
    found.sort(key=lambda measure: (_ORDER.index(measure["status"]), measure["kind"] != "person", measure["title"]))
    return page(
        request, "misure.html", measures=found, signposts=eligibility.signposts({}, today, "cittadino"), today=today
    )


@router.get("/misure/{id}")
async def measure_page(request: Request, id: str) -> Response:
    """One measure in full."""
    if id not in eligibility.load().measures:
        raise Problem("misura-non-trovata")
    today = clock.today()
    described = eligibility.describe(id, today, "cittadino")
    return form_page(request, "misura.html", measure=described, today=today)
