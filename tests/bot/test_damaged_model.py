"""A damaged model is noticed: the next start trains anew, and the engine does not pretend to be up."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot import serve, train

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A folder with a model's file and the mark that it is up to date."""
    path = tmp_path / serve.MODEL_NAME
    path.write_bytes(gzip.compress(os.urandom(200_000)))
    (tmp_path / train.HASH_NAME).write_text(train.inputs_hash())
    return path


def test_a_whole_model_is_up_to_date(model: Path) -> None:
    assert train.up_to_date(model.parent)


@pytest.mark.parametrize("damage", ["turned", "cut", "emptied", "gone"])
def test_a_damaged_one_is_not(model: Path, damage: str) -> None:
    content = bytearray(model.read_bytes())
    if damage == "turned":
        content[len(content) // 2] ^= 0xFF
    elif damage == "cut":
        del content[-100:]
    elif damage == "emptied":
        content.clear()
    model.write_bytes(bytes(content))
    if damage == "gone":
        model.unlink()
    assert not train.up_to_date(model.parent)


def test_the_engine_ends_so_that_it_is_started_again(model: Path) -> None:
    model.write_bytes(model.read_bytes()[:-50])
    environment = {"PATH": os.environ["PATH"], "HOME": str(model.parent), "RIENTRO_BOT_MODEL": str(model.parent)}
    done = subprocess.run(
        [sys.executable, "-m", "bot.serve"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "damaged" in done.stderr


@pytest.mark.parametrize("content", [b"", b"\0" * 64, b"\xff\xfe\xfd", b"abc"])
def test_a_damaged_mark_means_training_anew(model: Path, content: bytes) -> None:
    (model.parent / train.HASH_NAME).write_bytes(content)
    assert not train.up_to_date(model.parent)
