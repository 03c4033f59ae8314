"""A dialogue engine for tests: it speaks the channel over real HTTP and fails on command.

The real engine is used in the whole-stack tests; this one is there for what a healthy engine never does.
"""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse


@dataclass
class Engine:
    """What to do with the next messages, and what arrived.

    :ivar behaviour: ``ok``, ``slow`` (answers after ``delay`` seconds), ``broken`` (status 500), ``garbled`` (not JSON)
        ``unhandled`` (an action failed) or ``stopped`` (the reading took too long).
    :ivar slow_texts: when given, only these are slow.
    :ivar messages: what to answer when all is well.
    :ivar read: the facts found in a text that is only to be understood.
    """

    behaviour: str = "ok"
    delay: float = 0.0
    messages: list[dict[str, Any]] = field(default_factory=lambda: [{"text": "Ho letto."}])
    slow_texts: set[str] | None = None
    read: dict[str, Any] = field(default_factory=dict)
    received: list[dict[str, Any]] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    actions_healthy: bool = True
    at_once: int = 0
    most_at_once: int = 0

    def application(self) -> FastAPI:
        """The channel, and the action server's health beside it."""
        app = FastAPI()

        @app.get("/webhooks/rientro/health")
        async def ready() -> dict[str, bool]:
            return {"ready": True}

        @app.get("/health")
        async def actions() -> Response:
            return JSONResponse({}, 200 if self.actions_healthy else 503)

        @app.post("/webhooks/rientro/messages")
        async def receive(request: Request) -> Response:
            body = await request.json()
            self.tokens.add(request.headers.get("authorization", ""))
            self.received.append(body)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            try:
                if self.slow_texts is None or body["text"] in self.slow_texts:
                    await asyncio.sleep(self.delay)
            finally:
                self.at_once -= 1
            if self.behaviour == "broken":
                return JSONResponse({"error": "boom"}, 500)
            if self.behaviour == "garbled":
                return Response("<html>", media_type="text/html")
            return JSONResponse(
                {
                    "messages": self.messages,
                    "understood": {"intent": "inform", "confidence": 0.9, "ranking": [], "facts": {}},
                    "handled": self.behaviour not in ("unhandled", "stopped"),
                    "stopped": self.behaviour == "stopped",
                }
            )

        @app.post("/webhooks/rientro/understand")
        async def understand(request: Request) -> Response:
            self.received.append(await request.json())
            if self.behaviour == "stopped":
                return JSONResponse({"error": "stopped"}, 422)
            if self.behaviour == "broken":
                return JSONResponse({"error": "boom"}, 500)
            read = {"intent": "inform", "confidence": 0.9, "ranking": [], "facts": self.read}
            return JSONResponse({"understood": read})

        @app.delete("/webhooks/rientro/conversations/{sender}", status_code=204)
        async def forget(sender: str) -> None:
            self.forgotten.append(sender)

        return app


class Server:
    """An ASGI application on a real port, in a thread."""

    def __init__(self, app: Any, port: int = 0) -> None:
        config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", ws="none", lifespan="on")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def start(self) -> Server:
        """Return when the port answers."""
        self._thread.start()
        for _ in range(2000):
            if self._server.started:
                return self
            if not self._thread.is_alive():
                break
            threading.Event().wait(0.01)
        raise RuntimeError("the server did not start")

    @property
    def port(self) -> int:
        """The port it got."""
        return int(self._server.servers[0].sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """End it and close the port."""
        self._server.should_exit = True
        self._thread.join(10)
