"""How reading grows on texts made to hold it up.

``python -m benchmarks.adversarial_text [--texts N] [--seed N]``

Prints, for each environment, how many patterns were found and which of them grow faster than a text's length; then the
time of whole readings of 250 to 4,000 characters, on texts made from the patterns themselves. Ends with 1 when anything
grows faster. Times are of this machine and its load; the power of growth is what counts (1: linear, 2: quadratic).
"""

from __future__ import annotations

import argparse
import math
import subprocess
import sys
import warnings

from benchmarks.adversarial_text import subjects
from benchmarks.adversarial_text.growth import STEEP, of_pattern, seconds
from benchmarks.adversarial_text.patterns import Patterns
from benchmarks.models import BOT_PYTHON, ROOT

LENGTHS = (250, 500, 1_000, 2_000, 4_000)


def main() -> int:
    """Both environments, or the one that ``--part`` names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=60, help="texts tried on each whole reading")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--part", choices=("bot", "application"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.part == "bot":
        return _bot(asked.texts, asked.seed)
    failed = _patterns("application", subjects.application_patterns())
    command = [BOT_PYTHON, "-m", "benchmarks.adversarial_text", "--part", "bot"]
    command += ["--texts", str(asked.texts), "--seed", str(asked.seed)]
    return subprocess.run(command, cwd=ROOT, check=False).returncode or failed


def _patterns(name: str, patterns: Patterns) -> int:
    print(f"{name}: {len(patterns.found)} patterns", flush=True)
    failed = 0
    for pattern, place in patterns.found.items():
        if growth := of_pattern(pattern):
            failed = 1
            print(f"  {place}: power {growth.power:.1f} on {growth.pump!r}", flush=True)
    if not failed:
        print("  none grows faster than the text")
    return failed


def _bot(count: int, seed: int) -> int:
    warnings.simplefilter("ignore")
    patterns = subjects.bot_patterns()
    failed = _patterns("bot", patterns)
    pumps = subjects.texts(patterns, count, seed)
    print(f"whole readings, the slowest of {len(pumps)} texts, milliseconds:")
    print(f"{'reading':32}" + "".join(f"{length:>9}" for length in LENGTHS) + f"{'power':>9}")
    for name, read in subjects.bot_readings().items():
        slowest = [max(seconds(read, pump.text(length), 2) for pump in pumps) for length in LENGTHS]
        power = math.log(slowest[-1] / slowest[0]) / math.log(LENGTHS[-1] / LENGTHS[0])
        failed = failed or int(not power < STEEP)
        print(f"{name:32}" + "".join(f"{1000 * time:9.1f}" for time in slowest) + f"{power:9.2f}", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
