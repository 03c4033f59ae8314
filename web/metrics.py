"""Counts and times of the gateway, for Prometheus, on a listener of their own. Names and meanings: docs/operations.md."""

from __future__ import annotations

import time
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from settings import metrics_server
from settings.logs import get_logger

log = get_logger()
REGISTRY = CollectorRegistry()
REQUESTS = Counter("rientro_requests", "Requests answered", ["method", "route", "status"], registry=REGISTRY)
SECONDS = Histogram(
    "rientro_request_seconds",
    "Time to answer",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
BOT_FAILURES = Counter("rientro_bot_failures", "Turns that ended in an apology", ["reason"], registry=REGISTRY)
STREAMS = Gauge("rientro_event_streams", "Tabs that follow a conversation", registry=REGISTRY)


TURN_SECONDS = Histogram(
    "rientro_turn_seconds",
    "Time from a person's message to all its answers",
    ["kind"],
    buckets=(0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)
ENGINE_SECONDS = Histogram(
    "rientro_engine_seconds",
    "Time the dialogue engine took for a turn, actions included",
    buckets=(0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2.5, 8),
    registry=REGISTRY,
)
UNDERSTANDING_SECONDS = Histogram(
    "rientro_understanding_seconds",
    "Time the dialogue engine took to understand a message",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1),
    registry=REGISTRY,
)
QUEUE_WAITING = Gauge("rientro_hotline_waiting", "Conversations that wait for a colleague", registry=REGISTRY)
HOT = Counter(
    "rientro_hot_openings",
    "Conversations begun from a network that begins very many: asked to prove or wait, or let in after it",
    ["answer"],
    registry=REGISTRY,
)
CHATS = Counter("rientro_conversations_opened", "Conversations opened", ["role"], registry=REGISTRY)


def listen(port: int, host: str = "127.0.0.1") -> None:
    """Serve /metrics; a busy port costs the figures, not the service."""
    metrics_server.listen(REGISTRY, port, host)


def watch_queue(waiting: Callable[[], float]) -> None:
    """Read the hotline's queue whenever the figures are asked for."""
    QUEUE_WAITING.set_function(metrics_server.or_nan(waiting))


class Measured:
    """ASGI middleware that counts and logs requests by route template, never by the address asked."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def noting_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noting_send)
        finally:
            seconds = time.perf_counter() - started
            # Paths hold ids and codes: only the template of a known route is named.
            route = getattr(scope.get("route"), "path", None) or "other"
            REQUESTS.labels(scope["method"], route, status).inc()
            SECONDS.labels(route).observe(seconds)
            if route not in ("other", "/health/live"):
                log.info(
                    "request", method=scope["method"], route=route, status=status, duration_ms=round(seconds * 1000, 1)
                )
