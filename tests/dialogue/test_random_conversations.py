"""Conversations made at random: always an answer, never a wrong verdict, nothing personal in the logs.

Longer runs: ``python -m benchmarks.conversation_fuzz --minutes 30``.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from dialogue import outcome
from dialogue.turn import Turn
from tests.dialogue.conftest import services  # noqa: F401 (a fixture)
from tests.dialogue.fuzz import machine
from web.chat import payloads


def _limits(examples: int, **more: Any) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=40,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        **more,
    )


def test_conversations_made_at_random(services) -> None:  # noqa: F811
    run_state_machine_as_test(machine(services), settings=_limits(15))


def _flatter(assessments: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**assessment, "verdict": "ammissibile"} for assessment in assessments]


# Promises broken on purpose, each where the product could break it.
BROKEN: dict[str, tuple[Any, str, Any]] = {
    "a verdict that is not the engine's": (outcome.ranking, "best_first", _flatter),
    "health facts without consent": (Turn, "may_use", lambda self, fact: True),
    "a button without words": (Turn, "button", lambda self, key, payload, **_: {"title": " ", "payload": payload}),
    "a payload that the gateway refuses": (
        Turn,
        "button",
        lambda self, key, payload, **_: {"title": "x", "payload": "x"},
    ),
}


@pytest.mark.parametrize("promise", BROKEN)
def test_a_broken_promise_is_found(promise: str, services, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr(*BROKEN[promise])
    # The first story that is found is enough: nobody reads it, so it need not be made short.
    with pytest.raises((AssertionError, payloads.PayloadRefused)):
        run_state_machine_as_test(machine(services), settings=_limits(40, phases=(Phase.generate,)))
