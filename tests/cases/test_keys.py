"""The key ring: files, rotation, destruction."""

import json
import multiprocessing
import stat
import time

import pytest

from cases.errors import KeyringError, KeyShredded
from cases.keys import Keyring

PLACE = ("t", "c", "r")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "keys"


def test_keys_are_made_on_first_use_and_readable_by_their_owner_only(folder):
    Keyring.open(folder).create("case")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert set(modes) >= {"master.json", "data_keys.sqlite3"}
    assert set(modes.values()) == {0o600}


def test_a_second_opening_reads_the_same_keys(folder):
    first = Keyring.open(folder)
    first.create("case")
    sealed = first.cipher("case").seal(*PLACE, "x")
    assert Keyring.open(folder).cipher("case").open(*PLACE, sealed) == "x"
    assert Keyring.open(folder).secret("pin") == first.secret("pin") != first.secret("journal")


def test_many_processes_starting_together_agree_on_one_master_key(folder):
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        secrets = pool.map(_secret, [str(folder)] * 8)
    assert len(set(secrets)) == 1


def _secret(folder):
    return Keyring.open(folder).secret("pin")


def test_a_master_file_that_others_can_read_is_refused(folder):
    Keyring.open(folder)
    (folder / "master.json").chmod(0o640)
    with pytest.raises(KeyringError, match="others"):
        Keyring.open(folder)


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"current": "a", "keys": {}, "root": ""}', '{"keys": 3}'])
def test_a_damaged_master_file_is_refused(folder, content):
    Keyring.open(folder)
    (folder / "master.json").write_text(content)
    with pytest.raises(KeyringError):
        Keyring.open(folder)


def test_a_lost_master_file_is_not_silently_replaced(folder):
    Keyring.open(folder).create("case")
    (folder / "master.json").unlink()
    with pytest.raises(KeyringError, match="missing"):
        Keyring.open(folder)


def test_making_a_key_twice_keeps_the_first(folder):
    keyring = Keyring.open(folder)
    keyring.create("case")
    sealed = keyring.cipher("case").seal(*PLACE, "x")
    keyring.create("case")
    assert keyring.cipher("case").open(*PLACE, sealed) == "x"


def test_rotation_rewraps_every_key_and_forgets_the_old_master(folder, monkeypatch):
    keyring = Keyring.open(folder)
    other_process = Keyring.open(folder)
    monkeypatch.setattr("cases.keys.ROTATION_BATCH", 5)
    for number in range(13):  # more than two batches
        keyring.create(f"case {number}")
    sealed = keyring.cipher("case 7").seal(*PLACE, "x")
    old = keyring.current_master
    secret = keyring.secret("pin")

    assert keyring.rotate() == 13

    content = json.loads((folder / "master.json").read_text())
    assert list(content["keys"]) == [content["current"]] != [old]
    assert keyring.secret("pin") == secret
    for ring in (keyring, other_process, Keyring.open(folder)):
        assert ring.cipher("case 7").open(*PLACE, sealed) == "x"
    other_process.create("after")
    assert Keyring.open(folder).cipher("after")


def test_a_process_that_slept_through_a_rotation_wraps_new_keys_with_the_new_master(folder):
    running = Keyring.open(folder)
    running.create("before")
    Keyring.open(folder).rotate()
    running.create("after")
    assert Keyring.open(folder).cipher("after")


def test_a_key_made_while_another_process_forgets_its_master_survives(folder, monkeypatch):
    running = Keyring.open(folder)
    running.create("before")
    original = running._store.add

    def rotated_meanwhile(*arguments):
        Keyring.open(folder).rotate()  # after the key was wrapped, before it is stored
        return original(*arguments)

    monkeypatch.setattr(running._store, "add", rotated_meanwhile)
    running.create("case")
    sealed = running.cipher("case").seal(*PLACE, "x")
    assert Keyring.open(folder).cipher("case").open(*PLACE, sealed) == "x"
    sealed_before = running.cipher("before").seal(*PLACE, "y")
    running.create("before")  # exists already: neither replaced nor wrapped again
    assert Keyring.open(folder).cipher("before").open(*PLACE, sealed_before) == "y"


def test_an_interrupted_rotation_loses_nothing_and_can_be_finished(folder, monkeypatch):
    keyring = Keyring.open(folder)
    for number in range(5):
        keyring.create(f"case {number}")
    sealed = {n: keyring.cipher(f"case {n}").seal(*PLACE, "x") for n in range(5)}
    done = []

    def dies_at_the_second(*arguments):
        if done:
            raise KeyboardInterrupt
        done.append(arguments)
        original(*arguments)

    original = keyring._store.rewrap
    monkeypatch.setattr(keyring._store, "rewrap", dies_at_the_second)
    monkeypatch.setattr("cases.keys.ROTATION_BATCH", 2)
    with pytest.raises(KeyboardInterrupt):
        keyring.rotate()

    again = Keyring.open(folder)
    assert {again.cipher(f"case {n}").open(*PLACE, sealed[n]) for n in range(5)} == {"x"}
    assert len(json.loads((folder / "master.json").read_text())["keys"]) == 2
    assert again.rotate() == 5
    assert len(json.loads((folder / "master.json").read_text())["keys"]) == 1
    assert {again.cipher(f"case {n}").open(*PLACE, sealed[n]) for n in range(5)} == {"x"}


def test_a_shredded_key_is_gone_from_the_disk(folder):
    keyring = Keyring.open(folder)
    keyring.create("case")
    wrapped = keyring._store.get(["case"])["case"][1]
    assert any(wrapped in path.read_bytes() for path in folder.iterdir())
    keyring.shred("case")
    keyring.shred("case")
    assert not any(wrapped in path.read_bytes() for path in folder.iterdir())
    with pytest.raises(KeyShredded):
        keyring.cipher("case")


def test_a_remembered_key_is_forgotten_when_shredded_here_and_soon_when_shredded_elsewhere(folder, monkeypatch):
    monkeypatch.setattr("cases.keys.REMEMBERED_SECONDS", 0.2)
    here, elsewhere = Keyring.open(folder), Keyring.open(folder)
    for scope in ("uno", "due"):
        here.create(scope)
        here.cipher(scope)
    here.shred("uno")
    with pytest.raises(KeyShredded):
        here.cipher("uno")
    elsewhere.shred("due")
    time.sleep(0.3)
    with pytest.raises(KeyShredded):
        here.cipher("due")


def test_restoring_an_old_copy_of_the_keys_does_not_bring_a_shredded_one_back(folder):
    keyring = Keyring.open(folder)
    keyring.create("gone")
    keyring.create("kept")
    backup = (folder / "data_keys.sqlite3").read_bytes()
    keyring.shred("gone")
    shredded = keyring.shredded()
    keyring.close()

    (folder / "data_keys.sqlite3").write_bytes(backup)
    restored = Keyring.open(folder)
    assert restored.scopes() == {"gone", "kept"}
    assert restored.shred_again(shredded) == 1
    assert restored.scopes() == {"kept"}


def test_data_keys_can_live_in_a_database_of_their_own(folder, empty_database):
    keyring = Keyring.open(folder, store_url=empty_database)
    keyring.create("case")
    sealed = keyring.cipher("case").seal(*PLACE, "x")
    assert keyring.rotate() == 1
    assert Keyring.open(folder, store_url=empty_database).cipher("case").open(*PLACE, sealed) == "x"
    keyring.shred("case")
    assert keyring.ciphers(["case"]) == {}
    keyring.close()
