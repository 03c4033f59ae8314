"""Everything a request may need, built once when the process starts."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, ParamSpec, TypeVar

import anyio
from fastapi import Depends
from sqlalchemy import Engine
from starlette.requests import Request

import eligibility
from cases.db import make_engine, make_session_factory, upgrade
from cases.keys import Keyring
from cases.service import Cases
from hotline.hours import Timetable
from hotline.service import Hotline
from referrals.directory import Directory
from referrals.service import Referrals
from settings.config import Settings
from web.chat.bot_client import BotClient
from web.chat.events import TurnNews
from web.chat.locks import SessionLocks
from web.readiness import Readiness
from web.security.limits import RateLimits
from web.security.sealing import Sealer

P = ParamSpec("P")
T = TypeVar("T")


@dataclass
class Services:
    """The parts of the product behind the public face."""

    settings: Settings
    engine: Engine
    cases: Cases
    directory: Directory
    referrals: Referrals
    bot: BotClient
    locks: SessionLocks
    news: TurnNews
    limits: RateLimits
    sealer: Sealer
    readiness: Readiness
    hotline: Hotline

    async def aclose(self) -> None:
        """Let go of connections; the process is stopping."""
        await self.news.aclose()
        await self.bot.aclose()
        await self.locks.aclose()
        self.engine.dispose()


def build(settings: Settings) -> Services:
    """Open the stores and prepare the clients; brings the database schema up to date.

    :raises OSError: when the data folder cannot be written.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = make_engine(str(settings.database_url))
    if settings.migrate_on_start:
        upgrade(engine)
    sessions = make_session_factory(engine)
    keyring = Keyring.open(settings.keys_dir, settings.keys_url)
    eligibility.load()  # the first person should not pay for reading the rules
    cases = Cases(sessions, keyring)
    bot = BotClient(settings.engine_urls, settings.bot_bearer(), settings.bot_timeout_seconds)
    return Services(
        settings=settings,
        engine=engine,
        cases=cases,
        directory=Directory(sessions),
        referrals=Referrals(sessions, keyring),
        bot=bot,
        locks=SessionLocks(settings.redis_url),
        news=TurnNews(settings.redis_url),
        limits=RateLimits(settings),
        sealer=Sealer(base64.urlsafe_b64encode(keyring.secret("web-forms")).decode("ascii").rstrip("=")),
        readiness=Readiness(engine, str(settings.actions_url), bot),
        hotline=Hotline(cases, Timetable.of(settings)),
    )


def services_of(request: Request) -> Services:
    """The services of the running application."""
    found: Services = request.app.state.services
    return found


Here = Annotated[Services, Depends(services_of)]


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a blocking call of the stores without holding up the other conversations."""

    def call() -> T:
        return function(*args, **kwargs)

    return await anyio.to_thread.run_sync(call)
