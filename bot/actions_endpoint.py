"""The way to the action server, with its connection kept open between the calls of a turn."""

from __future__ import annotations

import os
from typing import Any

import aiohttp
from rasa.utils.endpoints import EndpointConfig

from bot import correlation
from bot.isolation.broker import Broker, connector

IDLE_SECONDS = 3  # shorter than uvicorn's 5, so that we never write into a connection it is closing
LONGEST_CALL_SECONDS = 7  # the gateway waits 8


class _Lent:
    """A session that the borrower's ``async with`` does not close."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def __aenter__(self) -> aiohttp.ClientSession:
        return self._session

    async def __aexit__(self, *_: object) -> None:
        return None


class KeptOpen(EndpointConfig):
    """Rasa's endpoint, which opens a new connection for every call, with one session for all."""

    _shared: aiohttp.ClientSession | None = None
    broker: Broker | None = None  # who opens the connections; without one we do

    @classmethod
    def like(cls, endpoint: EndpointConfig) -> KeptOpen:
        """The same address and settings as `endpoint`."""
        return cls(endpoint.url, endpoint.params, endpoint.headers, **endpoint.kwargs)

    def session(self) -> Any:
        """Called by Rasa for each request."""
        if self._shared is None or self._shared.closed:
            kept = {"keepalive_timeout": IDLE_SECONDS, "limit": 0}
            self._shared = aiohttp.ClientSession(
                connector=connector(self.broker, **kept) if self.broker else aiohttp.TCPConnector(**kept),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return _Lent(self._shared)

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        """As Rasa's, but a call that hangs ends before the gateway gives up."""
        token = os.environ.get("RIENTRO_ACTIONS_TOKEN")
        kwargs["headers"] = correlation.headers() | ({"Authorization": f"Bearer {token}"} if token else {})
        kwargs["timeout"] = aiohttp.ClientTimeout(total=LONGEST_CALL_SECONDS)
        return await super().request(*args, **kwargs)
