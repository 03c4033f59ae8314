"""The operators' directory as HSDS 3.0 (docs.openreferral.org), for who builds on it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

import eligibility
from referrals import hsds
from settings import clock
from web.api.models import problems
from web.services import Here, Services, in_thread

router = APIRouter(tags=["operatori"])


def _export(services: Services) -> list[dict[str, Any]]:
    today = clock.today()
    titles = {id_: eligibility.describe(id_, today)["title"] for id_ in eligibility.load().measures}
    with services.directory.session_factory() as session:
        return hsds.export_in(session, titles)


@router.get(
    "/operators/hsds",
    summary="L'elenco degli operatori in HSDS 3.0",
    responses={200: {"model": list[dict[str, Any]]}, **problems(422)},
)
async def export_directory(services: Here) -> Response:
    """Every organization with its locations and services; identifiers are stable from one export to the next."""
    return JSONResponse(await in_thread(_export, services))
