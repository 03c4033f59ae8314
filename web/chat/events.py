"""News of a conversation for the tabs that show it.

Within this process a tab is woken at once. With Redis the other gateways hear of it too; without, or while Redis is
away, turns written elsewhere are found by a light look at the database. What travels is a conversation's id, never what
was said.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import defaultdict
from typing import TYPE_CHECKING

from settings.logs import get_logger

if TYPE_CHECKING:
    from redis.asyncio import Redis

# The client of Redis costs a second of start-up: it is loaded where there is a Redis.
log = get_logger()

_CHANNEL = "rientro:news"
_WAITING_TO_BE_TOLD = 1000
_AGAIN_SECONDS = 2.0


class TurnNews:
    """Wakes whoever waits for the next turn of a conversation."""

    def __init__(self, redis_url: str | None = None) -> None:
        """:param redis_url: Redis that the gateways share, None for a single one."""
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._redis: Redis | None = None
        if redis_url:
            from redis.asyncio import Redis

            self._redis = Redis.from_url(redis_url, socket_connect_timeout=2)
        self._own = secrets.token_hex(4).encode()
        self._to_tell: asyncio.Queue[str] = asyncio.Queue(_WAITING_TO_BE_TOLD)
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to tell the other gateways and to listen to them; needs a running loop, does nothing without Redis."""
        if self._redis is not None and not self._tasks:
            self._tasks = [asyncio.create_task(self._tell()), asyncio.create_task(self._listen())]

    def announce(self, case_id: str) -> None:
        """Tell the open tabs that something was added."""
        self._wake(case_id)
        if self._tasks:
            with contextlib.suppress(asyncio.QueueFull):  # Redis is away: their look at the database finds it
                self._to_tell.put_nowait(case_id)

    async def wait(self, case_id: str, seconds: float) -> None:
        """Return when something is announced, or after ``seconds`` at most."""
        event = asyncio.Event()
        self._waiting[case_id].add(event)
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            pass
        finally:
            self._waiting[case_id].discard(event)
            if not self._waiting[case_id]:
                del self._waiting[case_id]

    async def aclose(self) -> None:
        """Stop telling and listening."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._redis is not None:
            await self._redis.aclose()

    def _wake(self, case_id: str) -> None:
        for event in self._waiting.get(case_id, ()):
            event.set()

    async def _tell(self) -> None:
        from redis.exceptions import RedisError

        assert self._redis is not None  # noqa: S101
        while True:
            case_id = await self._to_tell.get()
            try:
                await self._redis.publish(_CHANNEL, self._own + b" " + case_id.encode())
            except (RedisError, OSError) as error:
                log.warning("news not told", error_type=type(error).__name__)
                await asyncio.sleep(_AGAIN_SECONDS)

    async def _listen(self) -> None:
        from redis.exceptions import RedisError

        assert self._redis is not None  # noqa: S101
        while True:
            try:
                async with self._redis.pubsub() as channel:
                    await channel.subscribe(_CHANNEL)
                    async for message in channel.listen():
                        if message["type"] == "message":
                            origin, _, case_id = bytes(message["data"]).partition(b" ")
                            if origin != self._own:
                                self._wake(case_id.decode("ascii", "replace"))
            except (RedisError, OSError) as error:
                log.warning("news not heard", error_type=type(error).__name__)
                await asyncio.sleep(_AGAIN_SECONDS)
