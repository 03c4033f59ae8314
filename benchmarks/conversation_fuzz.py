"""Conversations made at random by hypothesis, for as long as you like; the first broken promise stops it with its story.

    .venv/bin/python -m benchmarks.conversation_fuzz --minutes 30

They talk to the real dialogue with its own stores (no service is needed); what a language model might have read is made
at random too. ``tests/dialogue/fuzz.py`` says what must always be true; tests run a few dozen conversations of it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import tempfile
import time
from pathlib import Path

from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from cases.db import make_engine, make_session_factory, upgrade
from cases.keys import Keyring
from cases.service import Cases
from dialogue.services import HelpDesk, Services
from referrals.directory import Directory
from referrals.service import Referrals
from tests.dialogue.fuzz import START, machine

ROOT = Path(__file__).resolve().parents[1]
ROUND, STEPS = 20, 60


def stores(folder: Path) -> Services:
    """Fresh stores with the demonstration operators."""
    engine = make_engine(f"sqlite:///{folder / 'prova.db'}")
    upgrade(engine)
    sessions = make_session_factory(engine)
    keyring = Keyring.open(folder / "keys")
    directory = Directory(sessions)
    directory.import_csv(ROOT / "referrals" / "demo" / "operatori.csv", START - dt.timedelta(days=1))
    desk = HelpDesk("800 318 318", "gratuito", "dal lunedì al venerdì, 9-17")
    return Services(Cases(sessions, keyring), directory, Referrals(sessions, keyring), desk)


def main() -> int:
    """Run rounds until the time is over."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    options = parser.parse_args()
    limits = settings(
        max_examples=ROUND,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    end, rounds = time.monotonic() + options.minutes * 60, 0
    print(f"seed {options.seed}", flush=True)
    while time.monotonic() < end:
        with tempfile.TemporaryDirectory() as folder:
            tested = machine(stores(Path(folder)))
            run_state_machine_as_test(seed(options.seed + rounds)(tested), settings=limits)
        rounds += 1
    print(f"{rounds * ROUND} conversations of up to {STEPS} turns: every promise kept", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
