"""The only module of the application that knows how to talk with the dialogue engine."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError


class BotUnavailable(Exception):
    """The dialogue engine or its actions gave no usable answer; the turn must be tried again later."""

    def __init__(self, reason: str) -> None:
        """:param reason: a word for the log: ``timeout``, ``connection``, ``status``, ``unreadable``, ``unhandled``."""
        super().__init__(reason)
        self.reason = reason


class Button(BaseModel):
    """A choice offered under a message."""

    title: str
    payload: str


class BotMessage(BaseModel):
    """One message of the assistant."""

    model_config = ConfigDict(extra="ignore")

    text: str | None = None
    buttons: list[Button] | None = None
    custom: dict[str, Any] | None = None


class Understood(BaseModel):
    """What the engine read in the person's message."""

    model_config = ConfigDict(extra="ignore")

    intent: str | None = None
    confidence: float | None = None
    ranking: list[dict[str, Any]] = Field(default_factory=list)
    facts: dict[str, Any] = Field(default_factory=dict)


class BotReply(BaseModel):
    """The whole answer to one turn."""

    model_config = ConfigDict(extra="ignore")

    messages: list[BotMessage]
    understood: Understood = Field(default_factory=Understood)
    handled: bool = True


@dataclass(frozen=True)
class BotTurn:
    """What the engine is told. ``text`` beginning with ``/`` is a payload, so callers must have checked it."""

    case_id: str
    message_id: str
    text: str
    role: Literal["cittadino", "medico", "sportello"]
    question: str | None
    result_shown: bool
    today: dt.date
    extra: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The body of the channel's request."""
        return {
            "sender": self.case_id,
            "message_id": self.message_id,
            "text": self.text,
            "metadata": {
                "question": self.question,
                "role": self.role,
                "result_shown": self.result_shown,
                "today": self.today.isoformat(),
                **self.extra,
            },
        }


class BotClient:
    """Keeps a pool of connections to the engine's channel."""

    def __init__(self, url: str, token: str, timeout_seconds: float) -> None:
        """
        :param url: base address of the engine.
        :param token: shared secret of gateway and engine.
        :param timeout_seconds: longest wait for a whole answer.
        """
        self._http = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(timeout_seconds, connect=min(2.0, timeout_seconds)),
            limits=httpx.Limits(max_connections=100, max_keepalive_connections=32, keepalive_expiry=30),
            trust_env=False,  # a proxy of the environment must never see a conversation
        )

    async def send(self, turn: BotTurn) -> BotReply:
        """Hand over one turn and wait for the answer.

        :raises BotUnavailable: no answer in time, a broken one, or one that an action could not complete.
        """
        try:
            response = await self._http.post("/webhooks/rientro/messages", json=turn.to_json())
        except httpx.TimeoutException as error:
            raise BotUnavailable("timeout") from error
        except httpx.HTTPError as error:
            raise BotUnavailable("connection") from error
        if response.status_code != 200:
            raise BotUnavailable("status")
        try:
            reply = BotReply.model_validate_json(response.content)
        except ValidationError as error:
            raise BotUnavailable("unreadable") from error
        if not reply.handled:
            raise BotUnavailable("unhandled")
        return reply

    async def understand(self, text: str, question: str | None, role: str, today: dt.date) -> Understood:
        """Read a text without a conversation: no action runs and the engine keeps nothing.

        :param question: the fact in whose light short answers are read, if one is being asked.
        :raises BotUnavailable: no answer in time, or a broken one.
        """
        metadata = {"question": question, "role": role, "result_shown": False, "today": today.isoformat()}
        body = {"text": text, "metadata": metadata}
        try:
            response = await self._http.post("/webhooks/rientro/understand", json=body)
        except httpx.TimeoutException as error:
            raise BotUnavailable("timeout") from error
        except httpx.HTTPError as error:
            raise BotUnavailable("connection") from error
        if response.status_code != 200:
            raise BotUnavailable("status")
        try:
            return Understood.model_validate(response.json()["understood"])
        except (ValueError, KeyError, TypeError) as error:
            raise BotUnavailable("unreadable") from error

    async def forget(self, case_id: str) -> bool:
        """Erase what the engine remembers of a conversation; False when it could not be told now."""
        try:
            response = await self._http.delete(f"/webhooks/rientro/conversations/{case_id}")
        except httpx.HTTPError:
            return False
        return response.status_code in (200, 204, 404)

    async def is_ready(self) -> bool:
        """Whether the engine answers with its model loaded."""
        try:
            response = await self._http.get("/webhooks/rientro/health", timeout=2.0)
        except httpx.HTTPError:
            return False
        return response.status_code == 200

    async def aclose(self) -> None:
        """Close the pool."""
        await self._http.aclose()
