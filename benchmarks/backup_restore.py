"""How long a copy of a large service takes, and to bring it back: ``python -m benchmarks.backup_restore``.

Options: ``--gigabytes N`` (default 2), ``--cases N`` (default 2000), ``--postgresql`` (a throw-away cluster; else SQLite),
``--folder PATH`` (needs about six times the size), ``--json FILE``. Fills a service with conversations of that size, then runs
``rientro backup``, ``rientro restore`` into a fresh place and ``rientro backup verify`` as an administrator would, and
tells seconds, MiB and the most memory of each. Exit status 1 when the recovery takes more than an hour or the counts
differ.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import insert

from benchmarks.fault_injection.servers import Postgres
from cases.db import make_engine, make_session_factory, upgrade
from cases.keys import Keyring
from cases.models import TurnRow
from cases.service import Cases
from settings import clock
from settings.config import PROJECT_ROOT, Settings

BODY_BYTES = 8192  # a long answer with its card
BATCH = 500
RECOVERY_SECONDS = 3600


def fill(settings: Settings, cases: int, size: int) -> int:
    """Conversations of about ``size`` bytes; returns how many turns there are.

    The bodies are random bytes: what people wrote is ciphertext, which no compression makes smaller.
    """
    engine = make_engine(str(settings.database_url))
    upgrade(engine)
    sessions = make_session_factory(engine)
    book = Cases(sessions, Keyring.open(settings.keys_dir))
    now = clock.now()
    ids = [book.open("cittadino", now).id for _ in range(cases)]
    total = size // BODY_BYTES
    with engine.connect().execution_options(writes=True) as connection:
        for start in range(0, total, BATCH):
            rows = [
                {
                    "id": secrets.token_hex(16),
                    "case_id": ids[number % cases],
                    "seq": 1 + number // cases,
                    "author": "bot",
                    "status": "done",
                    "body_sealed": os.urandom(BODY_BYTES),
                    "created_at": now,
                }
                for number in range(start, min(start + BATCH, total))
            ]
            with connection.begin():
                connection.execute(insert(TurnRow), rows)
    engine.dispose()
    return total


def timed(words: list[str], environment: dict[str, str]) -> dict[str, Any]:
    """Run a command of ours; seconds, the most memory of it and its children together, and what it said."""
    began = time.monotonic()
    process = psutil.Popen(
        [sys.executable, "-m", "cli", *words], env=environment, cwd=PROJECT_ROOT, stdout=subprocess.PIPE, text=True
    )
    most = 0
    while process.poll() is None:
        try:
            family = [process, *process.children(recursive=True)]
            most = max(most, sum(one.memory_info().rss for one in family))
        except psutil.Error:
            pass
        time.sleep(0.1)
    said = process.stdout.read()
    if process.returncode:
        raise SystemExit(f"rientro {' '.join(words)} failed: {said}")
    return {"seconds": round(time.monotonic() - began, 1), "MiB": round(most / 2**20), "said": " ".join(said.split())}


def main() -> int:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigabytes", type=float, default=2)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="rientro-copie-", dir=given.folder))
    server = Postgres() if given.postgresql else None
    try:
        results = measure(folder, server, given)
    finally:
        if server:
            server.close()
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(results, indent=1, ensure_ascii=False))
    if given.json:
        given.json.write_text(json.dumps(results, indent=1, ensure_ascii=False), encoding="utf-8")
    whole = f"Rimessi {given.cases} casi" in results["restore"]["said"]
    return 0 if whole and results["restore"]["seconds"] < RECOVERY_SECONDS else 1


def measure(folder: Path, server: Postgres | None, given: argparse.Namespace) -> dict[str, Any]:
    """Fill, copy, bring back, prove."""
    import pyrage

    secret = pyrage.x25519.Identity.generate()
    (folder / "secret.txt").write_text(str(secret), encoding="ascii")
    url = server.url if server else f"sqlite:///{folder / 'dati' / 'rientro.db'}"
    settings = Settings(data_dir=folder / "dati", database_url=url)
    settings.data_dir.mkdir(mode=0o700)
    fill(settings, given.cases, int(given.gigabytes * 2**30))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RIENTRO_")} | {
        "RIENTRO_DATA_DIR": str(settings.data_dir),
        "RIENTRO_DATABASE_URL": url,
        "RIENTRO_BACKUP_RECIPIENTS": str(secret.to_public()),
    }
    place = environment | {"RIENTRO_DATA_DIR": str(folder / "nuovo")}
    place["RIENTRO_DATABASE_URL"] = (
        server.another("nuovo") if server else f"sqlite:///{folder / 'nuovo' / 'rientro.db'}"
    )
    copies = [str(folder / "base.age"), "--keys", str(folder / "chiavi.age")]
    opened = ["--identity", str(folder / "secret.txt")]
    results: dict[str, Any] = {"engine": "postgresql" if server else "sqlite", "gigabytes": given.gigabytes}
    results["backup"] = timed(["backup", *copies], environment)
    results["archive MiB"] = round((folder / "base.age").stat().st_size / 2**20)
    results["restore"] = timed(["restore", *copies, *opened], place)
    results["verify"] = timed(["backup", "verify", *copies, *opened], environment)
    return results


if __name__ == "__main__":
    sys.exit(main())
