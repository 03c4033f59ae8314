"""The action server, called by the dialogue engine. It logs what happened, never what was said.

It answers loopback only; where the engine is on another machine, also whoever holds the shared token.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio.to_thread
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from rasa_sdk.executor import ActionExecutor  # type: ignore[import-untyped]
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException  # type: ignore[import-untyped]

from actions.rasa_actions import all_actions
from dialogue import services
from settings import correlation, logs, memory, traces
from settings.config import get_settings

log = logs.get_logger()

REGISTRY = CollectorRegistry()
ACTION_SECONDS = Histogram(
    "rientro_action_seconds",
    "Time an action took",
    ["action"],
    buckets=(0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
    registry=REGISTRY,
)
ACTION_FAILURES = Counter("rientro_action_failures", "Actions that failed", ["action"], registry=REGISTRY)

# Turns wait for each other at the database anyhow.
_THREADS = 8

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost", "testclient"})


@asynccontextmanager
async def _life(app: FastAPI) -> AsyncIterator[None]:
    settings = get_settings()
    logs.configure("actions", settings.log_level)
    anyio.to_thread.current_default_thread_limiter().total_tokens = _THREADS
    executor = ActionExecutor()
    opened = services.build(settings)
    for action in all_actions(opened):
        executor.register_action(action)
    app.state.executor = executor
    app.state.token = settings.actions_token.get_secret_value() if settings.actions_token else ""
    traces.watch_database(settings, opened.cases.session_factory.kw["bind"])
    memory.freeze_loaded_objects()
    yield


def _application() -> FastAPI:
    settings = get_settings()
    traces.start("actions", settings)
    made = FastAPI(title="rientro actions", lifespan=_life, docs_url=None, redoc_url=None, openapi_url=None)
    traces.watch_requests(settings, made)
    return made


app = _application()


def _admitted(request: Request) -> bool:
    if request.client is None or request.client.host in _LOOPBACK:
        return True
    token = getattr(request.app.state, "token", "")
    shown = request.headers.get("authorization", "").removeprefix("Bearer ")
    return bool(token) and hmac.compare_digest(shown.encode(), token.encode())


@app.get("/health")
async def health(request: Request) -> dict[str, Any]:
    """Alive, with the actions registered."""
    return {"status": "ok", "actions": len(request.app.state.executor.actions)}


@app.get("/metrics")
async def figures(request: Request) -> Response:
    """Times and failures of the actions, for Prometheus."""
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)


@app.post("/webhook")
async def webhook(request: Request) -> Response:
    """Run one custom action; the shapes are those of the Rasa SDK."""
    if not _admitted(request):
        return JSONResponse({"error": "loopback only", "action_name": None}, status_code=403)
    with structlog.contextvars.bound_contextvars(
        request_id=correlation.accepted(request.headers.get(correlation.HEADER))
    ):
        return await _run(request)


async def _run(request: Request) -> Response:
    try:
        call = await request.json()
    except ValueError:
        return JSONResponse({"error": "malformed JSON", "action_name": None}, status_code=400)
    name = call.get("next_action") if isinstance(call, dict) else None
    if isinstance(call, dict) and call.get("domain") is None:
        call["domain"] = {}  # the engine does not send it: no action of ours reads it, but the SDK insists
    started = time.perf_counter()
    try:
        result = await request.app.state.executor.run(call)
    except ActionNotFoundException:
        return JSONResponse({"error": "unknown action", "action_name": name}, status_code=404)
    except ActionExecutionRejection:
        return JSONResponse({"error": "rejected", "action_name": name}, status_code=400)
    except Exception as error:  # the engine must hear of it: the gateway then apologises and keeps the message
        log.error("action failed", step=name, exc_info=error)
        ACTION_FAILURES.labels(name).inc()
        return JSONResponse({"error": "failed", "action_name": name}, status_code=500)
    seconds = time.perf_counter() - started
    ACTION_SECONDS.labels(name).observe(seconds)
    log.info("action done", step=name, duration_ms=round(seconds * 1000, 1))
    return JSONResponse(result.model_dump() if hasattr(result, "model_dump") else result)
