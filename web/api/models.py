"""The shapes of requests and answers, as the OpenAPI document publishes them.

Facts are built from the catalogue in ``eligibility/facts.yaml``: types are strict, so that a program learns of a mistake
here and not from a wrong verdict. ``null`` means that the person does not know.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictStr,
    WithJsonSchema,
    create_model,
)

import eligibility

Role = Literal["cittadino", "medico", "sportello"]
Key = Annotated[str, Field(pattern=r"^[!-~]{8,128}$")]
NAME_PATTERN = r"^[A-Za-zÀ-ÖØ-öø-ÿ][A-Za-zÀ-ÖØ-öø-ÿ .'’()/-]*$"


def _whole(value: Any) -> Any:
    """JSON has one kind of number: 75.0 is the integer 75."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e9 else value


_DAY_PATTERN = r"^(19[3-9]\d|20\d{2})-\d{2}-\d{2}$"
_DAY_SCHEMA = {"type": "string", "format": "date", "pattern": _DAY_PATTERN}


def _day_of(fact: Any) -> Callable[[str], str]:
    """Checks a date of the catalogue: ISO only, as everything a program sends."""

    def check(value: str) -> str:
        if not re.fullmatch(_DAY_PATTERN, value):
            raise ValueError("not a date")
        return str(fact.coerce(value))

    return check


def _type_of(fact: Any) -> Any:
    if fact.type == "bool":
        return StrictBool
    if fact.type == "enum":
        return Literal[tuple(fact.values)]  # type: ignore[valid-type]
    if fact.type == "int":
        limits = Field(ge=int(fact.minimum), le=int(fact.maximum), strict=True)
        return Annotated[int, limits, BeforeValidator(_whole)]
    if fact.type == "number":
        return Annotated[float, Field(ge=fact.minimum, le=fact.maximum, strict=True, allow_inf_nan=False)]
    if fact.type == "date":
        return Annotated[StrictStr, AfterValidator(_day_of(fact)), WithJsonSchema(_DAY_SCHEMA)]
    return Annotated[StrictStr, Field(min_length=1, max_length=int(fact.maximum or 80), pattern=NAME_PATTERN)]


def _facts_model() -> type[BaseModel]:
    fields: dict[str, Any] = {
        fact.id: (_type_of(fact) | None, Field(default=None, description=fact.label))
        for fact in eligibility.load().facts.values()
    }
    return create_model("Facts", __config__=ConfigDict(extra="forbid"), __doc__="What is known of a person.", **fields)


Facts = _facts_model()
MeasureId = Literal[tuple(sorted(eligibility.load().measures))]  # type: ignore[valid-type]


def _iso(value: Any) -> Any:
    """Only a text like 2026-03-31: a bare number would be read as seconds since 1970."""
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError("not a date")
    return value if isinstance(value, str | dt.date | None) else "not a date"


Day = Annotated[dt.date, BeforeValidator(_iso), WithJsonSchema({"type": "string", "format": "date"})]


def given(facts: BaseModel) -> dict[str, Any]:
    """The facts that the caller stated, ``null`` included, and no others."""
    return facts.model_dump(exclude_unset=True)


class AssessRequest(BaseModel):
    """Facts to assess, on a date (today when absent), for some measures (all when absent)."""

    model_config = ConfigDict(extra="forbid")

    facts: Facts  # type: ignore[valid-type]
    date: Day | None = None
    measures: list[MeasureId] | None = Field(None, max_length=50)  # type: ignore[valid-type]


class Source(BaseModel):
    """Where a rule comes from."""

    id: str
    title: str
    url: str | None = None


class Criterion(BaseModel):
    """One requirement of a measure, for this person."""

    model_config = ConfigDict(extra="allow")

    id: str
    outcome: Literal["soddisfatto", "non_soddisfatto", "sconosciuto"]
    text: str
    facts: list[str]
    sources: list[Source]


class Assessment(BaseModel):
    """The verdict on one measure with its reasons."""

    model_config = ConfigDict(extra="allow", protected_namespaces=())

    measure: str
    edition: str
    title: str
    verdict: Literal["ammissibile", "non_ammissibile", "da_verificare"]
    status: Literal["aperta", "chiusa", "non_ancora_aperta", "da_verificare"]
    window: dict[str, Any]
    criteria: list[Criterion]
    missing_facts: list[str]
    services: list[Any]
    documents: list[Any]


class Question(BaseModel):
    """The next thing worth asking."""

    model_config = ConfigDict(extra="allow")

    fact: str
    type: str
    options: list[dict[str, Any]] | None = None
    text: str
    why: str


class AssessResponse(BaseModel):
    """All verdicts, the ruleset that gave them and the next useful question."""

    model_config = ConfigDict(extra="allow")

    date: Day
    ruleset: str
    assessments: list[Assessment]
    next_question: Question | None


class TextMessage(BaseModel):
    """Words typed by the person; never read as a payload."""

    model_config = ConfigDict(extra="forbid")

    text: StrictStr = Field(json_schema_extra={"maxLength": 4000, "pattern": r"\S"})


class PayloadMessage(BaseModel):
    """The payload of one of the assistant's buttons."""

    model_config = ConfigDict(extra="forbid")

    payload: StrictStr = Field(json_schema_extra={"maxLength": 1000, "pattern": "^/[a-z_]+"})


class NewSession(BaseModel):
    """Who starts the conversation."""

    model_config = ConfigDict(extra="forbid")

    role: Role = "cittadino"


class Message(BaseModel):
    """One message of a conversation."""

    model_config = ConfigDict(extra="allow")

    id: str
    author: Literal["persona", "bot", "operatore"]
    at: str
    text: str
    buttons: list[dict[str, str]] | None = None
    card: dict[str, Any] | None = None


class State(BaseModel):
    """Where a conversation stands."""

    model_config = ConfigDict(extra="allow")

    facts: dict[str, Any]
    pending_question: dict[str, Any] | None
    assessments: list[Assessment]
    consents: dict[str, Any]
    referral: dict[str, Any] | None
    mode: Literal["bot", "person"]
    understood: dict[str, Any] | None = None


class Conversation(BaseModel):
    """Messages and state."""

    model_config = ConfigDict(extra="allow")

    messages: list[Message]
    state: State


class OpenedSession(Conversation):
    """A new conversation and the token that opens it."""

    session: str
    token: str


class Problem(BaseModel):
    """An error as in RFC 9457; ``type`` is stable, the words are for people."""

    model_config = ConfigDict(extra="forbid")

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[dict[str, str]] | None = None


PROBLEM_CONTENT = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error answers of a route, for its OpenAPI entry; those every route may give are included."""
    titles = {
        400: "Richiesta illeggibile", 401: "Serve il gettone", 403: "Non ammesso", 404: "Non trovato",
        405: "Operazione non prevista", 408: "Troppo lento", 409: "Stato non ammesso", 413: "Troppo grande",
        415: "Formato non ammesso", 422: "Dati da correggere", 429: "Troppe richieste", 500: "Errore interno",
        503: "Servizio non disponibile",
    }  # fmt: skip
    return {
        status: {"description": titles[status], **PROBLEM_CONTENT}
        for status in sorted({*statuses, 408, 413, 429, 500, 503})
    }
