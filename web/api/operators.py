"""Accredited operators near a place."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from settings import clock
from web.api.models import NAME_PATTERN, MeasureId, problems
from web.services import Here, in_thread

router = APIRouter(tags=["operatori"])

PlaceName = Annotated[str, Field(min_length=1, max_length=80, pattern=NAME_PATTERN)]
Province = Annotated[str, Field(pattern="^[A-Z]{2}$")]

# How the list is ordered, said wherever it is shown.
ORDER = (
    "Prima le sedi più vicine, a passi di 3 km. A parità di distanza: sedi con posti liberi, dati confermati di recente, "
    "poi un turno che cambia ogni giorno."
)


@router.get(
    "/operators", summary="Gli operatori vicini", responses={200: {"model": list[dict[str, Any]]}, **problems(422)}
)
async def list_operators(
    services: Here,
    comune: Annotated[PlaceName | SkipJsonSchema[None], Query()] = None,
    provincia: Annotated[Province | SkipJsonSchema[None], Query()] = None,
    measure: Annotated[MeasureId | SkipJsonSchema[None], Query()] = None,  # type: ignore[valid-type]
    limit: Annotated[int, Query(ge=1, le=100)] = 5,
) -> Response:
    """Active sites that offer the measure, in the declared order; ``km`` is null when the distance is unknown."""
    found = await in_thread(
        services.directory.nearest, comune=comune, provincia=provincia, measure=measure, limit=limit, on=clock.today()
    )
    return JSONResponse(jsonable_encoder([asdict(site) for site in found]))
