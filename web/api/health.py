"""Whether the process lives and whether the product can serve."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from web.services import Here

router = APIRouter(tags=["servizio"])


@router.get("/health/live", summary="Il processo è vivo", responses={200: {"model": dict[str, str]}})
async def live() -> Response:
    """Answers as long as the process can answer."""
    return JSONResponse({"status": "ok"})


@router.get(
    "/health/ready",
    summary="Il servizio è pronto",
    responses={200: {"model": dict[str, object]}, 503: {"model": dict[str, object]}},
)
async def ready(services: Here) -> Response:
    """200 when database, action server and dialogue engine are ready, else 503; says which is not."""
    components = await services.readiness.components()
    good = all(components.values())
    return JSONResponse(
        {"status": "ok" if good else "waiting", "components": components}, status_code=200 if good else 503
    )
