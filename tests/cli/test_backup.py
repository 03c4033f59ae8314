"""A backup restored into a fresh place: whole, on both engines, and without those who asked to be forgotten."""

from __future__ import annotations

import datetime as dt
import os
import resource
import sqlite3
import subprocess
import sys
import tarfile
from pathlib import Path

import pyrage
import pytest

from cases import maintenance
from cases.db import make_engine, make_session_factory, upgrade
from cases.errors import CaseNotFound
from cases.keys import Keyring
from cases.service import Cases
from cli import archive
from cli.backup import BackupFailed, backup, restore
from cli.verified import verify
from settings.config import Settings
from tests.stack import ROOT

NOW = dt.datetime(2026, 11, 22, 9, tzinfo=dt.UTC)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """File of a secret key; its public part is in ``public(secret)``."""
    path = tmp_path / "segreta.txt"
    path.write_text(f"# created by a test\n{pyrage.x25519.Identity.generate()}\n")
    return path


def public(secret: Path) -> str:
    return str(archive.identities(secret)[0].to_public())


def _cases(settings: Settings) -> Cases:
    engine = make_engine(str(settings.database_url))
    return Cases(make_session_factory(engine), Keyring.open(settings.keys_dir))


def _here(tmp_path: Path, database: str, secret: Path | None = None) -> Settings:
    return Settings(
        data_dir=tmp_path / "dati", database_url=database, backup_recipients=public(secret) if secret else ""
    )


def _embedded(tmp_path: Path, **values: object) -> Settings:
    here = Settings(data_dir=tmp_path / "dati", **values)  # type: ignore[arg-type]
    here.data_dir.mkdir(mode=0o700)
    upgrade(make_engine(str(here.database_url)))
    return here


def test_a_restored_backup_holds_every_case_but_those_erased_since(
    database: str, tmp_path: Path, fresh: Settings, secret: Path
):
    here = _here(tmp_path, database, secret)
    cases = _cases(here)
    stays = cases.open("cittadino", NOW)
    cases.update(stays.id, NOW, "persona", facts={"eta": 54, "comune": "Zibido San Giacomo"})
    leaves = cases.open("cittadino", NOW)
    cases.update(leaves.id, NOW, "persona", facts={"invalidita_percento": 71})

    backup(here, tmp_path / "base.age", None, NOW)
    cases.erase(leaves.id, NOW)
    backup(here, tmp_path / "dopo.age", tmp_path / "chiavi.age", NOW)  # the newest copy of the keys

    counts = restore(fresh, tmp_path / "base.age", tmp_path / "chiavi.age", NOW, secret)

    assert (counts.cases, counts.erased_again, counts.without_key) == (1, 1, 0)
    restored = _cases(fresh)
    assert restored.get(stays.id).facts == {"eta": 54, "comune": "Zibido San Giacomo"}
    with pytest.raises(CaseNotFound):
        restored.get(leaves.id)


def test_a_case_newer_than_the_copy_of_the_keys_is_said_to_be_unreadable(
    database: str, tmp_path: Path, fresh: Settings
):
    here = _here(tmp_path, database)
    cases = _cases(here)
    cases.open("cittadino", NOW)
    backup(here, tmp_path / "prima.tar", tmp_path / "chiavi.tar", NOW)
    cases.open("cittadino", NOW)
    backup(here, tmp_path / "base.tar", None, NOW)
    counts = restore(fresh, tmp_path / "base.tar", tmp_path / "chiavi.tar", NOW)
    assert (counts.cases, counts.erased_again, counts.without_key) == (2, 0, 1)


def test_the_archives_show_nothing_and_open_for_their_keeper_alone(tmp_path: Path, secret: Path):
    here = _embedded(tmp_path, backup_recipients=public(secret))
    cases = _cases(here)
    cases.update(cases.open("cittadino", NOW).id, NOW, "persona", facts={"comune": "Zibido San Giacomo"})
    base, keys = tmp_path / "base.age", tmp_path / "chiavi.age"
    for path in backup(here, base, keys, NOW):
        content = path.read_bytes()
        assert content.startswith(b"age-encryption.org/v1")
        assert not any(word in content for word in (b"Zibido", b"SQLite", b"case_record", b"manifest", b"root"))
        assert path.stat().st_mode & 0o077 == 0
    fresh = Settings(data_dir=tmp_path / "nuovo")
    with pytest.raises(BackupFailed, match="--identity"):
        restore(fresh, base, keys, NOW)
    other = tmp_path / "altra.txt"
    other.write_text(str(pyrage.x25519.Identity.generate()))
    with pytest.raises(BackupFailed, match="non si apre"):
        restore(fresh, base, keys, NOW, other)
    assert restore(fresh, base, keys, NOW, secret).cases == 1


