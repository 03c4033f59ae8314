"""The action server: loopback only, called by the dialogue engine. It logs what happened, never what was said."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from rasa_sdk.executor import ActionExecutor  # type: ignore[import-untyped]
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException  # type: ignore[import-untyped]

from actions import services
from actions.rasa_actions import all_actions
from settings import logs
from settings.config import get_settings

log = logs.get_logger()

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost", "testclient"})


@asynccontextmanager
async def _life(app: FastAPI) -> AsyncIterator[None]:
    settings = get_settings()
    logs.configure("actions", settings.log_level)
    executor = ActionExecutor()
    for action in all_actions(services.build(settings)):
        executor.register_action(action)
    app.state.executor = executor
    yield


app = FastAPI(title="rientro actions", lifespan=_life, docs_url=None, redoc_url=None, openapi_url=None)


@app.get("/health")
async def health(request: Request) -> dict[str, Any]:
    """Alive, with the actions registered."""
    return {"status": "ok", "actions": len(request.app.state.executor.actions)}


@app.post("/webhook")
async def webhook(request: Request) -> Response:
    """Run one custom action; the shapes are those of the Rasa SDK."""
    if request.client and request.client.host not in _LOOPBACK:
        return JSONResponse({"error": "loopback only", "action_name": None}, status_code=403)
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
        return JSONResponse({"error": "failed", "action_name": name}, status_code=500)
    log.info("action done", step=name, duration_ms=round((time.perf_counter() - started) * 1000, 1))
    return JSONResponse(result.model_dump() if hasattr(result, "model_dump") else result)
