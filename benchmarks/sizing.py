"""What a number of conversations a month needs, from a measured load.

``python -m benchmarks.load --kind scaled --json load.json && python -m benchmarks.sizing load.json``

Takes what a turn costs each kind of process at the largest step that was held, and prints the table of docs/sizing.md.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MONTHLY = (10_000, 50_000, 100_000, 250_000, 500_000, 1_000_000)
# How people come: twelve turns each, nine in ten on the 22 working days between 8 and 20, three times the mean at the peak.
TURNS_EACH = 12
BUSY_SHARE, BUSY_SECONDS, PEAK = 0.9, 22 * 12 * 3600, 3.0
# Mean seconds between two turns of a person (benchmarks/load_people.py).
PAUSE = 0.7 * 6.5 + 0.3 * 16.5
# A process uses one core, and is planned to be busy six tenths of the time at the peak; two of each, for one may die.
BUSY, LEAST = 0.6, 2
CONNECTIONS_EACH = 20
KINDS = {"web": "gateways", "actions": "actions", "bot": "engines", "worker": "workers"}


@dataclass(frozen=True)
class Cost:
    """Core seconds of one turn by kind of process, and bytes of one conversation."""

    core_seconds: dict[str, float]
    conversation_bytes: int


def cost_of(load: dict[str, Any], kind: str) -> Cost:
    """What a turn cost in a measured load.

    :param load: what ``benchmarks.load --json`` wrote.
    :raises KeyError: that kind was not measured.
    """
    steps = load[kind]["steps"]
    limit = load["plan"]["p95"]
    held = [step for step in steps if not step["errors"] and step["p95_ms"] < limit] or steps[:1]
    best = max(held, key=lambda step: step["people"])
    spent = {name: cores / best["turns_per_second"] for name, cores in best["service_cores"].items()}
    return Cost(spent, load[kind]["bytes_per_conversation"])


def row(conversations: int, cost: Cost) -> list[str]:
    """One line of the table."""
    turns = conversations * TURNS_EACH * BUSY_SHARE / BUSY_SECONDS * PEAK
    needed = {kind: max(LEAST, math.ceil(turns * cost.core_seconds.get(kind, 0.0) / BUSY)) for kind in KINDS}
    cores = turns * sum(cost.core_seconds.values()) / BUSY
    connections = CONNECTIONS_EACH * (needed["web"] + needed["actions"] + needed["worker"])
    gigabytes = conversations * 12 * cost.conversation_bytes / 2**30
    return [
        f"{conversations:,}",
        f"{turns:.1f}",
        f"{turns * PAUSE:.0f}",
        *(str(needed[kind]) for kind in KINDS),
        f"{max(2.0, cores):.1f}",
        str(connections),
        f"{gigabytes:.0f}",
    ]


def main() -> int:
    """Print the table, in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("load", type=Path, help="what benchmarks.load wrote with --json")
    parser.add_argument("--kind", choices=("single", "scaled"), default="scaled")
    chosen = parser.parse_args()
    cost = cost_of(json.loads(chosen.load.read_text(encoding="utf-8")), chosen.kind)
    spent = ", ".join(f"{KINDS[name]} {seconds * 1000:.1f}" for name, seconds in sorted(cost.core_seconds.items()))
    print(f"Core milliseconds of a turn: {spent}. A conversation weighs {cost.conversation_bytes / 1024:.0f} KiB.\n")
    head = ["conversations a month", "turns/s at the peak", "people at once", *KINDS.values()]
    head += ["cores", "connections", "GiB in a year"]
    print("| " + " | ".join(head) + " |\n|" + "---:|" * len(head))
    for conversations in MONTHLY:
        print("| " + " | ".join(row(conversations, cost)) + " |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
