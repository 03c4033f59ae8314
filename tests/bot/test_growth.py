"""No message takes long to read: every pattern of the engine, and every whole reading, grows with the text's length.

The texts are made from the patterns themselves, so this guards whatever patterns there are.
"""

from __future__ import annotations

import pytest

from benchmarks.adversarial_text.growth import of_pattern
from benchmarks.adversarial_text.patterns import Patterns
from benchmarks.adversarial_text.subjects import bot_patterns


@pytest.fixture(scope="module")
def patterns() -> Patterns:
    """All patterns of the engine, with those made from its lists."""
    return bot_patterns()


def test_the_patterns_are_found_wherever_they_stand(patterns: Patterns) -> None:
    files = {place.rpartition(":")[0] for place in patterns.found.values()}
    assert {"bot/facts/yes_no.py", "bot/facts/in_context.py", "bot/intents/emergency.py"} <= files
    assert len(patterns.found) > 100


def test_every_pattern_of_the_engine_is_linear(patterns: Patterns) -> None:
    grown = {place: growth for pattern, place in patterns.found.items() if (growth := of_pattern(pattern))}
    assert not grown, "\n".join(
        f"{place}: power {growth.power:.1f} on {growth.pump}" for place, growth in grown.items()
    )
