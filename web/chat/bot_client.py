"""The only module of the application that knows how to talk with the dialogue engine."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import aiohttp
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from settings import correlation
from web.chat.engines import Engines
from web.metrics import ENGINE_SECONDS, UNDERSTANDING_SECONDS

# How the engine tells the time it took to understand, in the header of that name.
_UNDERSTANDING = re.compile(r"understand;dur=([0-9.]{1,12})(?:$|,)")

_IDLE_SECONDS = 3.0  # shorter than the engine's 5, so that we never write into a connection it is closing
_STOPPED = 422  # the answer to a text whose reading the engine had to stop
_SOON = aiohttp.ClientTimeout(total=2.0)


class BotUnavailable(Exception):
    """The dialogue engine or its actions gave no usable answer; the turn must be tried again later."""

    def __init__(self, reason: str) -> None:
        """:param reason: a word for the log: ``stopped`` (the engine gave the reading up), ``timeout``, ``connection``,
        ``status``, ``unreadable``, ``unhandled``.
        """
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
    acts: list[dict[str, Any]] = Field(default_factory=list)
    safety: Literal["none", "concern", "emergency"] = "none"
    uncertain: list[dict[str, Any]] = Field(default_factory=list)


class BotReply(BaseModel):
    """The whole answer to one turn."""

    model_config = ConfigDict(extra="ignore")

    messages: list[BotMessage]
    understood: Understood = Field(default_factory=Understood)
    handled: bool = True
    stopped: bool = False


class _Reading(BaseModel):
    understood: Understood


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
    """Keeps pools of connections to the channels of the engines."""

    def __init__(self, urls: Sequence[str], token: str, timeout_seconds: float) -> None:
        """
        :param urls: base addresses of the engines.
        :param token: shared secret of gateway and engines.
        :param timeout_seconds: longest wait for a whole answer.
        """
        self._engines = Engines(urls)
        self._headers = {"Authorization": f"Bearer {token}"}
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds, sock_connect=min(2.0, timeout_seconds))
        self._long = timeout_seconds / 2
        self._session: aiohttp.ClientSession | None = None

    def _http(self) -> aiohttp.ClientSession:
        """The session, made in the running loop when it is first needed; it knows of no proxy and keeps no cookies."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=100, keepalive_timeout=_IDLE_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers=self._headers,
                timeout=self._timeout,
            )
        return self._session

    async def send(self, turn: BotTurn) -> BotReply:
        """Hand over one turn and wait for the answer.

        :raises BotUnavailable: no answer in time, a broken one, or one that an action could not complete.
        """
        with ENGINE_SECONDS.time():
            content, timing = await self._post("/webhooks/rientro/messages", turn.case_id, turn.to_json())
        try:
            reply = BotReply.model_validate_json(content)
        except ValidationError as error:
            raise BotUnavailable("unreadable") from error
        if took := _UNDERSTANDING.search(timing):
            UNDERSTANDING_SECONDS.observe(float(took.group(1)) / 1000)
        if reply.stopped:
            raise BotUnavailable("stopped")
        if not reply.handled:
            raise BotUnavailable("unhandled")
        return reply

    async def understand(self, text: str, question: str | None, role: str, today: dt.date) -> Understood:
        """Read a text without a conversation: no action runs and the engine keeps nothing.

        :param question: the fact in whose light short answers are read, if one is being asked.
        :raises BotUnavailable: no answer in time, or a broken one.
        """
        metadata = {"question": question, "role": role, "result_shown": False, "today": today.isoformat()}
        content, _ = await self._post("/webhooks/rientro/understand", text, {"text": text, "metadata": metadata})
        try:
            return _Reading.model_validate_json(content).understood
        except ValidationError as error:
            raise BotUnavailable("unreadable") from error

    async def _post(self, path: str, who: str, body: dict[str, Any]) -> tuple[bytes, str]:
        """Ask the engines in their order until one answers; returns its answer and the times it tells.

        A connection refused or broken leads to the next engine, and at last to the first one again, for it may just
        have closed an idle connection: a message may be handed over twice in any case, and what it does is done once
        (docs/architecture.md). One that is slow is waited for.

        :param who: what the choice of the engine depends on.
        """
        engines = await self._engines.order(who)
        for url in (*engines, *engines[:1]):
            began = time.monotonic()
            try:
                async with self._http().post(url + path, json=body, headers=correlation.headers()) as response:
                    content = await response.read()
            except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError) as error:
                self._engines.away(url)
                if time.monotonic() - began > self._long:
                    # It died over this text, or hung and was ended: no other engine is to meet the same.
                    raise BotUnavailable("timeout") from error
                continue
            except TimeoutError as error:
                raise BotUnavailable("timeout") from error
            except aiohttp.ClientError as error:
                raise BotUnavailable("connection") from error
            if response.status != 200:
                raise BotUnavailable("stopped" if response.status == _STOPPED else "status")
            return content, response.headers.get("server-timing", "")
        raise BotUnavailable("connection")

    async def forget(self, case_id: str) -> bool:
        """Erase what the engines remember of a conversation; False when one of them could not be told now."""

        async def tell(url: str) -> bool:
            try:
                async with self._http().delete(f"{url}/webhooks/rientro/conversations/{case_id}") as response:
                    return response.status in (200, 204, 404)
            except (aiohttp.ClientError, TimeoutError):
                return False

        # All of them: the conversation may have moved while an engine was away.
        told = await asyncio.gather(*(tell(url) for url in await self._engines.all()))
        return bool(told) and all(told)

    async def is_ready(self) -> bool:
        """Whether at least one engine answers with its model loaded."""

        async def answers(url: str) -> bool:
            try:
                async with self._http().get(f"{url}/webhooks/rientro/health", timeout=_SOON) as response:
                    return response.status == 200
            except (aiohttp.ClientError, TimeoutError):
                return False

        return any(await asyncio.gather(*(answers(url) for url in await self._engines.all())))

    async def aclose(self) -> None:
        """Close the pools."""
        if self._session is not None:
            await self._session.close()
