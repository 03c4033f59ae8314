"""Which of several dialogue engines answers a conversation.

A conversation stays with one engine, so that its tracker is in one place, and moves to the next when that one is away:
the tracker only mirrors the case, so the move costs nothing but itself. No list of conversations is kept anywhere:
every gateway computes the same order (rendezvous hashing).
"""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import socket
import time
from collections.abc import Callable, Sequence

from yarl import URL

_LOOK_UP_SECONDS = 5.0
_AVOID_SECONDS = 3.0


class Engines:
    """The engines of this deployment.

    A host name that stands for several addresses (a headless service of Kubernetes) counts as several engines; the
    addresses are looked up again every few seconds, so engines may come and go.
    """

    def __init__(self, urls: Sequence[str], clock: Callable[[], float] = time.monotonic) -> None:
        """
        :param urls: base addresses, at least one.
        :param clock: seconds that only grow.
        """
        self._urls = [URL(url) for url in urls]
        self._clock = clock
        self._found: list[str] = []
        self._looked_at = float("-inf")
        self._away: dict[str, float] = {}

    async def all(self) -> list[str]:
        """Base address of every engine there is now."""
        if self._clock() - self._looked_at >= _LOOK_UP_SECONDS:
            self._looked_at = self._clock()
            answers = await asyncio.gather(*(_addresses(url) for url in self._urls))
            self._found = sorted({address for addresses in answers for address in addresses}) or self._found
        return self._found

    async def order(self, case_id: str) -> list[str]:
        """The engines in the order in which this conversation tries them; those just found away come last."""
        now = self._clock()

        def rank(url: str) -> tuple[bool, bytes]:
            away = now - self._away.get(url, float("-inf")) < _AVOID_SECONDS
            return away, hashlib.sha256(f"{case_id} {url}".encode()).digest()

        return sorted(await self.all(), key=rank)

    def away(self, url: str) -> None:
        """Note that an engine did not take a connection."""
        self._away[url] = self._clock()


async def _addresses(url: URL) -> list[str]:
    host = url.host or ""
    if url.scheme != "http" or _is_address(host):
        return [_text(url)]
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, url.port or 80, type=socket.SOCK_STREAM)
    except OSError:
        return []
    hosts = {str(entry[4][0]) for entry in found}
    if len(hosts) < 2:
        return [_text(url)]
    return [_text(url.with_host(host)) for host in hosts]


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return True


def _text(url: URL) -> str:
    return str(url).rstrip("/")
