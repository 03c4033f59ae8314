"""Referrals to operators over HTTP. A PIN travels in a header or a body, never in an address."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Path, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, StrictStr
from pydantic.json_schema import SkipJsonSchema
from starlette.requests import Request

import texts
from cases.budgets import BudgetSpent
from cases.errors import CaseNotFound
from cases.record import CaseRecord
from referrals import codes, errors
from referrals.contact import Contact, ContactError
from referrals.views import Referral
from settings import clock
from web.api.access import bearer_of, cookies_of, tokens_of
from web.api.models import Key, MeasureId, Role, problems
from web.problems import Problem
from web.security import devices
from web.security.csrf import check_origin
from web.services import Here, Services, in_thread

router = APIRouter(prefix="/referrals", tags=["segnalazioni"])

Code = Annotated[str, Path(max_length=40, description="Codice della segnalazione.")]
Pin = Annotated[
    Annotated[str, Field(max_length=20)] | SkipJsonSchema[None],
    Header(alias="X-PIN", description="PIN della segnalazione."),
]


class ContactData(BaseModel):
    """How to reach the person: a name, and a telephone number or an e-mail address."""

    model_config = ConfigDict(extra="forbid")

    nome: StrictStr = Field(min_length=2, max_length=100)
    telefono: StrictStr | None = Field(None, max_length=30)
    email: StrictStr | None = Field(None, max_length=200)
    codice_fiscale: StrictStr | None = Field(None, max_length=16)


class ConsentGiven(BaseModel):
    """The person agreed to the text of ``GET /referrals/consent``."""

    model_config = ConfigDict(extra="forbid")

    accepted: Literal[True]
    version: StrictStr = Field(max_length=64)


class NewReferral(BaseModel):
    """A referral of the person whose conversation the token opens."""

    model_config = ConfigDict(extra="forbid")

    site_id: StrictStr = Field(min_length=1, max_length=64)
    measure: MeasureId  # type: ignore[valid-type]
    contact: ContactData
    consent: ConsentGiven


class PinGiven(BaseModel):
    """Proof that the caller may act on a referral."""

    model_config = ConfigDict(extra="forbid")

    pin: StrictStr = Field(max_length=20)


class OpenedReferral(BaseModel):
    """What the person keeps."""

    code: str
    pin: str
    state: str
    operator: str


class ReferralView(BaseModel):
    """A referral without personal data."""

    model_config = ConfigDict(extra="allow")

    code: str
    state: str
    operator: str
    measure: str


class ConsentText(BaseModel):
    """The exact words to agree to."""

    version: str
    text: str


def invio_text(services: Services, site_id: str, role: str) -> str:
    """The consent to sending, with the operator's name in it.

    :raises Problem: ``operatore-non-trovato``.
    """
    site = services.directory.site(site_id)
    if site is None:
        raise Problem("operatore-non-trovato")
    return texts.say("consensi.invio", role, operatore=site.operator)


@router.get(
    "/consent", summary="Il testo del consenso all'invio", responses={200: {"model": ConsentText}, **problems(404, 422)}
)
async def read_consent(
    services: Here,
    site_id: Annotated[str, Query(min_length=1, max_length=64)],
    audience: Annotated[Role, Query()] = "cittadino",
) -> Response:
    """What the person must read, or hear, before agreeing."""
    text = await in_thread(invio_text, services, site_id, audience)
    return JSONResponse({"version": texts.say("consensi.versione"), "text": text})


async def _own_case(request: Request, services: Here) -> CaseRecord:
    for token in tokens_of(request):
        try:
            record = await in_thread(services.cases.case_for_token, token, clock.now())
        except CaseNotFound:
            continue
        if bearer_of(request) is None:
            check_origin(request)
        return record
    raise Problem("accesso-richiesto", headers={"WWW-Authenticate": "Bearer"})


@router.post(
    "",
    status_code=201,
    summary="Apri una segnalazione",
    responses={201: {"model": OpenedReferral}, **problems(400, 401, 403, 404, 409, 422)},
)
async def open_referral(
    body: NewReferral,
    services: Here,
    record: Annotated[CaseRecord, Depends(_own_case)],
    key: Annotated[Key, Header(alias="Idempotency-Key")],
) -> Response:
    """Register a referral; the same Idempotency-Key gives back the same code and PIN."""
    await services.limits.session(record.id)
    version = texts.say("consensi.versione")
    if body.consent.version != version:
        raise Problem("consenso-superato")
    try:
        opened = await in_thread(
            services.referrals.open,
            record.id,
            body.site_id,
            body.measure,
            Contact(**body.contact.model_dump()),
            await in_thread(invio_text, services, body.site_id, record.role),
            version,
            f"{record.id}:api:{key}",
            clock.now(),
        )
    except errors.SiteNotFound:
        raise Problem("operatore-non-trovato") from None
    except ContactError as wrong:
        found = [{"field": f"contact.{wrong.field}", "message": str(wrong)}]
        raise Problem("richiesta-non-valida", errors=found) from None
    except errors.AlreadyOpen:
        raise Problem("segnalazione-gia-aperta") from None
    except errors.IdempotencyConflict:
        raise Problem("chiave-riusata") from None
    except errors.AccountNeeded:
        raise Problem("serve-accesso") from None
    except BudgetSpent as spent:
        seconds = max(1, int((spent.until - clock.now()).total_seconds()))
        raise Problem("troppe-segnalazioni", headers={"Retry-After": str(seconds)}) from None
    except CaseNotFound:
        raise Problem("sessione-non-trovata") from None
    services.news.announce(record.id)
    content = {"code": opened.code, "pin": opened.pin, "state": opened.state, "operator": opened.operator}
    return JSONResponse(content, status_code=201, headers={"Location": f"/api/v1/referrals/{opened.code}"})


def pin_door(code: str) -> str:
    """The door of a referral, as browsers that opened it are remembered (:mod:`web.security.devices`)."""
    return f"pin:{codes.normalise(code) or code[:40]}"


async def referral_for(services: Services, request: Request, code: str, pin: str | None) -> Referral:
    """The referral, if the PIN or a conversation's token opens it.

    :raises Problem: ``segnalazione-non-trovata`` (also for a wrong PIN, so that codes cannot be tried),
        ``troppi-tentativi``.
    """
    try:
        referral = await in_thread(services.referrals.get, code)
    except errors.ReferralNotFound:
        referral = None
    if pin is not None:
        whence = devices.whence(request, services.sealer, pin_door(code))
        if whence.device is None:
            await services.limits.before("pin", request)
        try:
            good = await in_thread(services.referrals.check_pin, code, pin, clock.now(), whence)
        except errors.PinLocked as locked:
            seconds = max(1, int((locked.until - clock.now()).total_seconds()))  # type: ignore[operator]
            raise Problem("troppi-tentativi", headers={"Retry-After": str(seconds)}, seconds=seconds) from None
        if good and referral is not None:
            return referral
        await services.limits.failed("pin", request)
    elif referral is not None and referral.case_id:
        for token in tokens_of(request):
            try:
                record = await in_thread(services.cases.case_for_token, token, clock.now())
            except CaseNotFound:
                continue
            if record.id == referral.case_id:
                return referral
    raise Problem("segnalazione-non-trovata")


@router.get("/{code}", summary="A che punto è", responses={200: {"model": ReferralView}, **problems(404, 422)})
async def read_referral(code: Code, services: Here, request: Request, pin: Pin = None) -> Response:
    """State and history, with the PIN in ``X-PIN`` or the token of the conversation."""
    referral = await referral_for(services, request, code, pin)
    return JSONResponse(referral.to_dict())


@router.post(
    "/{code}/cancel", summary="Annulla", responses={200: {"model": ReferralView}, **problems(400, 403, 404, 409, 422)}
)
async def cancel_referral(code: Code, services: Here, request: Request, body: PinGiven | None = None) -> Response:
    """The person cancels; allowed until the personal plan is signed."""
    if cookies_of(request):
        check_origin(request)
    referral = await referral_for(services, request, code, body.pin if body else None)
    return JSONResponse((await cancel(services, referral)).to_dict())


async def cancel(services: Services, referral: Referral) -> Referral:
    """Cancel in the person's name.

    :raises Problem: ``stato-non-ammesso``.
    """
    try:
        changed = await in_thread(services.referrals.cancel, referral.code, "persona", clock.now())
    except errors.NotAllowed:
        raise Problem("stato-non-ammesso") from None
    if referral.case_id:
        services.news.announce(referral.case_id)
    return changed
