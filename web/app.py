"""The application: ``uvicorn web.app:app``."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import structlog
from fastapi import APIRouter, Depends, FastAPI
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from settings import correlation, logs, memory, traces
from settings.config import Settings, get_settings
from web import error_answers, metrics, services
from web.api import chat, eligibility, health, hsds, live, openapi, operators, referrals
from web.api.access import is_https, tokens_of
from web.api.fhir import routes as fhir
from web.api.operator_api import routes as operator_api
from web.head_requests import HeadLikeGet
from web.pages import routes as pages
from web.portals import routes as portals
from web.portals.administration import operators as operators_file
from web.portals.monitoring import drafts
from web.security.bodies import Bounds
from web.security.cookies import ProtectedNames
from web.security.headers import SecurityHeaders

_STATIC = Path(__file__).with_name("static")
# Blocking calls of the stores run in threads; SQLite gains nothing from more.
_THREADS = 24


class RequestId:
    """ASGI middleware: a random id for each request, in its logs and in the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = correlation.new()

        async def named_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[correlation.HEADER] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self.app(scope, receive, named_send)


class VersionedFiles(StaticFiles):
    """Static files whose address carries a fingerprint, so browsers may keep them for a year."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def cached_send(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in (200, 304):
                versioned = b"v=" in scope.get("query_string", b"")
                age = "public, max-age=31536000, immutable" if versioned else "no-cache"
                MutableHeaders(scope=message)["Cache-Control"] = age
            await send(message)

        await super().__call__(scope, receive, cached_send)


async def _within_limits(request: Request) -> None:
    limits = services.services_of(request).limits
    if request.path_params.get("session") and tokens_of(request):
        # Counted by its conversation once the token is seen to open it, else by the address (web/api/access.py).
        await limits.within_address(request)
    else:
        await limits.address(request)


def create_app(settings: Settings) -> FastAPI:
    """Build the application for a configuration; the stores are opened when it starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = _THREADS
        app.state.services = await anyio.to_thread.run_sync(services.build, settings)
        sessions = app.state.services.cases.session_factory
        app.state.services.news.start(lambda ids: services.in_thread(live.marks_of, sessions, ids))
        metrics.watch_queue(app.state.services.hotline.count_waiting)
        traces.watch_database(settings, app.state.services.engine)
        try:
            yield
        finally:
            await app.state.services.aclose()

    app = FastAPI(
        title="Rientro",
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        redirect_slashes=False,
        # The outermost comes first.
        middleware=[
            Middleware(RequestId),
            Middleware(metrics.Measured),
            Middleware(SecurityHeaders, https=is_https(settings)),
            Middleware(ProtectedNames, https=is_https(settings)),
            Middleware(Bounds, unlimited_suffixes=("/events",), larger=operators_file.BODY_BYTES | drafts.BODY_BYTES),
            # Every form token is sealed anew, so compressing pages beside it tells nothing about it.
            Middleware(GZipMiddleware, minimum_size=1000, compresslevel=4),
            Middleware(HeadLikeGet),
            Middleware(error_answers.Failures),
        ],
    )
    app.state.settings = settings
    api = APIRouter(prefix="/api/v1", dependencies=[Depends(_within_limits)])
    for part in (eligibility, operators, hsds, chat, live, referrals, operator_api, fhir):
        api.include_router(part.router)
    app.include_router(api)
    app.include_router(health.router)
    app.include_router(pages.router, dependencies=[Depends(_within_limits)])
    app.include_router(portals.router, dependencies=[Depends(_within_limits)])
    app.mount("/static", VersionedFiles(directory=_STATIC))
    error_answers.install(app)
    openapi.describe(app)
    return app


def _served() -> FastAPI:
    settings = get_settings()
    logs.configure("web", settings.log_level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        # The server's own handlers print exceptions word for word; ours keep only where they rose.
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    if settings.metrics_port:
        metrics.listen(settings.metrics_port, settings.metrics_host)
    traces.start("web", settings)
    app = create_app(settings)
    traces.watch_requests(settings, app)
    memory.freeze_loaded_objects()
    return app


def __getattr__(name: str) -> FastAPI:
    # Built on demand: importing this module for `create_app` must not open a port or read the environment.
    if name == "app":
        globals()["app"] = _served()
        return globals()["app"]
    raise AttributeError(name)
