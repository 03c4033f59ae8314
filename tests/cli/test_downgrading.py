"""``rientro downgrade``: back to an earlier revision and up again, on both engines."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from cases.db import current_revision, make_engine, upgrade
from cli.downgrading import CannotDowngrade, downgrade_to, revisions
from settings.config import Settings
from tests.stack import free_port_block


def test_back_and_up_again(database: str, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url=database, port=free_port_block())
    engine = make_engine(database)
    newest = current_revision(engine)
    listed = revisions(settings)
    assert listed[0].startswith(f"{newest}  <-") and listed[-1].startswith("0001")
    assert downgrade_to(settings, "0009") == "0009"
    assert any(line.startswith("0009  <-") for line in revisions(settings))
    upgrade(engine)
    assert current_revision(engine) == newest


@pytest.mark.parametrize("wrong", ["9999", "base", "", "0012'; DROP TABLE case_record"])
def test_a_revision_that_is_none_is_refused(database: str, tmp_path: Path, wrong: str) -> None:
    settings = Settings(data_dir=tmp_path, database_url=database, port=free_port_block())
    before = current_revision(make_engine(database))
    with pytest.raises(CannotDowngrade, match="non viene prima"):
        downgrade_to(settings, wrong)
    assert current_revision(make_engine(database)) == before


def test_a_running_service_is_not_pulled_away(tmp_path: Path, database: str) -> None:
    port = free_port_block()
    settings = Settings(data_dir=tmp_path, database_url=database, port=port)
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", port))
        busy.listen()
        with pytest.raises(CannotDowngrade, match="acceso"):
            downgrade_to(settings, "0009")
