"""How well people are understood, beside the stock Rasa 3.6 pipeline trained on the same data, in one run.

``python -m benchmarks.nlu [FILE.jsonl] [--without-stock] [--models FOLDER] [--stock-epochs N]
[--json FILE] [--report FOLDER]``

Trains our pipeline and the recipe that ``rasa init`` gives (DIET) on the project's data, runs both over the messages
held apart, and prints intent accuracy, macro-F1, share right among the first three, calibration error, facts and the
time of a message. The stock recipe has no facts: its fact figures are what they are.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.models import BOT_PYTHON, ROOT, stock_recipe, trained

HELD_APART = ROOT / "tests" / "nlu" / "held_apart.jsonl"

# Runs inside the bot's environment, which this file is not part of.
MEASURE = """
import json, resource, sys, time
from pathlib import Path
from bot.evaluate import evaluate, read_lines
from bot.evaluation_report import calibration_error, top_three, write
from bot.parser import Parser
started = time.perf_counter()
parser = Parser(Path(sys.argv[1]))
loading = time.perf_counter() - started
times = []
def parse(text, metadata):
    began = time.perf_counter()
    try:
        return parser.parse(text, metadata)
    finally:
        times.append((time.perf_counter() - began) * 1000)
result = evaluate(read_lines(Path(sys.argv[2])), parse)
if len(sys.argv) > 3:
    write(result, Path(sys.argv[3]))
times.sort()
summary = result.summary()
print("RESULT" + json.dumps({
    "intent": {**summary["intent"], "top_3": round(top_three(result), 4), "calibration_error": round(calibration_error(result), 4)},
    "facts": summary["facts"], "p50_ms": round(times[len(times) // 2], 2), "p95_ms": round(times[int(len(times) * .95)], 2),
    "load_s": round(loading, 1), "memory_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)}))
"""


def measure(model: Path, file: Path, report: Path | None) -> dict[str, Any]:
    """Run the model in `model` over `file`."""
    command = [
        str(BOT_PYTHON),
        "-W",
        "ignore",
        "-c",
        MEASURE,
        str(model),
        str(file),
        *([str(report)] if report else []),
    ]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT"))
    return json.loads(line.removeprefix("RESULT"))


def main() -> None:
    """Train, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, nargs="?", default=HELD_APART)
    parser.add_argument("--without-stock", action="store_true")
    parser.add_argument("--models", type=Path, help="keep the trained models here, for the next run to use")
    parser.add_argument("--stock-epochs", type=int, help="epochs of the stock recipe, instead of its 100")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--report", type=Path, help="folder for our report and its pictures")
    options = parser.parse_args()
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        wanted: list[tuple[str, Path | None]] = [("ours", None)]
        if not options.without_stock:
            wanted.append(stock_recipe(options.stock_epochs, Path(folder)))
        for name, recipe in wanted:
            out = (options.models or Path(folder)) / ("stock-model" if recipe else "rientro-model")
            seconds = trained(out.resolve(), recipe)
            figures[name] = {
                "training_s": round(seconds, 1),
                **measure(out, options.file, None if recipe else options.report),
            }
    for name, values in figures.items():
        print(f"{name}\n  intents {values['intent']}\n  facts   {values['facts']}")
        print(
            "  training {training_s} s, loading {load_s} s, a message p50 {p50_ms} ms p95 {p95_ms} ms, peak {memory_mib} MiB".format(
                **values
            )
        )
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
