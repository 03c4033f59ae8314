"""One turn at a time for each conversation: double clicks and second tabs wait for each other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from settings.logs import get_logger

if TYPE_CHECKING:
    from redis.asyncio import Redis

log = get_logger()

# Longer than the longest turn: a lock left behind by a dead process must not stop a person for long.
_LEASE_SECONDS = 40
_WAIT_SECONDS = 25


class SessionLocks:
    """Locks by conversation: within this process, and among processes when Redis is configured."""

    def __init__(self, redis_url: str | None) -> None:
        self._local: dict[str, tuple[asyncio.Lock, int]] = {}
        self._redis: Redis | None = None
        if redis_url:
            from redis.asyncio import Redis  # a second of start-up: only where there is a Redis

            self._redis = Redis.from_url(redis_url)

    @asynccontextmanager
    async def hold(self, case_id: str) -> AsyncIterator[None]:
        """Wait for our turn and keep it for the length of the block.

        :raises TimeoutError: another turn of this conversation has not ended in 25 seconds.
        """
        lock, users = self._local.get(case_id, (asyncio.Lock(), 0))
        self._local[case_id] = (lock, users + 1)
        try:
            async with asyncio.timeout(_WAIT_SECONDS):
                await lock.acquire()
            try:
                async with self._across_processes(case_id):
                    yield
            finally:
                lock.release()
        finally:
            lock, users = self._local[case_id]
            if users == 1:
                del self._local[case_id]
            else:
                self._local[case_id] = (lock, users - 1)

    @asynccontextmanager
    async def _across_processes(self, case_id: str) -> AsyncIterator[None]:
        if self._redis is None:
            yield
            return
        from redis.exceptions import LockError, RedisError

        shared = self._redis.lock(
            f"rientro:turn:{case_id}", timeout=_LEASE_SECONDS, blocking_timeout=_WAIT_SECONDS, sleep=0.01
        )
        try:
            held = await shared.acquire()
        except RedisError as error:
            # Keys in the database still stop doubles; order between processes is all that is lost.
            log.warning("shared locks unavailable", error_type=type(error).__name__)
            yield
            return
        if not held:
            raise TimeoutError
        try:
            yield
        finally:
            try:
                await shared.release()
            except (LockError, RedisError) as error:
                log.warning("shared lock lost", error_type=type(error).__name__)

    async def aclose(self) -> None:
        """Close the connection to Redis, if any."""
        if self._redis is not None:
            await self._redis.aclose()
