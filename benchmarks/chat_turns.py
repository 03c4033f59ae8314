"""How fast a chat turn is, and what the service weighs, beside the stock Rasa recipe in the same run.

``python -m benchmarks.chat_turns [--seconds 20] [--without-stock] [--models FOLDER] [--stock-epochs N] [--stale-stock]
[--json FILE]``

Starts the whole service twice, with our model and with the recipe that ``rasa init`` gives (DIET, TED) trained
on the same data, and lets the same people hold the same conversations through the public gateway. Prints p50 and p95 of
a turn, the same early and late in a conversation of 200 turns, turns per second with 16 people at once, memory of each
process, start and training time, and the ratios.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import json
import os
import shutil
import statistics
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.models import stock_recipe, trained
from tests.stack import Stack, running

# One person's way through a conversation: (kind of turn, what is sent).
CONVERSATION: list[tuple[str, dict[str, str]]] = [
    ("pulsante", {"payload": "/affirm"}),
    ("testo", {"text": "ho finito la chemio a marzo, sono rientrata al lavoro da poco, ho il 75% di invalidità"}),
    ("testo", {"text": "ma quanto danno in tutto?"}),
    ("testo", {"text": "abito a Sesto San Giovanni e lavoro a Monza"}),
    ("testo", {"text": "sono a tempo indeterminato, part time"}),
    ("testo", {"text": "perché me lo chiede?"}),
    ("testo", {"text": "sono stata in malattia sette mesi di fila"}),
    ("pulsante", {"payload": "/dont_know"}),
    ("testo", {"text": "no scusi, era il 67"}),
    ("testo", {"text": "quali documenti devo portare?"}),
    ("pulsante", {"payload": "/deny"}),
    ("pulsante", {"payload": "/dont_know"}),
]

LONG_TURNS = 200


@dataclass
class Measure:
    """Figures of one service; times in milliseconds, memory in MiB."""

    name: str
    training_s: float = 0.0
    start_s: float = 0.0
    turns_ms: dict[str, list[float]] = field(default_factory=dict)
    per_second: float = 0.0
    errors: int = 0
    memory: dict[str, float] = field(default_factory=dict)
    long_turns_ms: list[float] = field(default_factory=list)

    def percentile(self, share: int) -> float:
        """The `share`-th percentile over all turns."""
        values = [value for kind in self.turns_ms.values() for value in kind]
        return statistics.quantiles(values, n=100)[share - 1]

    def summary(self) -> dict[str, object]:
        """The figures as plain data."""
        return {
            "name": self.name,
            "training_s": round(self.training_s, 1),
            "start_s": round(self.start_s, 1),
            "p50_ms": round(self.percentile(50), 1),
            "p95_ms": round(self.percentile(95), 1),
            "p50_by_kind_ms": {kind: round(statistics.median(v), 1) for kind, v in self.turns_ms.items()},
            "turns_per_second_16_people": round(self.per_second, 1),
            "p50_ms_turns_11_to_60_of_long": round(statistics.median(self.long_turns_ms[10:60]), 1),
            "p50_ms_last_50_of_long": round(statistics.median(self.long_turns_ms[-50:]), 1),
            "errors": self.errors,
            "memory_mib": {name: round(value) for name, value in self.memory.items()},
        }


def converse(client: httpx.Client, base: str, measure: Measure, stop: threading.Event | None = None) -> int:
    """Hold the conversation once; returns how many turns were made."""
    opened = client.post(f"{base}/api/v1/chat/sessions", json={"role": "cittadino"})
    opened.raise_for_status()
    session = opened.json()
    headers = {"Authorization": f"Bearer {session['token']}"}
    address = f"{base}/api/v1/chat/sessions/{session['session']}/messages"
    turns = 0
    for kind, message in CONVERSATION:
        if stop is not None and stop.is_set():
            break
        started = time.perf_counter()
        answer = client.post(address, json=message, headers=headers)
        elapsed = (time.perf_counter() - started) * 1000
        if answer.status_code != 200 or not answer.json()["messages"]:
            measure.errors += 1
        measure.turns_ms.setdefault(kind, []).append(elapsed)
        turns += 1
    return turns


def converse_long(client: httpx.Client, base: str, measure: Measure) -> None:
    """One conversation of :data:`LONG_TURNS` turns, each of a person who writes on and on."""
    session = client.post(f"{base}/api/v1/chat/sessions", json={"role": "cittadino"}).raise_for_status().json()
    headers = {"Authorization": f"Bearer {session['token']}"}
    address = f"{base}/api/v1/chat/sessions/{session['session']}/messages"
    for number in range(LONG_TURNS):
        _, message = CONVERSATION[number % len(CONVERSATION)]
        started = time.perf_counter()
        answer = client.post(address, json=message, headers=headers)
        measure.long_turns_ms.append((time.perf_counter() - started) * 1000)
        if answer.status_code != 200:
            measure.errors += 1


def memory(stack: Stack) -> dict[str, float]:
    """Resident memory of each process, in MiB."""
    return {
        name: sum(psutil.Process(pid).memory_info().rss for pid in stack.pids(name)) / 2**20
        for name in ("web", "actions", "bot", "worker")
    }


def measure_service(
    name: str, recipe: Path | None, model: Path, stale: bool, folder: Path, seconds: float, console: Console
) -> Measure:
    """Train, start, converse, load and weigh one service."""
    measure = Measure(name)
    console.print(f"[bold]{name}[/bold]: training…")
    measure.training_s = trained(model, recipe, stale)
    environment = {"RIENTRO_MODEL_DIR": str(model)}
    console.print(f"[bold]{name}[/bold]: starting and conversing…")
    started = time.monotonic()
    with running(folder, environment) as stack:
        measure.start_s = time.monotonic() - started
        limits = httpx.Limits(max_connections=32, max_keepalive_connections=32)
        with httpx.Client(timeout=60, limits=limits) as client:
            converse(client, stack.base_url, Measure("warm-up"))
            measure.turns_ms.clear()
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                converse(client, stack.base_url, measure)
            converse_long(client, stack.base_url, measure)
        crowd = Measure("crowd")
        stop = threading.Event()

        def person() -> int:
            total = 0
            with httpx.Client(timeout=60) as own:
                while not stop.is_set():
                    total += converse(own, stack.base_url, crowd, stop)
            return total

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            begun = time.monotonic()
            people = [pool.submit(person) for _ in range(16)]
            time.sleep(seconds)
            stop.set()
            total = sum(p.result() for p in people)
            measure.per_second = total / (time.monotonic() - begun)
        measure.errors += crowd.errors
        measure.memory = memory(stack)
    return measure


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20, help="length of each load, seconds")
    parser.add_argument("--without-stock", action="store_true", help="measure our service only")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    parser.add_argument("--models", type=Path, help="keep the trained models here, for the next run to use")
    parser.add_argument("--stock-epochs", type=int, help="epochs of the stock recipe, instead of its 100")
    parser.add_argument("--stale-stock", action="store_true", help="a kept stock model may be of earlier data")
    arguments = parser.parse_args()
    console = Console()
    folder = Path(tempfile.mkdtemp(prefix="rientro-bench-"))
    models = (arguments.models or folder).resolve()
    wanted: list[tuple[str, Path | None]] = [("rientro", None)]
    if not arguments.without_stock:
        wanted.append(stock_recipe(arguments.stock_epochs, folder))
    results = []
    try:
        for name, recipe in wanted:
            short = name.split()[0]
            model, data = models / f"{short}-model", folder / short
            stale = bool(recipe) and arguments.stale_stock
            results.append(measure_service(name, recipe, model, stale, data, arguments.seconds, console))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    table = Table(title=f"Chat turns through the gateway, {os.cpu_count()} cores")
    table.add_column("figure")
    summaries = [result.summary() for result in results]
    for result in results:
        table.add_column(result.name, justify="right")
    for key in summaries[0]:
        if key != "name":
            table.add_row(key, *(str(summary[key]) for summary in summaries))
    console.print(table)
    if len(results) == 2:
        ours, stock = results
        console.print(f"throughput ratio ours/stock: {ours.per_second / stock.per_second:.2f}")
        console.print(f"memory ratio ours/stock: {sum(ours.memory.values()) / sum(stock.memory.values()):.2f}")
        console.print(f"memory ratio of the bot process: {ours.memory['bot'] / stock.memory['bot']:.2f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(summaries, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
