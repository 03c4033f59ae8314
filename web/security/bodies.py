"""Bounds on what a request may weigh and how long it may take."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.error_answers import problem_response

MAX_BODY_BYTES = 64 * 1024
# An answer of the dialogue engine is waited for a shorter time than this (settings.bot_timeout_seconds).
MAX_SECONDS = 30.0
SLOW_BODY_SECONDS = 10.0


class _BodyTooLarge(Exception):
    pass


class Bounds:
    """ASGI middleware: 413 above :data:`MAX_BODY_BYTES`, 503 after :data:`MAX_SECONDS`, 408 for a body that drips in."""

    def __init__(
        self, app: ASGIApp, unlimited_suffixes: tuple[str, ...] = (), larger: Mapping[str, int] | None = None
    ) -> None:
        """
        :param unlimited_suffixes: ends of paths that stay open on purpose (event streams).
        :param larger: paths that take files, and how many bytes.
        """
        self.app = app
        self.unlimited_suffixes = unlimited_suffixes
        self.larger = dict(larger or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def tracked_send(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            async with asyncio.timeout(SLOW_BODY_SECONDS):
                body = await self._read(scope, receive)
        except _BodyTooLarge:
            await problem_response(scope, "corpo-troppo-grande")(scope, receive, send)
            return
        except TimeoutError:
            await problem_response(scope, "richiesta-troppo-lenta")(scope, receive, send)
            return
        delivered = False

        async def replay() -> Message:
            nonlocal delivered
            if delivered:
                return await receive()  # from here on only the disconnection can come
            delivered = True
            return {"type": "http.request", "body": body, "more_body": False}

        if scope["path"].endswith(self.unlimited_suffixes):
            await self.app(scope, replay, tracked_send)
            return
        try:
            async with asyncio.timeout(MAX_SECONDS):
                await self.app(scope, replay, tracked_send)
        except TimeoutError:
            if started:
                raise
            await problem_response(scope, "tempo-scaduto")(scope, receive, send)

    async def _read(self, scope: Scope, receive: Receive) -> bytes:
        most = self.larger.get(scope["path"], MAX_BODY_BYTES)
        for name, value in scope["headers"]:
            if name == b"content-length" and (not value.isdigit() or int(value) > most):
                raise _BodyTooLarge
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return b"".join(chunks)
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > most:
                raise _BodyTooLarge
            chunks.append(chunk)
            if not message.get("more_body", False):
                return b"".join(chunks)
