"""PostgreSQL brought back to a moment of our choice, as docs/operations.md says, on a throw-away cluster."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pyrage
import pytest

from benchmarks.fault_injection.servers import Missing, Postgres, free_port
from cases.db import make_engine, make_session_factory, upgrade
from cases.errors import CaseNotFound
from cases.keys import Keyring
from cases.service import Cases
from tests.stack import ROOT

pytestmark = pytest.mark.postgresql
NOW = dt.datetime(2026, 11, 30, 9, tzinfo=dt.UTC)
SCRIPTS = ROOT / "deploy" / "postgresql"

# What `age` does, by the library we have: the command of that name may not be installed where tests run.
# The database's user may not be able to run our interpreter (below /root), so it runs the system's.
PYTHON = shutil.which("python3", path="/usr/bin:/bin") or sys.executable
AGE = f"""#!{PYTHON}
import argparse, sys
sys.path.append({str(Path(pyrage.__file__).parents[1])!r})
import pyrage
p = argparse.ArgumentParser()
p.add_argument("--encrypt", action="store_true"); p.add_argument("--decrypt", action="store_true")
p.add_argument("--recipient"); p.add_argument("--identity"); p.add_argument("--output"); p.add_argument("input")
a = p.parse_args()
if a.encrypt:
    pyrage.encrypt_file(a.input, a.output, [pyrage.x25519.Recipient.from_str(a.recipient)])
else:
    pyrage.decrypt_file(a.input, a.output, [pyrage.x25519.Identity.from_str(open(a.identity).read().strip())])
"""


class Cluster(Postgres):
    """A cluster whose write-ahead log is kept, and that can be brought back from it."""

    def keep_log(self) -> None:
        """Restart it as the guide says."""
        self.folder, secret = self._folder, pyrage.x25519.Identity.generate()
        self.wal = self.folder / "wal"
        self.wal.mkdir()
        for name, text, mode in (
            ("secret.txt", str(secret), 0o600),
            ("bin/age", AGE, 0o755),
            *((f"bin/{path.name}", path.read_text(), 0o755) for path in SCRIPTS.glob("*.sh")),
        ):
            path = self.folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
            path.chmod(mode)
        if self._user:
            subprocess.run(["chown", "-R", self._user, self.folder], check=True)
        self.settings = {
            "RIENTRO_WAL_DIR": str(self.wal),
            "RIENTRO_BACKUP_RECIPIENTS": str(secret.to_public()),
            "RIENTRO_BACKUP_IDENTITY": str(self.folder / "secret.txt"),
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
        }
        self.configure(
            self._data,
            "wal_level = replica",
            "archive_mode = on",
            "archive_timeout = 300",
            f'archive_command = \'{self.folder}/bin/archive-wal.sh "%p" "%f"\'',
        )
        self.crash()
        self.start()

    def configure(self, data: Path, *lines: str) -> None:
        """Add to the configuration of a cluster."""
        with (data / "postgresql.conf").open("a") as file:
            file.write("\n".join(lines) + "\n")

    def restore(self, base: Path, moment: dt.datetime) -> str:
        """Bring a base backup forward to a moment; returns the URL of the cluster that then runs."""
        self.configure(
            base,
            f'restore_command = \'{self.folder}/bin/restore-wal.sh "%f" "%p"\'',
            f"recovery_target_time = '{moment.isoformat()}'",
            "recovery_target_action = promote",
            "archive_mode = off",
        )
        (base / "recovery.signal").touch()
        if self._user:
            shutil.chown(base / "recovery.signal", self._user)
        self.crash()
        self._data, self.port = base, free_port()
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
        self.start()
        return self.url


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    try:
        made = Cluster()
    except Missing as reason:
        pytest.skip(str(reason))
    try:
        yield made
    finally:
        made.close()


def test_a_mistake_is_undone_by_going_back_to_the_moment_before(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = Cluster.start

    def with_environment(self: Cluster) -> None:
        with monkeypatch.context() as changed:
            for name, value in getattr(self, "settings", {}).items():
                changed.setenv(name, value)
            start(self)

    monkeypatch.setattr(Cluster, "start", with_environment)
    cluster.keep_log()
    upgrade(make_engine(cluster.url))
    keyring = Keyring.open(tmp_path / "keys")
    cases = Cases(make_session_factory(make_engine(cluster.url)), keyring)
    before_base = cases.open("cittadino", NOW)
    base = cluster.folder / "base"
    subprocess.run(
        [cluster._bin / "pg_basebackup", "-d", cluster.url, "-D", base, "-X", "fetch", "--checkpoint=fast"],
        check=True,
        user=cluster._user,
        cwd="/",
    )
    after_base = cases.open("cittadino", NOW)
    cases.update(after_base.id, NOW, "persona", facts={"eta": 54})
    erased = cases.open("cittadino", NOW)
    time.sleep(1)
    with psycopg.connect(cluster.url, autocommit=True) as connection:
        moment = connection.execute("SELECT now()").fetchone()[0]  # type: ignore[index]
        time.sleep(1)
        connection.execute("DELETE FROM case_record")
        connection.execute("SELECT pg_switch_wal()")
        connection.execute("CHECKPOINT")
        for _ in range(300):
            if connection.execute("SELECT failed_count, last_archived_wal FROM pg_stat_archiver").fetchone()[1]:  # type: ignore[index]
                waiting = list((base.parent / "base").parent.glob("data/pg_wal/archive_status/*.ready"))
                if not waiting:
                    break
            time.sleep(0.1)
    keyring.shred(erased.id)  # somebody asked to be forgotten after that moment
    assert list(cluster.wal.glob("*.age"))
    assert not any(b"case_record" in path.read_bytes() for path in cluster.wal.glob("*.age"))

    restored = Cases(make_session_factory(make_engine(cluster.restore(base, moment))), keyring)

    assert restored.get(before_base.id) and restored.get(after_base.id).facts == {"eta": 54}
    with pytest.raises(CaseNotFound):
        restored.get(erased.id)


def test_a_piece_handed_over_twice_is_fine_and_another_of_the_same_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "age").write_text(AGE)
    (tmp_path / "bin" / "age").chmod(0o755)
    wal = tmp_path / "wal"
    wal.mkdir()
    environment = {
        "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
        "RIENTRO_WAL_DIR": str(wal),
        "RIENTRO_BACKUP_RECIPIENTS": str(pyrage.x25519.Identity.generate().to_public()),
    }

    def archive(content: bytes) -> int:
        (tmp_path / "piece").write_bytes(content)
        return subprocess.run([SCRIPTS / "archive-wal.sh", tmp_path / "piece", "0001"], env=environment).returncode

    assert archive(b"one") == 0
    kept = (wal / "0001.age").read_bytes()
    assert archive(b"one") == 0
    assert archive(b"two") != 0
    assert (wal / "0001.age").read_bytes() == kept
