"""After a disk fault: each file that a start needs is made anew, or the start says in plain words what to do."""

from __future__ import annotations

import datetime as dt
import json
import multiprocessing
import os
from pathlib import Path

import pytest
from rich.console import Console

from cases import erasure
from cases.db import make_engine, make_session_factory, upgrade
from cases.keys import Keyring
from cases.service import Cases
from cli.up import CannotStart, check_keys, prepare
from referrals.jobs import ANCHOR_FILE, Jobs
from settings import files
from settings.config import Settings

NOW = dt.datetime(2026, 11, 30, 9, tzinfo=dt.UTC)
DAMAGES = ("emptied", "cut", "zeroes", "garbled")


def harm(path: Path, damage: str) -> None:
    """What a disk fault leaves of a file."""
    content = path.read_bytes()
    path.write_bytes(
        {
            "emptied": b"",
            "cut": content[: len(content) // 3],
            "zeroes": bytes(len(content)),
            "garbled": bytes(255 - byte for byte in content),
        }[damage]
    )


@pytest.fixture
def used(tmp_path: Path) -> Settings:
    """A data folder with one case."""
    settings = Settings(data_dir=tmp_path / "dati", mode="production")
    prepare(settings, Console(quiet=True))
    engine = make_engine(str(settings.database_url))
    cases = Cases(make_session_factory(engine), Keyring.open(settings.keys_dir))
    cases.update(cases.open("cittadino", NOW).id, NOW, "persona", facts={"eta": 54})
    engine.dispose()
    return settings


def start(settings: Settings) -> None:
    """The part of a start that reads what stands on the disk."""
    check_keys(settings)
    prepare(settings, Console(quiet=True))


def test_a_healthy_folder_starts_again_and_again(used: Settings) -> None:
    start(used)
    start(used)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_token_is_made_anew(tmp_path: Path, damage: str) -> None:
    settings = Settings(data_dir=tmp_path / "dati")
    before = settings.bot_bearer()
    harm(settings.keys_dir / "bot-token", damage)
    after = settings.bot_bearer()
    assert len(after) >= 43 and after != before
    assert settings.bot_bearer() == after, "the next process reads the same"
    assert (settings.keys_dir / "bot-token").stat().st_mode & 0o777 == 0o600


@pytest.mark.long
def test_processes_that_mend_it_together_agree(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "dati")
    settings.bot_bearer()
    harm(settings.keys_dir / "bot-token", "emptied")
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        assert len(set(pool.map(_token, [str(tmp_path / "dati")] * 8))) == 1


def _token(folder: str) -> str:
    return Settings(data_dir=Path(folder)).bot_bearer()


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_master_key_says_what_to_do(used: Settings, damage: str) -> None:
    master = used.keys_dir / "master.json"
    harm(master, damage)
    left = master.read_bytes()
    with pytest.raises(CannotStart, match="rientro restore"):
        start(used)
    assert master.read_bytes() == left, "nothing is written over what may still be mended"


def test_a_master_key_of_the_wrong_length_is_damaged(used: Settings) -> None:
    master = used.keys_dir / "master.json"
    content = json.loads(master.read_text())
    content["root"] = content["root"][:16]
    master.write_text(json.dumps(content))
    with pytest.raises(CannotStart, match=r"master\.json"):
        start(used)


def test_a_lost_folder_of_keys_is_not_replaced_by_a_new_one(used: Settings) -> None:
    used.keys_dir.rename(used.data_dir / "altrove")
    with pytest.raises(CannotStart, match="rientro restore"):
        start(used)
    assert not (used.keys_dir / "master.json").exists()
    (used.data_dir / "altrove").rename(used.keys_dir)
    start(used)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_store_of_keys_says_what_to_do_and_erases_nobody(used: Settings, damage: str) -> None:
    harm(used.keys_dir / "data_keys.sqlite3", damage)
    with pytest.raises(CannotStart, match="chiavi"):
        start(used)


def test_cases_whose_keys_are_missing_are_not_taken_for_erased(used: Settings) -> None:
    (used.keys_dir / "data_keys.sqlite3").rename(used.data_dir / "altrove")
    factory = make_session_factory(make_engine(str(used.database_url)))
    emptied = Keyring.open(used.keys_dir)
    assert erasure.sweep(factory, emptied, NOW) == 0
    emptied.close()
    (used.data_dir / "altrove").rename(used.keys_dir / "data_keys.sqlite3")
    start(used)
    keyring = Keyring.open(used.keys_dir)
    with factory() as session:
        (case_id,) = session.scalars(erasure.select(erasure.CaseRow.id))
    assert Cases(factory, keyring).get(case_id).facts == {"eta": 54}


@pytest.mark.parametrize("damage", [*DAMAGES, "gone"])
def test_a_damaged_database_says_what_to_do(used: Settings, damage: str) -> None:
    path = used.data_dir / "rientro.db"
    if damage == "gone":
        path.unlink()
    else:
        harm(path, damage)
    for suffix in ("-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    with pytest.raises(CannotStart, match="rientro restore"):
        start(used)


def test_a_start_that_died_before_it_made_keys_is_no_obstacle(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "dati", mode="production")
    settings.data_dir.mkdir(mode=0o700)
    upgrade(make_engine(str(settings.database_url)))
    start(settings)
    again = Settings(data_dir=tmp_path / "altri", mode="production")
    Keyring.open(again.keys_dir)  # keys, and no database yet
    start(again)


@pytest.mark.parametrize("tail", [b'{"at": "2026-11-', bytes(40), b"\xff\xfe\n"])
def test_an_anchor_torn_by_a_power_cut_hides_none_of_the_others(used: Settings, tail: bytes) -> None:
    factory = make_session_factory(make_engine(str(used.database_url)))
    jobs = Jobs(factory, Keyring.open(used.keys_dir), used)
    jobs.anchor(NOW)
    with (used.keys_dir / ANCHOR_FILE).open("ab") as file:
        file.write(tail)
    jobs.anchor(NOW)
    assert jobs.verify_journal()
    lines = (used.keys_dir / ANCHOR_FILE).read_bytes().splitlines()
    assert len(lines) == 3 and json.loads(lines[0])["heads"] == json.loads(lines[2])["heads"]


def test_a_file_gets_its_name_only_when_it_is_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    fsync, replace = os.fsync, os.replace

    def noted_fsync(handle: int) -> None:
        done.append("folder" if Path(f"/proc/self/fd/{handle}").resolve().is_dir() else "content")
        fsync(handle)

    def noted_replace(source: object, target: object) -> None:
        done.append("name")
        replace(source, target)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "replace", noted_replace)
    files.write_whole(tmp_path / "a", b"content")
    assert done == ["content", "name", "folder"]
    done.clear()
    Keyring.open(tmp_path / "keys").close()
    assert done == ["content", "name", "folder"]


def test_a_disk_that_fails_half_way_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.write_whole(tmp_path / "a", b"old")

    def fails(_handle: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(OSError, match="Input"):
        files.write_whole(tmp_path / "a", b"new")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a", b"old")]
