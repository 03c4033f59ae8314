"""Notices when an action fails: Rasa only logs it and lets the turn end without a word to the person."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

import rasa.core.agent
from rasa.core.actions.action import ActionExecutionRejection
from rasa.core.processor import MessageProcessor

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
    """Rasa's processor, which also tells :func:`watch_failures` what went wrong."""

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
