"""Shapes of requests and answers of the operators' API."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictBool, StrictStr

from referrals.appointments import PLACES
from referrals.operators import OUTCOMES
from referrals.slots import MOST
from referrals.states import REASONS, State
from web.api.models import Day

StateName = Literal[tuple(str(state) for state in State)]  # type: ignore[valid-type]
ReasonCode = Literal[tuple(REASONS)]  # type: ignore[valid-type]
Place = Literal[PLACES]  # type: ignore[valid-type]
Outcome = Literal[OUTCOMES]  # type: ignore[valid-type]
Hours = Annotated[float, Field(gt=0, lt=1_000_000, strict=True, allow_inf_nan=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Item(BaseModel):
    """One line of the list: nothing about the person."""

    code: str
    state: str
    measure: str
    site: str
    created_at: dt.datetime
    updated_at: dt.datetime
    expires_at: dt.datetime | None


class ItemPage(BaseModel):
    """A page of the list. ``after`` goes into the next request; null at the end."""

    items: list[Item]
    counts: dict[str, int]
    after: str | None


class ContactView(BaseModel):
    """How to reach the person."""

    nome: str
    telefono: str | None
    email: str | None
    codice_fiscale: str | None


class CardView(BaseModel):
    """A referral in full. ``contact`` is null while hidden (``contact_hidden``) or once erased."""

    model_config = ConfigDict(extra="allow")

    code: str
    state: str
    measure: str
    contact: ContactView | None
    contact_hidden: bool
    preferences: dict[str, Any] | None
    may: list[str]
    plan: dict[str, Any] | None
    screening: dict[str, Any] | None


class NewState(_Strict):
    """A step of the operator. ``reason`` (or ``note``, free text) is needed to refuse and to cancel."""

    state: Literal["presa_in_carico", "rifiutata", "annullata"]
    reason: ReasonCode | None = None  # type: ignore[valid-type]
    note: Annotated[StrictStr, Field(min_length=1, max_length=500, pattern=r"\S")] | None = None


class SlotBody(_Strict):
    """A time on offer, with its time zone."""

    starts_at: AwareDatetime
    minutes: Annotated[int, Field(ge=5, le=480, strict=True)] = 60
    place: Place = "sede"  # type: ignore[valid-type]


class Offer(_Strict):
    """Times for the person to choose from; ``agreed``: one time, already settled by telephone."""

    slots: list[SlotBody] = Field(min_length=1, max_length=MOST)
    agreed: StrictBool = False


class AppointmentView(BaseModel):
    """A meeting."""

    id: str
    starts_at: dt.datetime
    minutes: int
    place: str
    status: str


class Quantity(_Strict):
    """Hours and euro of a service, as far as they are settled."""

    hours: Hours | None = None
    amount: Hours | None = None


class PlanBody(_Strict):
    """Services of the personal plan, by id."""

    services: dict[str, Quantity] = Field(min_length=1, max_length=50)


class SignedPlan(PlanBody):
    """A signed plan. ``despite_remarks``: it was signed although the check finds something to correct."""

    signed_on: Day
    despite_remarks: StrictBool = False


class PlanView(BaseModel):
    """The check of a plan."""

    model_config = ConfigDict(extra="allow")

    outcome: Literal["conforme", "da_verificare", "da_correggere"]
    remarks: list[dict[str, Any]]


class OutcomeBody(_Strict):
    """How it went."""

    outcome: Outcome  # type: ignore[valid-type]


class WebhookBody(_Strict):
    """Where to send events: HTTPS, public."""

    url: Annotated[StrictStr, Field(min_length=8, max_length=300)]


class WebhookView(BaseModel):
    """The webhook in force; null without one."""

    url: str | None


class WebhookSecret(WebhookView):
    """The secret that signs the events, in hexadecimal; it is in this answer only."""

    secret: str


class KeyView(BaseModel):
    """A key in force; ``id`` names it without being it."""

    id: str
    created_at: dt.datetime
    expires_at: dt.datetime
    used_at: dt.datetime | None


class NewKey(BaseModel):
    """A new key; it is in this answer only."""

    key: str
