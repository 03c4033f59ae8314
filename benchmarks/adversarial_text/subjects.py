"""What is tried: the patterns of each environment, and its readings of a whole message."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from benchmarks.adversarial_text.patterns import APPLICATION, BOT, Patterns, collect, noting
from benchmarks.adversarial_text.pumps import Pump, pumps

# Open questions that choose different ways through the reading.
QUESTIONS = (
    None,
    "comune",
    "invalidita_percento",
    "mesi_assenza",
    "giorni_assenza_12_mesi",
    "occupazione",
    "ammortizzatore",
    "rientrato_al_lavoro",
    "part_time",
    "eta",
    "recapito",
    "nome",
)


def application_patterns() -> Patterns:
    """All patterns of what runs in the application's environment."""
    found = Patterns()
    with noting(APPLICATION, found):
        collect(APPLICATION, found)
    return found


def bot_patterns() -> Patterns:
    """All patterns of the dialogue engine, with those made when its lists are first read."""
    found = Patterns()
    with noting(BOT, found):
        collect(BOT, found)
        for read in bot_readings().values():
            read("abito a Monza, ho il 70% e sono a casa da tre mesi")
    return found


def bot_readings() -> dict[str, Callable[[str], Any]]:
    """The readings of a message in the engine, by name."""
    from bot.facts.context import Context
    from bot.facts.extract import read
    from bot.intents.emergency import look_for_emergency
    from bot.intents.focus import cap_length, deciding_part
    from bot.intents.ngrams import features

    def facts_for(question: str | None) -> Callable[[str], Any]:
        return lambda text: read(text, Context(question=question))

    readings: dict[str, Callable[[str], Any]] = {f"fatti, {name or '-'}": facts_for(name) for name in QUESTIONS}
    readings["emergenza"] = look_for_emergency
    readings["intento"] = lambda text: (deciding_part(cap_length(text)), features(cap_length(text)))
    return readings


def texts(patterns: Patterns, count: int, seed: int = 0) -> list[Pump]:
    """Some of the texts that the patterns are slowest on, taken evenly from all of them."""
    chance = random.Random(seed)
    by_pattern = [pumps(pattern) for pattern in patterns.found]
    found: dict[tuple[str, str], Pump] = {}
    for of_one in by_pattern:
        for pump in chance.sample(of_one, min(3, len(of_one))):
            found.setdefault((pump.prefix, pump.part), pump.folded())
    return chance.sample(list(found.values()), min(count, len(found)))
