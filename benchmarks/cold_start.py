"""How long from ``rientro up`` to a service that answers, with a model already trained.

``python -m benchmarks.cold_start [--runs 3] [--limit 15] [--json FILE]``

The first start makes the data folder and is shown apart; the others are what a restart costs. Prints for each start when
every process answered, and the processor time each had used by then: on a busy machine that is the figure to compare.
Ends with 1 when the median of the restarts is over the limit.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import psutil
from rich.console import Console
from rich.table import Table

from tests.stack import ROOT, Stack, free_port_block

GIVE_UP_SECONDS = 300


def start(data_dir: Path) -> tuple[dict[str, float], dict[str, float]]:
    """Start the service once and stop it.

    :returns: seconds until each part answered (``ready``: all of them), and processor seconds used until then.
    :raises RuntimeError: it did not become ready.
    """
    port = free_port_block()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RIENTRO_")}
    environment |= {
        "RIENTRO_PORT": str(port),
        "RIENTRO_DATA_DIR": str(data_dir),
        "RIENTRO_MODEL_DIR": str(ROOT / ".rientro" / "model"),
    }
    addresses = {
        "web": f"http://127.0.0.1:{port}/health/live",
        "actions": f"http://127.0.0.1:{port + 1}/health",
        "bot": f"http://127.0.0.1:{port + 2}/webhooks/rientro/health",
        "ready": f"http://127.0.0.1:{port}/health/ready",
    }
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", "up"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        text=True,
    )
    stack = Stack(f"http://127.0.0.1:{port}", data_dir, port, process)
    answered: dict[str, float] = {}
    try:
        with httpx.Client(timeout=1) as client:
            while len(answered) < len(addresses):
                for name in addresses.keys() - answered.keys():
                    try:
                        if client.get(addresses[name]).status_code == 200:
                            answered[name] = round(time.monotonic() - began, 2)
                    except httpx.HTTPError:
                        continue
                if process.poll() is not None or time.monotonic() - began > GIVE_UP_SECONDS:
                    raise RuntimeError(f"the service did not become ready; the reasons are in {data_dir / 'logs'}")
                time.sleep(0.05)
        spent = {
            name: round(sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in stack.pids(name)), 2)
            for name in ("web", "actions", "bot", "worker")
        }
        spent["up"] = round(sum(psutil.Process(process.pid).cpu_times()), 2)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
    return answered, spent


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="restarts to measure")
    parser.add_argument("--limit", type=float, default=15, help="seconds a restart may take")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    chosen = parser.parse_args()
    console = Console()
    subprocess.run([sys.executable, "-m", "cli", "train"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    table = Table(title=f"Cold start, {os.cpu_count()} cores, load before {os.getloadavg()[0]:.1f}")
    for name in ("start", "web", "actions", "bot", "ready", "processor seconds"):
        table.add_column(name, justify="right")
    runs = []
    with tempfile.TemporaryDirectory(prefix="rientro-start-") as folder:
        for number in range(chosen.runs + 1):
            answered, spent = start(Path(folder) / "data")
            runs.append({"answered_s": answered, "processor_s": spent})
            words = ", ".join(f"{name} {value}" for name, value in spent.items())
            name = "first" if number == 0 else f"restart {number}"
            seconds = [f"{answered[part]:.1f}" for part in ("web", "actions", "bot", "ready")]
            table.add_row(name, *seconds, f"{sum(spent.values()):.1f} ({words})")
    console.print(table)
    median = statistics.median(run["answered_s"]["ready"] for run in runs[1:])
    console.print(f"median restart: {median:.1f} s; limit {chosen.limit:.0f} s")
    if chosen.json:
        content = {"runs": runs, "median_restart_s": median, "load": os.getloadavg()}
        chosen.json.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return 0 if median <= chosen.limit else 1


if __name__ == "__main__":
    sys.exit(main())
