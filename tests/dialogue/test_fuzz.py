"""Conversations made at random: always an answer, never a wrong verdict, nothing personal in the logs.

Longer runs: ``python -m benchmarks.conversation_fuzz --minutes 30``.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.actions.conftest import services  # noqa: F401 (a fixture)
from tests.dialogue.fuzz import machine


def test_conversations_made_at_random(services) -> None:  # noqa: F811
    limits = settings(
        max_examples=15,
        stateful_step_count=40,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine(services), settings=limits)
