"""How many people the service holds at once, and how it ages.

``python -m benchmarks.load [--kind single|scaled|both] [--start 40] [--most 3000] [--hold 40] [--json FILE]``
``python -m benchmarks.load --soak-minutes 60 --people 150 [--kind single]``

Starts the service on free ports (``scaled``: on PostgreSQL and Redis, as ``rientro up --scaled``), sends Locust's people
to it (:mod:`benchmarks.load_people`: 70 % buttons, 30 % words, reading and writing pauses, an open tab each), step by step
until 95 turns in 100 take 300 ms or more or any turn fails, and says how many were held. The people run on the same
machine and take their share of its cores: the table shows both. Ends by itself; Ctrl-C ends it at once.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from rich import box
from rich.console import Console
from rich.table import Table

from cli.scaled import Scale
from tests.deploy import topology
from tests.stack import ROOT, Stack, running

SETTLE_SECONDS = 12.0
SOAK_WINDOW_SECONDS = 60.0
POSTGRESQL = "postgresql://postgres@127.0.0.1:5432/postgres"


@contextlib.contextmanager
def service(kind: str, folder: Path, scale: Scale) -> Iterator[Stack]:
    """A running service of that kind.

    :param kind: ``single`` (SQLite, one process of each) or ``scaled``.
    :raises NoStores: ``scaled`` without Redis.
    """
    if kind == "single":
        with running(folder / "single") as stack:
            yield stack
        return
    server = os.environ.get("RIENTRO_TEST_POSTGRESQL", POSTGRESQL)
    name = f"rientro_load_{uuid.uuid4().hex[:12]}"
    with (
        topology.redis_server(folder) as redis,
        topology.databases(server, name, f"{name}_keys") as (main, keys),
    ):
        stores = {"RIENTRO_DATABASE_URL": main, "RIENTRO_KEYS_URL": keys, "RIENTRO_REDIS_URL": redis}
        with topology.running(folder / "scaled", stores, scale) as stack:
            yield stack


def send_people(stack: Stack, plan: dict[str, Any], folder: Path, longest: float) -> list[dict[str, Any]]:
    """Run Locust against a service.

    :param longest: seconds after which it is ended from outside.
    :returns: the figures of each step; fewer if it had to be ended.
    """
    out = folder / "steps.json"
    out.unlink(missing_ok=True)
    plan = plan | {"host": stack.base_url, "pid": stack.process.pid, "out": str(out)}
    environment = os.environ | {"RIENTRO_LOAD": json.dumps(plan)}
    words = [sys.executable, "-m", "locust", "-f", str(ROOT / "benchmarks" / "load_people.py"), "--headless"]
    with (folder / "locust.log").open("w", encoding="utf-8") as log:
        people = subprocess.Popen(
            [*words, "--only-summary", "--stop-timeout", "5"], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
        try:
            people.wait(longest)
        except subprocess.TimeoutExpired:
            pass
        finally:
            if people.poll() is None:
                people.terminate()
                try:
                    people.wait(20)
                except subprocess.TimeoutExpired:
                    people.kill()
                    people.wait()
    if not out.exists():
        raise RuntimeError("no step was measured:\n" + (folder / "locust.log").read_text()[-2000:])
    steps: list[dict[str, Any]] = json.loads(out.read_text())
    return steps


def stored(stack: Stack) -> tuple[int, int]:
    """Bytes of the main database, indexes and all, and how many conversations it holds."""
    if isinstance(stack, topology.Topology):
        with psycopg.connect(stack.database_url, autocommit=True) as connection:
            size = connection.execute("SELECT pg_database_size(current_database())").fetchone()
            cases = connection.execute("SELECT count(*) FROM case_record").fetchone()
            return (size or (0,))[0], (cases or (0,))[0]
    path = stack.data_dir / "rientro.db"
    with contextlib.closing(sqlite3.connect(path)) as database:
        pages, page = (database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
        return pages * page, database.execute("SELECT count(*) FROM case_record").fetchone()[0]


def summary(steps: list[dict[str, Any]], p95: float) -> dict[str, Any]:
    """What the steps of a staircase say: people held, the knee, throughput there."""
    held = [step for step in steps if step["errors"] == 0 and step["p95_ms"] < p95]
    over = [step for step in steps if step not in held]
    best = max(held, key=lambda step: step["people"], default=None)
    return {
        "people_held": best["people"] if best else 0,
        "turns_per_second_held": best["turns_per_second"] if best else 0,
        "p95_ms_held": best["p95_ms"] if best else None,
        "knee_people": min((step["people"] for step in over), default=None),
        "most_turns_per_second": max(step["turns_per_second"] for step in steps),
    }


def growth_per_hour(steps: list[dict[str, Any]]) -> dict[str, float]:
    """MiB that each kind of process gains in an hour, by a straight line through the second half of the soak."""
    later = steps[len(steps) // 2 :]
    if len(later) < 3:
        return {}
    hours = [sum(step["minutes"] for step in later[: number + 1]) / 60 for number in range(len(later))]
    return {
        name: round(statistics.linear_regression(hours, [step["memory_mib"].get(name, 0) for step in later]).slope, 1)
        for name in later[-1]["memory_mib"]
    }


def table(title: str, steps: list[dict[str, Any]], p95: float) -> Table:
    """The steps, readable."""
    made = Table(
        title=title,
        box=box.SIMPLE,
        caption="times in ms; cores used by the service and by the simulation of the people",
    )
    for name in ("people", "turns/s", "p50", "p95", "p99", "errors", "cores", "simul.", "MiB", ""):
        made.add_column(name, justify="right", no_wrap=True)
    for step in steps:
        held = step["errors"] == 0 and step["p95_ms"] < p95
        made.add_row(
            str(step["people"]),
            str(step["turns_per_second"]),
            str(step["p50_ms"]),
            str(step["p95_ms"]),
            str(step["p99_ms"]),
            str(step["errors"]),
            str(round(sum(step["service_cores"].values()), 2)),
            str(step["people_cores"]),
            str(sum(step["memory_mib"].values())),
            "held" if held else "",
        )
    return made


def main() -> int:
    """Measure and print; 1 when nothing could be measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", choices=("single", "scaled", "both"), default="both")
    parser.add_argument("--start", type=int, default=40, help="people of the first step")
    parser.add_argument("--most", type=int, default=3000, help="never more people than this")
    parser.add_argument("--growth", type=float, default=1.35, help="each step has so many times the people before")
    parser.add_argument("--refinements", type=int, default=3, help="steps between the last held and the first not held")
    parser.add_argument("--hold", type=float, default=40, help="seconds measured in each step")
    parser.add_argument("--p95", type=float, default=300, help="limit of the 95th percentile of a turn, milliseconds")
    parser.add_argument("--pauses", type=float, default=1.0, help="stretches the pauses of the people")
    parser.add_argument("--no-tabs", action="store_true", help="people do not keep the stream of events open")
    parser.add_argument("--soak-minutes", type=float, default=0, help="hold the same people for so long instead")
    parser.add_argument("--people", type=int, default=100, help="people of the soak")
    for name, count in vars(Scale()).items():
        parser.add_argument(f"--{name}", type=int, default=count, help="processes of the scaled topology")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    chosen = parser.parse_args()
    scale = Scale(chosen.gateways, chosen.actions, chosen.bots, chosen.workers)
    console = Console()
    console = Console(width=max(96, console.width))
    soak = chosen.soak_minutes > 0
    hold = SOAK_WINDOW_SECONDS if soak else chosen.hold
    plan = {
        "start": chosen.people if soak else chosen.start,
        "most": chosen.most,
        "growth": chosen.growth,
        "refinements": chosen.refinements,
        "settle": SETTLE_SECONDS if not soak else 1.0,
        "hold": hold,
        "p95": chosen.p95,
        "pauses": chosen.pauses,
        "tabs": not chosen.no_tabs,
        "steps": max(1, round(chosen.soak_minutes * 60 / hold)) if soak else 0,
    }
    longest = chosen.soak_minutes * 60 * 1.3 + 300 if soak else 45 * (hold + SETTLE_SECONDS) + 120
    results: dict[str, Any] = {"cores": os.cpu_count(), "plan": plan, "scale": vars(scale)}
    folder = Path(tempfile.mkdtemp(prefix="rientro-load-"))
    try:
        for kind in ("single", "scaled") if chosen.kind == "both" else (chosen.kind,):
            console.print(f"[bold]{kind}[/bold]: starting the service…")
            try:
                with service(kind, folder, scale) as stack:
                    console.print(f"[bold]{kind}[/bold]: people come…")
                    empty, none = stored(stack)
                    steps = send_people(stack, plan, folder, longest)
                    full, cases = stored(stack)
                    weight = (full - empty) // max(1, cases - none)
            except (topology.NoStores, psycopg.Error, RuntimeError, OSError) as error:
                console.print(f"[bold red]{kind} was not measured:[/bold red] {error}", markup=True, highlight=False)
                continue
            results[kind] = {"steps": steps, "bytes_per_conversation": weight}
            console.print(table(f"{kind}, {os.cpu_count()} cores shared with the people", steps, chosen.p95))
            if soak:
                results[kind]["memory_mib_per_hour"] = growth_per_hour(steps)
                results[kind]["errors"] = sum(step["errors"] for step in steps)
            else:
                results[kind]["summary"] = summary(steps, chosen.p95)
            for name, value in results[kind].items():
                if name != "steps":
                    console.print(f"{kind} {name}: {value}", highlight=False)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if chosen.json:
        chosen.json.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0 if {"single", "scaled"} & results.keys() else 1


if __name__ == "__main__":
    sys.exit(main())
