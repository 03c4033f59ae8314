"""How often a random conversation with the running service ends in the engine's verdict for that person.

    .venv/bin/python -m benchmarks.dialogue_agreement --url http://127.0.0.1:8000 --people 200

The service must run with generous rate limits (RIENTRO_RATE_ADDRESS=100000/minute). People answer in varied words, by
button one time in five, ask side questions and sometimes do not know. Nobody corrects the summary: what was misread
stays misread, so the figure is the raw one.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
import statistics
import time
from collections import Counter
from typing import Any

from tests.dialogue import personas
from tests.dialogue.talk import ApiTalk, Heard


class TimedTalk(ApiTalk):
    """Notes how long each turn took."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.seconds: list[float] = []
        super().__init__(*args, **kwargs)

    def _post(self, body: dict[str, str], key: str | None = None) -> Heard:
        started = time.perf_counter()
        heard = super()._post(body, key)
        self.seconds.append(time.perf_counter() - started)
        return heard


def measure(url: str, people: int, seed: int) -> dict[str, Any]:
    """Hold the conversations and count.

    :param url: address of the running service.
    :param people: how many conversations.
    :param seed: seed of the first person; the others follow.
    """
    today = dt.datetime.now(dt.UTC).date()
    agreed = verdicts_agreed = verdicts = 0
    misread: Counter[str] = Counter()
    unfinished: list[int] = []
    disagreed: list[int] = []
    seconds: list[float] = []
    turns: list[int] = []
    for number in range(seed, seed + people):
        persona = personas.make(random.Random(number))
        talk = TimedTalk(url, persona.role)
        try:
            heard = personas.converse(persona, talk)
        except AssertionError:
            unfinished.append(number)
            continue
        finally:
            seconds += talk.seconds
            turns.append(len(talk.seconds))
            talk.close()
        expected = persona.verdicts(today)
        agreed += heard.verdicts == expected
        if heard.verdicts != expected:
            disagreed.append(number)
        verdicts += len(expected)
        verdicts_agreed += sum(heard.verdicts.get(measure) == verdict for measure, verdict in expected.items())
        known = persona.known()
        for fact, value in (heard.state or {})["facts"].items():
            if known.get(fact) != value and fact in known:
                misread[f"{fact}: {known.get(fact)} read as {value}"] += 1
    finished = people - len(unfinished)
    return {
        "people": people,
        "finished": finished,
        "agreement": round(agreed / people, 4),
        "agreement_by_verdict": round(verdicts_agreed / verdicts, 4) if verdicts else None,
        "turns_mean": round(statistics.mean(turns), 1),
        "turn_ms_p50": round(statistics.median(seconds) * 1000, 1),
        "turn_ms_p95": round(statistics.quantiles(seconds, n=20)[-1] * 1000, 1),
        "unfinished_seeds": unfinished,
        "disagreed_seeds": disagreed,
        "misread": dict(misread.most_common(20)),
    }


def main() -> None:
    """Read the command line and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="address of the running service")
    parser.add_argument("--people", type=int, default=200, help="how many conversations")
    parser.add_argument("--seed", type=int, default=10_000, help="seed of the first person")
    chosen = parser.parse_args()
    print(json.dumps(measure(chosen.url, chosen.people, chosen.seed), ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
