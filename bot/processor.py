"""Notices when an action fails, and stops a reading that takes too long.

Of a failed action Rasa only logs the error, and lets the turn end without a word to the person.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

import rasa.core.agent
from rasa.core.actions.action import ActionExecutionRejection
from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor

from bot import deadline

_failures: ContextVar[list[str] | None] = ContextVar("failures", default=None)


@contextlib.contextmanager
def watch_failures() -> Iterator[list[str]]:
    """Names of the actions that fail inside the block, in the same task."""
    failures: list[str] = []
    token = _failures.set(failures)
    try:
        yield failures
    finally:
        _failures.reset(token)


class WatchfulProcessor(MessageProcessor):
    """Rasa's processor, which also tells :func:`watch_failures` what went wrong.

    :ivar refused: texts whose reading had to be stopped.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.refused = deadline.Refused()

    def _parse_message_with_graph(self, message: UserMessage, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """As Rasa's, from beginning to end without a pause for other messages, so that the time is this message's own.

        :raises deadline.Stopped: it takes too long, or did so once before.
        """
        text = message.text or ""
        if text in self.refused:
            raise deadline.Stopped
        try:
            with deadline.within(deadline.SECONDS):
                return super()._parse_message_with_graph(message, *args, **kwargs)
        except deadline.Stopped:
            self.refused.add(text)
            raise

    async def _run_action(self, action: Any, *args: Any, **kwargs: Any) -> bool:
        run = action.run

        async def watched(*run_args: Any, **run_kwargs: Any) -> Any:
            try:
                return await run(*run_args, **run_kwargs)
            except ActionExecutionRejection:
                raise  # a form that declines to answer is not a failure
            except Exception:
                _note(action.name())
                raise

        action.run = watched
        return await super()._run_action(action, *args, **kwargs)

    def is_action_limit_reached(self, *args: Any, **kwargs: Any) -> bool:
        """As Rasa's; a turn cut short counts as failed."""
        reached = super().is_action_limit_reached(*args, **kwargs)
        if reached:
            _note("action limit")
        return reached


def _note(name: str) -> None:
    failures = _failures.get()
    if failures is not None:
        failures.append(name)


def install() -> None:
    """Make Rasa's agent use this processor."""
    rasa.core.agent.MessageProcessor = WatchfulProcessor
