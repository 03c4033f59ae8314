"""How many requests one conversation, one network address or one referral code may make.

Counters live in memory, or in Redis when ``RIENTRO_REDIS_URL`` is set and there are several processes. Should Redis be
away, requests pass: a limit is a courtesy to the others, not a reason to leave a sick person without an answer.
"""

from __future__ import annotations

import math
import time

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import StorageError
from starlette.requests import Request

from settings.config import Settings
from settings.logs import get_logger
from web.metrics import HOT
from web.problems import Problem
from web.security import work
from web.security.network import network_of
from web.security.sealing import Sealer

log = get_logger()

#: Failures of a network at each kind of door, counted apart. Each referral also counts its own wrong PINs for each network
#: (referrals/pins.py), each account its own failures (accounts/lockout.py): these stop one network from trying many codes,
#: and are wide because a hospital or a mobile carrier is one network. Links are 256 random bits: none is ever guessed.
ATTEMPTS = {"pin": "120/15minutes", "link": "240/15minutes", "link_asked": "30/15minutes"}

#: How many people a minute may wait instead of computing, while their network is hot.
WAITING_PLACES = parse("60/minute")
_ONCE = parse("1/10minutes")


class RateLimits:
    """The limits of this deployment."""

    def __init__(self, settings: Settings) -> None:
        storage: Storage = MemoryStorage(wrap_exceptions=True)
        if settings.redis_url:
            storage = RedisStorage(f"async+{settings.redis_url}", implementation="redispy", wrap_exceptions=True)
        self._limiter = FixedWindowRateLimiter(storage)
        self._session = parse(settings.rate_session)
        self._conversation = parse(settings.rate_conversation)
        self._address = parse(settings.rate_address)
        self._opening = parse(settings.rate_opening)
        self._attempts = {kind: parse(limit) for kind, limit in ATTEMPTS.items()}

    async def session(self, case_id: str) -> None:
        """Count one message of a conversation.

        :raises Problem: ``troppe-richieste`` (429) with ``Retry-After``.
        """
        await self._hit(self._session, "session", case_id)

    async def address(self, request: Request) -> None:
        """Count one request of a network address.

        :raises Problem: ``troppe-richieste`` (429) with ``Retry-After``.
        """
        await self._hit(self._address, "address", network_of(request))

    async def within_address(self, request: Request) -> None:
        """Refuse a network that made too many requests, without counting this one.

        For what is counted by its conversation: many people behind one address do not use up each other's share.

        :raises Problem: ``troppe-richieste`` (429) with ``Retry-After``.
        """
        await self._test(self._address, "address", network_of(request), "troppe-richieste")

    async def conversation(self, case_id: str) -> None:
        """Count one request, of whatever kind, that a conversation's token opened.

        :raises Problem: ``troppe-richieste`` (429) with ``Retry-After``.
        """
        await self._hit(self._conversation, "conversation", case_id)

    async def opening(self, request: Request, sealer: Sealer) -> None:
        """Count one conversation begun; while a network is hot ask for a proof of work, or to wait.

        :raises Problem: ``prova-richiesta`` (429) with the task in ``work`` and ``Retry-After``.
        """
        network = network_of(request)
        try:
            if await self._limiter.hit(self._opening, "opening", network):
                return
            done = work.check(sealer, network, request.headers.get(work.HEADER, ""), time.time())
            if done is not None and await self._limiter.hit(_ONCE, "work", done.salt):
                HOT.labels("waited" if done.waited else "worked").inc()
                return
            begun = await self._limiter.storage.get(self._opening.key_for("opening", network))
            may_wait = await self._limiter.hit(WAITING_PLACES, "waiting", network)
        except StorageError as error:
            log.warning("rate limits unavailable", kind="opening", error_type=type(error).__name__)
            return
        HOT.labels("asked").inc()
        bits = work.bits_for(begun / self._opening.amount)
        raise Problem(
            "prova-richiesta",
            headers={"Retry-After": str(work.WAIT_SECONDS + 1)},
            extension={"work": work.task(sealer, network, bits, may_wait, time.time())},
            seconds=work.WAIT_SECONDS + 1,
        )

    async def before(self, kind: str, request: Request) -> None:
        """Refuse a network that failed too often at one kind of door; the other doors stay open to it.

        :param kind: a key of :data:`ATTEMPTS`.
        :raises Problem: ``troppi-tentativi`` (429) with ``Retry-After``.
        """
        await self._test(self._attempts[kind], kind, network_of(request), "troppi-tentativi")

    async def failed(self, kind: str, request: Request) -> None:
        """Count a failure at a door (:data:`ATTEMPTS`)."""
        try:
            await self._limiter.hit(self._attempts[kind], kind, network_of(request))
        except StorageError as error:
            log.warning("rate limits unavailable", kind=kind, error_type=type(error).__name__)

    async def _test(self, item: RateLimitItem, kind: str, who: str, problem: str) -> None:
        try:
            if await self._limiter.test(item, kind, who):
                return
            raise await self._refusal(item, kind, who, problem)
        except StorageError as error:
            log.warning("rate limits unavailable", kind=kind, error_type=type(error).__name__)

    async def _hit(self, item: RateLimitItem, kind: str, who: str) -> None:
        try:
            if await self._limiter.hit(item, kind, who):
                return
            raise await self._refusal(item, kind, who, "troppe-richieste")
        except StorageError as error:
            log.warning("rate limits unavailable", kind=kind, error_type=type(error).__name__)

    async def _refusal(self, item: RateLimitItem, kind: str, who: str, problem: str) -> Problem:
        window = await self._limiter.get_window_stats(item, kind, who)
        seconds = max(1, math.ceil(window.reset_time - time.time()))
        log.info("rate limit reached", kind=kind)
        return Problem(problem, headers={"Retry-After": str(seconds)}, seconds=seconds)
