"""No message takes long to read: every pattern of the engine, and every whole reading, grows with the text's length.

The texts are made from the patterns themselves, so this guards whatever patterns there are.
"""

from __future__ import annotations

import pytest

from benchmarks.adversarial_text.growth import STEEP, of_pattern, power, seconds
from benchmarks.adversarial_text.patterns import Patterns
from benchmarks.adversarial_text.pumps import Pump
from benchmarks.adversarial_text.subjects import bot_patterns, bot_readings, texts
from bot.intents.emergency import look_for_emergency

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def patterns() -> Patterns:
    """All patterns of the engine, with those made from its lists, also of lists that were read before."""
    look_for_emergency("una frase qualunque")
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


def test_every_whole_reading_is_linear(patterns: Patterns) -> None:
    readings = bot_readings()
    chosen = texts(patterns, 400)
    for name, read in readings.items():
        slowest: list[tuple[float, Pump]] = []
        for pump in chosen[:: len(readings)] if name.startswith("fatti") else chosen[:40]:
            slowest.append((seconds(read, pump.text(2_000)), pump))
        for _, pump in sorted(slowest, key=lambda found: -found[0])[:3]:
            # Up to 2,000 characters: of longer messages the facts are read in a part.
            for rounds in (2, 5, 10):
                short, long, grown = power(read, pump.text(250), pump.text(2_000), rounds)
                if grown <= STEEP:
                    break
            else:
                pytest.fail(f"{name}: power {grown:.2f} ({1000 * short:.1f} to {1000 * long:.1f} ms) on {pump}")
