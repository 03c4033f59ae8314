"""News of a conversation for the tabs that show it.

Within this process a tab is woken at once; turns written by other processes are found by a light look at the database.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict


class TurnNews:
    """Wakes whoever waits for the next turn of a conversation."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)

    def announce(self, case_id: str) -> None:
        """Tell the open tabs that something was added."""
        for event in self._waiting.get(case_id, ()):
            event.set()

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
