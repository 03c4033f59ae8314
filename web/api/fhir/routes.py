"""FHIR over HTTP: export of a referral, import of a Task's status.

The key is the operator's (or, for the export, the referral's PIN, for the system of whoever sent the person). What FHIR
itself finds wrong is told as an OperationOutcome; the rest as everywhere, as a problem document.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request

from referrals import fhir
from referrals.errors import NotAllowed, ReasonRequired, ReferralNotFound
from referrals.views import Referral
from settings import clock
from web.api.models import problems
from web.api.operator_api.access import Calling, caller, own_referral
from web.api.referrals import Pin, referral_for
from web.problems import Problem
from web.services import Here, Services, in_thread

router = APIRouter(prefix="/fhir", tags=["FHIR R4"])
MEDIA_TYPE = "application/fhir+json"
Code = Annotated[str, Path(max_length=40, description="Codice della segnalazione.")]


class Resource(BaseModel):
    """A FHIR resource; the FHIR library checks it in full."""

    model_config = ConfigDict(extra="allow")

    resourceType: str


async def _visible(request: Request, code: Code, services: Here, pin: Pin = None) -> Referral:
    """The referral, for its operator's key or for its PIN."""
    if pin is not None:
        return await referral_for(services, request, code, pin)
    return await own_referral(code, await caller(request, services), services)


Visible = Annotated[Referral, Depends(_visible)]


def _fhir(content: dict[str, Any], status: int = 200) -> Response:
    return JSONResponse(content, status_code=status, media_type=MEDIA_TYPE)


def _version(referral: Referral) -> str:
    """The ETag of what a referral shows: another one after every change."""
    seen = f"{referral.state} {referral.reason} {referral.updated_at.isoformat()} {referral.expires_at}"
    return f'W/"{hashlib.sha256(seen.encode()).hexdigest()[:16]}"'


def _names(header: str | None, version: str) -> bool:
    """Whether a header of entity tags names this version (compared weakly) or any."""
    tags = {tag.strip().removeprefix("W/") for tag in (header or "").split(",")}
    return "*" in tags or version.removeprefix("W/") in tags


async def _shown(request: Request, referral: Referral, make: Callable[..., dict[str, Any]], *more: str) -> Response:
    version = _version(referral)
    if _names(request.headers.get("if-none-match"), version):
        return Response(status_code=304, headers={"ETag": version})
    answer = _fhir(await in_thread(make, referral, *more))
    answer.headers["ETag"] = version
    return answer


def _part(referral: Referral, kind: str) -> dict[str, Any]:
    bundle = fhir.export(referral)
    found: dict[str, Any] = next(e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == kind)
    return found


def _described(summary: str, *statuses: int) -> dict[str, Any]:
    content = {"content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Resource"}}}}
    return {
        "summary": summary,
        "responses": {200: {"model": Resource, **content}, **problems(401, 404, 422, *statuses)},
    }


@router.get("/Bundle/{code}", **_described("La segnalazione come Bundle"))
async def bundle(request: Request, referral: Visible) -> Response:
    """A collection with the ServiceRequest and its Task: codes and states, no personal datum."""
    return await _shown(request, referral, fhir.export)


@router.get("/ServiceRequest/{code}", **_described("La segnalazione come ServiceRequest"))
async def service_request(request: Request, referral: Visible) -> Response:
    """What was asked, and of whom."""
    return await _shown(request, referral, _part, "ServiceRequest")


@router.get("/Task/{code}", **_described("Lo stato come Task"))
async def task(request: Request, referral: Visible) -> Response:
    """How far it is: ``Task.status`` and, more finely, ``businessStatus``."""
    return await _shown(request, referral, _part, "Task")


_IMPORT = _described("Aggiorna lo stato con un Task", 400, 409)
_IMPORT["responses"][412] = {"description": "La versione di If-Match non è più quella: la legga di nuovo."}
_IMPORT["responses"][422]["content"] = {
    **_IMPORT["responses"][422]["content"],
    MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Resource"}},
}


@router.put("/Task/{code}", **_IMPORT)
async def import_task(
    request: Request,
    code: Code,
    services: Here,
    calling: Calling,
    resource: Annotated[Resource, Body()],
) -> Response:
    """Apply ``accepted``, ``rejected`` or ``cancelled`` (the last two with ``statusReason``)."""
    referral = await own_referral(code, calling, services)
    wanted = request.headers.get("if-match")
    if wanted is not None and not _names(wanted, _version(referral)):
        return _fhir(_issue("conflict", "La segnalazione è cambiata dopo la lettura. La legga di nuovo."), 412)
    content = resource.model_dump()
    try:
        changed = await in_thread(_apply, services, content, calling.operator_id, referral)
    except fhir.FhirError as wrong:
        return _fhir(_issue("invalid", str(wrong)), 422)
    except ReasonRequired:
        return _fhir(_issue("required", "Per questo stato serve statusReason."), 422)
    except NotAllowed:
        raise Problem("stato-non-ammesso") from None
    except ReferralNotFound:
        raise Problem("segnalazione-sconosciuta") from None
    if changed.case_id:
        services.news.announce(changed.case_id)
    answer = _fhir(await in_thread(_part, changed, "Task"))
    answer.headers["ETag"] = _version(changed)
    return answer


def _apply(services: Services, content: dict[str, Any], operator_id: str, referral: Referral) -> Referral:
    names = [i.get("value") for i in content.get("identifier") or [] if isinstance(i, dict)]
    if referral.code not in names:
        raise fhir.FhirError("Il codice nella risorsa non è quello dell'indirizzo.")
    return fhir.import_status(services.referrals, content, operator_id, clock.now())


def _issue(code: str, text: str) -> dict[str, Any]:
    issue = {"severity": "error", "code": code, "diagnostics": text}
    return {"resourceType": "OperationOutcome", "issue": [issue]}
