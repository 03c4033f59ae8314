"""A backup restored into a fresh place: whole, on both engines, and without those who asked to be forgotten."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from cases.db import make_engine, make_session_factory
from cases.errors import CaseNotFound
from cases.keys import Keyring
from cases.service import Cases
from cli.backup import BackupFailed, backup, restore
from settings.config import Settings

NOW = dt.datetime(2026, 11, 22, 9, tzinfo=dt.UTC)


def _cases(settings: Settings) -> Cases:
    engine = make_engine(str(settings.database_url))
    return Cases(make_session_factory(engine), Keyring.open(settings.keys_dir))


def test_a_restored_backup_holds_every_case_but_those_erased_since(database: str, tmp_path: Path, fresh: Settings):
    here = Settings(data_dir=tmp_path / "dati", database_url=database)
    cases = _cases(here)
    stays = cases.open("cittadino", NOW)
    cases.update(stays.id, NOW, "persona", facts={"eta": 54, "comune": "Zibido San Giacomo"})
    leaves = cases.open("cittadino", NOW)
    cases.update(leaves.id, NOW, "persona", facts={"invalidita_percento": 71})

    archive = tmp_path / "base.tar"
    backup(here, archive, None, NOW)
    cases.erase(leaves.id, NOW)
    backup(here, tmp_path / "dopo.tar", tmp_path / "chiavi.tar", NOW)  # the newest copy of the keys

    counts = restore(fresh, archive, tmp_path / "chiavi.tar", NOW)

    assert counts == {"cases": 1, "erased_again": 1}
    restored = _cases(fresh)
    assert restored.get(stays.id).facts == {"eta": 54, "comune": "Zibido San Giacomo"}
    with pytest.raises(CaseNotFound):
        restored.get(leaves.id)


def test_the_archive_of_the_database_shows_nobodys_data(tmp_path: Path):
    here = Settings(data_dir=tmp_path / "dati")
    from cases.db import upgrade

    (tmp_path / "dati").mkdir()
    engine = make_engine(str(here.database_url))
    upgrade(engine)
    cases = _cases(here)
    case = cases.open("cittadino", NOW)
    cases.update(case.id, NOW, "persona", facts={"comune": "Zibido San Giacomo"})
    backup(here, tmp_path / "base.tar", None, NOW)
    assert b"Zibido" not in (tmp_path / "base.tar").read_bytes()


def test_a_restore_refuses_to_overwrite_and_strange_archives(tmp_path: Path, database: str):
    here = Settings(data_dir=tmp_path / "dati", database_url=database)
    _cases(here).open("cittadino", NOW)
    backup(here, tmp_path / "base.tar", tmp_path / "chiavi.tar", NOW)
    with pytest.raises(BackupFailed, match=r"esiste già|non è vuota"):
        restore(here, tmp_path / "base.tar", None, NOW)
    (tmp_path / "strano.tar").write_bytes(b"\x00" * 2000)
    with pytest.raises(BackupFailed, match="non è una copia"):
        restore(here, tmp_path / "strano.tar", None, NOW)
    assert (tmp_path / "chiavi.tar").stat().st_mode & 0o077 == 0


def test_without_keys_a_restore_says_what_is_missing(tmp_path: Path, database: str, fresh: Settings):
    here = Settings(data_dir=tmp_path / "dati", database_url=database)
    _cases(here).open("cittadino", NOW)
    backup(here, tmp_path / "base.tar", None, NOW)
    with pytest.raises(BackupFailed, match="Mancano le chiavi"):
        restore(fresh, tmp_path / "base.tar", None, NOW)