def test_a_real_service_is_not_copied_in_clear_by_oversight(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    here = _embedded(tmp_path, mode="production")
    _cases(here)
    with pytest.raises(BackupFailed, match="RIENTRO_BACKUP_RECIPIENTS"):
        backup(here, tmp_path / "base.tar", None, NOW)
    assert not (tmp_path / "base.tar").exists()
    assert backup(here, tmp_path / "base.tar", None, NOW, plain=True)


def test_any_program_that_knows_age_and_tar_opens_it(tmp_path: Path, secret: Path):
    here = _embedded(tmp_path, backup_recipients=public(secret))
    _cases(here).open("cittadino", NOW)
    backup(here, tmp_path / "base.age", None, NOW)
    (tmp_path / "base.tar").write_bytes(
        pyrage.decrypt((tmp_path / "base.age").read_bytes(), archive.identities(secret))
    )
    with tarfile.open(tmp_path / "base.tar") as opened:
        names = [name for name in opened.getnames() if name.startswith("rientro.db/")]
        pieces = [opened.extractfile(name).read() for name in names]  # type: ignore[union-attr]
    (tmp_path / "a.db").write_bytes(b"".join(pieces))
    assert sqlite3.connect(tmp_path / "a.db").execute("SELECT count(*) FROM case_record").fetchone() == (1,)


@pytest.mark.parametrize("encrypted", [True, False])
@pytest.mark.parametrize("damage", ["cut", "last_byte_gone", "turned", "emptied"])
def test_a_damaged_archive_is_refused_and_nothing_is_put_back(
    tmp_path: Path, secret: Path, damage: str, encrypted: bool
):
    here = _embedded(tmp_path, backup_recipients=public(secret) if encrypted else "")
    _cases(here).open("cittadino", NOW)
    base, keys = tmp_path / "base", tmp_path / "chiavi"
    backup(here, base, keys, NOW)
    content = bytearray(base.read_bytes())
    if damage == "cut":
        del content[len(content) // 2 :]
    elif damage == "last_byte_gone":
        del content[-1500:]
    elif damage == "turned":
        content[len(content) // 2] ^= 1
    else:
        content.clear()
    base.write_bytes(bytes(content))
    fresh = Settings(data_dir=tmp_path / "nuovo")
    with pytest.raises(BackupFailed, match=r"rovinata|non si apre"):
        restore(fresh, base, keys, NOW, secret)
    assert not (fresh.data_dir / "rientro.db").exists()
    assert not [path for path in fresh.data_dir.iterdir() if path.name != "keys"]


def test_a_full_disk_leaves_no_half_copy_and_no_success(tmp_path: Path):
    here = _embedded(tmp_path)
    _cases(here).open("cittadino", NOW)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(BackupFailed):
            backup(here, tmp_path / "base.tar", None, NOW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dati"]
    assert maintenance.last(make_session_factory(make_engine(str(here.database_url)))) == {}


def test_the_last_success_is_noted(database: str, tmp_path: Path):
    here = _here(tmp_path, database)
    _cases(here)
    factory = make_session_factory(make_engine(database))
    backup(here, tmp_path / "base.tar", None, NOW)
    assert maintenance.last(factory) == {"backup_database": NOW}
    later = NOW + dt.timedelta(minutes=15)
    backup(here, tmp_path / "base.tar", tmp_path / "chiavi.tar", later)
    assert maintenance.last(factory) == {"backup_database": later, "backup_keys": later}


def test_verifying_restores_beside_the_service_reads_everything_and_leaves_nothing(
    database: str, tmp_path: Path, secret: Path
):
    here = _here(tmp_path, database, secret)
    cases = _cases(here)
    ids = [cases.open("cittadino", NOW).id for _ in range(7)]
    copies = tmp_path / "copie"
    copies.mkdir()
    backup(here, copies / "base.age", None, NOW)
    cases.erase(ids[0], NOW)
    backup(here, copies / "ignora.age", copies / "chiavi.age", NOW)
    before = sorted(copies.iterdir())
    found = verify(here, copies / "base.age", copies / "chiavi.age", NOW, secret)
    assert (found.cases, found.erased_again, found.without_key) == (6, 1, 0)
    assert found.journal >= 7
    assert sorted(copies.iterdir()) == before
    assert cases.get(ids[1])  # the running service did not notice
    assert "backup_verified" in maintenance.last(make_session_factory(make_engine(database)))


def test_verifying_notices_a_case_that_cannot_be_read(tmp_path: Path):
    here = _embedded(tmp_path)
    case = _cases(here).open("cittadino", NOW)
    with sqlite3.connect(here.data_dir / "rientro.db") as open_database:
        open_database.execute("UPDATE case_record SET facts_sealed = x'00112233' WHERE id = ?", (case.id,))
    backup(here, tmp_path / "base.tar", tmp_path / "chiavi.tar", NOW)
    with pytest.raises(BackupFailed, match="se ne leggono 0"):
        verify(here, tmp_path / "base.tar", tmp_path / "chiavi.tar", NOW, None)


@pytest.mark.long
def test_memory_does_not_grow_with_the_database(tmp_path: Path, secret: Path):
    here = _embedded(tmp_path, backup_recipients=public(secret))
    _cases(here).open("cittadino", NOW)
    small = _peak(here, tmp_path / "piccola", secret)
    with sqlite3.connect(here.data_dir / "rientro.db") as filling:
        filling.execute("CREATE TABLE filling (content BLOB)")
        filling.executemany("INSERT INTO filling VALUES (?)", ((os.urandom(1 << 20),) for _ in range(200)))
    assert _peak(here, tmp_path / "grande", secret) < small + 60 * 1024  # KiB; 200 MiB more data


def _peak(settings: Settings, folder: Path, secret: Path) -> int:
    """KiB at the most, of a backup and of its restore."""
    folder.mkdir()
    program = (
        "import resource, sys; from cli.main import app\n"
        "try: app()\n"
        "finally: print('PEAK', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    base = [str(folder / "base"), "--keys", str(folder / "chiavi")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RIENTRO_")}
    environment["RIENTRO_BACKUP_RECIPIENTS"] = settings.backup_recipients
    most = 0
    for place, words in (
        (settings.data_dir, ["backup", *base]),
        (folder / "nuovo", ["restore", *base, "--identity", str(secret)]),
    ):
        done = subprocess.run(
            [sys.executable, "-c", program, *words],
            env=environment | {"RIENTRO_DATA_DIR": str(place)},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        most = max(most, int(done.stdout.rsplit("PEAK ", 1)[1]))
    return most


def test_a_restore_refuses_to_overwrite_and_strange_archives(tmp_path: Path, database: str):
    here = _here(tmp_path, database)
    _cases(here).open("cittadino", NOW)
    backup(here, tmp_path / "base.tar", tmp_path / "chiavi.tar", NOW)
    with pytest.raises(BackupFailed, match=r"esiste già|non è vuota"):
        restore(here, tmp_path / "base.tar", None, NOW)
    (tmp_path / "strano.tar").write_bytes(b"\x00" * 2000)
    with pytest.raises(BackupFailed, match="non è una copia"):
        restore(here, tmp_path / "strano.tar", None, NOW)
    assert (tmp_path / "chiavi.tar").stat().st_mode & 0o077 == 0


def test_without_keys_a_restore_says_what_is_missing(tmp_path: Path, database: str, fresh: Settings):
    here = _here(tmp_path, database)
    _cases(here).open("cittadino", NOW)
    backup(here, tmp_path / "base.tar", None, NOW)
    with pytest.raises(BackupFailed, match="Mancano le chiavi"):
        restore(fresh, tmp_path / "base.tar", None, NOW)
