"""Counts and times of requests, for Prometheus, on a loopback listener of their own."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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


def listen(port: int) -> None:
    """Serve /metrics on loopback; a busy port costs the figures, not the service."""
    try:
        start_http_server(port, addr="127.0.0.1", registry=REGISTRY)
    except OSError as error:
        log.warning("metrics not served", port=port, error_type=type(error).__name__)


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
