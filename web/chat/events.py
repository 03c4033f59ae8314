"""News of a conversation for the tabs that show it.

Within this process a tab is woken at once. With Redis the other gateways hear of it too; what nobody announces is found
by a look at the database every two seconds, one for all the tabs of this process. What travels is a conversation's id,
never what was said.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from settings.logs import get_logger

if TYPE_CHECKING:
    from redis.asyncio import Redis

# The client of Redis costs a second of start-up: it is loaded where there is a Redis.
log = get_logger()

_CHANNEL = "rientro:news"
_WAITING_TO_BE_TOLD = 1000
_AGAIN_SECONDS = 2.0
_LOOK_SECONDS = 2.0

# Reads the marks of many conversations: a value that changes whenever the conversation does, none for one that is gone.
Look = Callable[[Sequence[str]], Awaitable[dict[str, str]]]


class TurnNews:
    """Wakes whoever waits for the next turn of a conversation."""

    def __init__(self, redis_url: str | None = None) -> None:
        """:param redis_url: Redis that the gateways share, None for a single one."""
        # Who waits, by conversation, and the mark each has seen (None: only announcements matter to it).
        self._waiting: dict[str, dict[asyncio.Event, str | None]] = defaultdict(dict)
        self._redis: Redis | None = None
        if redis_url:
            from redis.asyncio import Redis

            self._redis = Redis.from_url(redis_url, socket_connect_timeout=2)
        self._own = secrets.token_hex(4).encode()
        self._to_tell: asyncio.Queue[str] = asyncio.Queue(_WAITING_TO_BE_TOLD)
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, look: Look) -> None:
        """Begin to look at the database, to tell the other gateways and to listen to them; needs a running loop."""
        jobs = [self._look_around(look)]
        if self._redis is not None:
            jobs += [self._tell(), self._listen()]
        self._tasks = [asyncio.create_task(job) for job in jobs]

    def announce(self, case_id: str) -> None:
        """Tell the open tabs that something was added."""
        self._wake(case_id)
        if self._redis is not None:
            with contextlib.suppress(asyncio.QueueFull):  # Redis is away: their look at the database finds it
                self._to_tell.put_nowait(case_id)

    async def wait(self, case_id: str, seconds: float, seen: str | None = None) -> None:
        """Return when something is announced, or after ``seconds`` at most.

        :param seen: the mark last seen of this conversation: return too when a look finds another one.
        """
        event = asyncio.Event()
        self._waiting[case_id][event] = seen
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            pass
        finally:
            del self._waiting[case_id][event]
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

    async def _look_around(self, look: Look) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            watched = [case_id for case_id, tabs in self._waiting.items() if any(seen for seen in tabs.values())]
            try:
                marks = await look(watched) if watched else {}
            except Exception as error:  # the database may be away for a while
                log.warning("conversations not looked at", error_type=type(error).__name__)
                continue
            for case_id in watched:
                for event, seen in self._waiting.get(case_id, {}).items():
                    if seen is not None and seen != marks.get(case_id):
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
