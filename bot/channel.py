"""The channel between gateway and dialogue engine: JSON over loopback, with a bearer token."""

from __future__ import annotations

import gc
import hmac
import logging
import os
import time
import unicodedata
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any

from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot import correlation
from bot.deadline import Stopped
from bot.processor import watch_failures
from bot.tracker_store import EncryptedTrackerStore

logger = logging.getLogger(__name__)

METADATA_KEYS = ("question", "role", "result_shown", "today")
MAX_TEXT = 20_000
MAX_SENDER = 200


class WholeMessages(OutputChannel):
    """Collects each message of the bot whole: text, buttons and card together, paragraphs unbroken."""

    def __init__(self) -> None:
        """Nothing collected yet."""
        self.messages: list[dict[str, Any]] = []

    @classmethod
    def name(cls) -> str:
        """Name of the channel."""
        return "rientro"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Called by Rasa for each message."""
        self.messages.append({key: message[key] for key in ("text", "buttons", "custom") if message.get(key)})


class MissingToken(RuntimeError):
    """``RIENTRO_BOT_TOKEN`` is not set: the engine would answer anybody on this machine."""


class RientroChannel(InputChannel):
    """Answers the gateway, and only the gateway.

    Only payloads of buttons may begin with ``/``: the gateway takes the slash from whatever a person types.
    """

    def __init__(self, token: str) -> None:
        """:param token: the secret shared with the gateway."""
        self._token = token

    @classmethod
    def name(cls) -> str:
        """Part of the URL."""
        return "rientro"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> RientroChannel:
        """Called by Rasa.

        :raises MissingToken: when the environment holds no token.
        """
        token = os.environ.get("RIENTRO_BOT_TOKEN", "")
        if not token:
            raise MissingToken("RIENTRO_BOT_TOKEN is not set")
        return cls(token)

    def _authorised(self, request: Request) -> bool:
        scheme, _, token = (request.headers.get("authorization") or "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(token.encode(), self._token.encode())

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The routes of the channel."""
        routes = Blueprint("rientro_channel")

        @routes.listener("after_server_start")
        async def settle(*_: Any) -> None:
            # The model and the libraries stay to the end: a search for garbage would go through all of it each time.
            gc.collect()
            gc.freeze()

        @routes.get("/health")
        async def health(request: Request) -> HTTPResponse:
            agent = getattr(request.app.ctx, "agent", None)
            ready = bool(agent and agent.is_ready())
            return response.json({"ready": ready, "model": agent.model_id if ready else None}, 200 if ready else 503)

        @routes.post("/messages")
        async def receive(request: Request) -> HTTPResponse:
            if not self._authorised(request):
                return response.json({"error": "unauthorised"}, 401)
            try:
                body = _checked(request.json)
            except Exception:
                return response.json({"error": "malformed message"}, 400)
            agent = getattr(request.app.ctx, "agent", None)
            if not (agent and agent.is_ready()):
                return response.json({"error": "no model"}, 503)
            correlation.receive(request.headers)
            started = time.perf_counter()
            output = WholeMessages()
            message = UserMessage(
                body["text"],
                output_channel=output,
                sender_id=body["sender"],
                input_channel=self.name(),
                message_id=body["message_id"],
                metadata=body["metadata"],
            )
            understood_in, stopped = 0.0, False
            with watch_failures() as failures:
                try:
                    message.parse_data = await agent.processor.parse_message(message)
                    understood_in = (time.perf_counter() - started) * 1000
                    await on_new_message(message)
                except Stopped:
                    logger.error("reading stopped after %.1f ms", (time.perf_counter() - started) * 1000)
                    stopped = True
                except Exception as error:
                    logger.error("message not handled: %s", type(error).__name__)
                    failures.append(type(error).__name__)
            logger.info("turn done in %.1f ms", (time.perf_counter() - started) * 1000)
            return response.json(
                {
                    "messages": output.messages,
                    "understood": understanding(message.parse_data),
                    "handled": not failures and bool(output.messages),
                    "stopped": stopped,
                },
                headers={"Server-Timing": f"understand;dur={understood_in:.2f}"},
            )

        @routes.post("/understand")
        async def understand(request: Request) -> HTTPResponse:
            """What a text means, without a conversation: nothing is kept, no action runs."""
            if not self._authorised(request):
                return response.json({"error": "unauthorised"}, 401)
            try:
                body = _checked({"sender": "-", **request.json})
            except Exception:
                return response.json({"error": "malformed message"}, 400)
            # Nobody but the gateway sends payloads, and it never sends one here.
            message = UserMessage(body["text"].lstrip("/") or "?", metadata=body["metadata"])
            try:
                parsed = await request.app.ctx.agent.processor.parse_message(message)
            except Stopped:
                logger.error("reading stopped")
                return response.json({"error": "stopped"}, 422)
            except Exception as error:
                logger.error("text not understood: %s", type(error).__name__)
                return response.json({"error": "failed"}, 500)
            return response.json({"understood": understanding(parsed)})

        @routes.delete("/conversations/<sender:str>")
        async def forget(request: Request, sender: str) -> HTTPResponse:
            if not self._authorised(request):
                return response.json({"error": "unauthorised"}, 401)
            await _own_store(request.app.ctx.agent.tracker_store).delete(sender)
            return response.empty(204)

        return routes


def _own_store(store: Any) -> EncryptedTrackerStore:
    """Our tracker store, out of the wrappers that Rasa puts around it."""
    while not isinstance(store, EncryptedTrackerStore):
        store = store._tracker_store
    return store


@lru_cache(maxsize=4096)
def _expanded(character: str) -> int:
    """How many characters it stands for: some stand for eighteen."""
    return len(unicodedata.normalize("NFKC", character))


def _checked(body: Any) -> dict[str, Any]:
    """The message in `body`, or ValueError."""
    if not isinstance(body, dict):
        raise ValueError("not an object")
    sender, text = body.get("sender"), body.get("text")
    if not isinstance(sender, str) or not 0 < len(sender) <= MAX_SENDER:
        raise ValueError("sender")
    if not isinstance(text, str) or len(text) > MAX_TEXT or sum(map(_expanded, text)) > MAX_TEXT:
        raise ValueError("text")
    message_id = body.get("message_id")
    given = body.get("metadata")
    metadata = {key: given.get(key) for key in METADATA_KEYS} if isinstance(given, dict) else {}
    return {
        "sender": sender,
        "text": text,
        "message_id": message_id if isinstance(message_id, str) else None,
        "metadata": metadata,
    }


def understanding(parsed: dict[str, Any] | None) -> dict[str, Any]:
    """What was understood, in the shape of the contract.

    :param parsed: Rasa's parse of the message, None when it failed.
    """
    if not parsed:
        return {
            "intent": None,
            "confidence": 0.0,
            "ranking": [],
            "facts": {},
            "acts": [],
            "safety": "none",
            "uncertain": [],
        }
    ranking = [
        {"intent": entry["name"], "confidence": round(float(entry["confidence"]), 4)}
        for entry in parsed.get("intent_ranking") or []
        if entry.get("name") != "nlu_fallback"
    ]
    intent = parsed.get("intent") or {}
    return {
        "intent": intent.get("name"),
        "confidence": round(float(intent.get("confidence") or 0.0), 4),
        "ranking": ranking[:3],
        "facts": {entity["entity"]: entity.get("value") for entity in parsed.get("entities") or []},
        "acts": parsed.get("acts") or [],
        "safety": parsed.get("safety") or "none",
        "uncertain": parsed.get("uncertain") or [],
    }
