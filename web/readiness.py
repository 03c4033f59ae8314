"""Whether the parts behind the public face can do their work now."""

from __future__ import annotations

import asyncio

import aiohttp
import anyio
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from web.chat.bot_client import BotClient

_SECONDS = 2.0


class Readiness:
    """Looks at the database, the action server and the dialogue engine, side by side."""

    def __init__(self, engine: Engine, actions_url: str, bot: BotClient) -> None:
        """:param actions_url: base address of the action server."""
        self._engine = engine
        self._bot = bot
        self._actions_health = actions_url.rstrip("/") + "/health"

    async def components(self) -> dict[str, bool]:
        """Each part and whether it is ready."""
        database, actions, bot = await asyncio.gather(self._database(), self._actions(), self._bot.is_ready())
        return {"database": database, "actions": actions, "bot": bot}

    async def is_everything_ready(self) -> bool:
        """Whether no part is missing."""
        return all((await self.components()).values())

    async def _database(self) -> bool:
        def ask() -> bool:
            with self._engine.connect() as connection:
                connection.execute(text("SELECT 1"))
            return True

        try:
            async with asyncio.timeout(_SECONDS):
                return await anyio.to_thread.run_sync(ask, abandon_on_cancel=True)
        except (SQLAlchemyError, TimeoutError):
            return False

    async def _actions(self) -> bool:
        try:
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_SECONDS)) as http:
                async with http.get(self._actions_health) as response:
                    return response.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False
