"""Commands that keep house: the purge and its rehearsal, the change of keys, backups of keys kept elsewhere."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import text
from typer.testing import CliRunner

from cases.errors import CaseNotFound
from cases.keys import Keyring
from cli import main
from cli.backup import backup, restore
from cli.stores import Stores, open_stores
from referrals.contact import Contact
from referrals.directory import Directory
from referrals.service import Referrals
from settings import clock
from settings.config import Settings, get_settings
from tests.cases.world import CONSENT, MEASURE, OPERATORS

#: What a whole purge covers, whichever package the rule comes from.
RULES = {"tokens", "magic_links", "outbox", "mailbox", "idempotency_keys", "hotline_presence", "hotline_views"}
RULES |= {"account_sessions", "account_links", "access_failures"}


@pytest.fixture
def here(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The configuration that commands find in the environment."""
    monkeypatch.setenv("RIENTRO_DATABASE_URL", database)
    monkeypatch.setenv("RIENTRO_DATA_DIR", str(tmp_path / "dati"))
    get_settings.cache_clear()
    yield get_settings()
    get_settings.cache_clear()


def run(*words: str) -> str:
    """What a command prints; it must succeed."""
    done = CliRunner().invoke(main.app, list(words))
    assert done.exit_code == 0, done.output
    return done.output


def counted(stores: Stores, table: str) -> int:
    """Rows of a table."""
    with stores.sessions() as session:
        return int(session.scalar(text(f"SELECT count(*) FROM {table}")))


def with_referral(stores: Stores, settings: Settings, now: dt.datetime) -> str:
    """A case with an open referral."""
    Directory(stores.sessions).import_csv(OPERATORS, now)
    case = stores.cases.open("cittadino", now)
    Referrals(stores.sessions, stores.keyring, lambda: settings).open(
        case.id, "ALFA-1", MEASURE, Contact("Ada Prova", "3331234567"), CONSENT, "1", case.id, now
    )
    return case.id


def test_a_rehearsed_purge_tells_and_does_nothing_then_the_purge_does_it(here: Settings) -> None:
    stores, now = open_stores(here), clock.now()
    long_ago = now - dt.timedelta(days=500)
    old, fresh = stores.cases.open("cittadino", long_ago), stores.cases.open("cittadino", now)
    stores.cases.issue_token(old.id, long_ago, life=dt.timedelta(days=1))
    alive = with_referral(stores, here, now - dt.timedelta(days=200))

    told = run("purge", "--dry-run", "--days", "100")
    assert "Da cancellare: 1 casi" in told and "tokens: 1" in told
    assert {name for name in re.findall(r"^  (\w+):", told, re.MULTILINE)} >= RULES
    assert counted(stores, "case_record") == 3 and counted(stores, "case_token") == 1

    assert "Cancellati: 1 casi" in run("purge", "--days", "100")
    assert stores.cases.get(fresh.id) and stores.cases.get(alive)  # an operator works on it
    with pytest.raises(CaseNotFound):
        stores.cases.get(old.id)
    assert counted(stores, "case_token") == 0
    assert "Cancellati: 0 casi" in run("purge", "--days", "100")
    stores.close()


def test_the_keys_are_changed_by_a_command(here: Settings) -> None:
    stores, now = open_stores(here), clock.now()
    cases = [stores.cases.open("cittadino", now) for _ in range(7)]
    stores.cases.update(cases[0].id, now, "persona", facts={"eta": 54})
    told = run("keys", "rotate")
    assert "Chiavi riavvolte: " in told
    assert int(re.search(r"riavvolte: (\d+)", told).group(1)) >= 7
    content = json.loads((here.keys_dir / "master.json").read_text())
    assert list(content["keys"]) == [content["current"]] and content["current"] in told
    assert stores.cases.get(cases[0].id).facts == {"eta": 54}  # opened before the change
    assert "Registro integro" in run("check", "journal")
    stores.close()


def test_whoever_was_erased_with_an_open_referral_is_erased_again_by_a_restore(
    here: Settings, tmp_path: Path, fresh: Settings
) -> None:
    stores, now = open_stores(here), clock.now()
    case_id = with_referral(stores, here, now)
    backup(here, tmp_path / "base.tar", None, now)  # the referral is open in here
    stores.cases.erase(case_id, now)
    backup(here, tmp_path / "dopo.tar", tmp_path / "chiavi.tar", now)
    stores.close()
    restored = restore(fresh, tmp_path / "base.tar", tmp_path / "chiavi.tar", now)
    assert (restored.cases, restored.erased_again, restored.without_key) == (0, 1, 0)
    again = open_stores(fresh)
    with again.sessions() as session:
        assert session.execute(text("SELECT state, case_id FROM referral")).all() == [("annullata", None)]
    again.close()


def test_keys_kept_elsewhere_are_used_saved_and_put_back(
    tmp_path: Path, empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("RIENTRO_")]:
        monkeypatch.delenv(name)
    here = Settings(data_dir=tmp_path / "dati", keys_dir=tmp_path / "chiavi", keys_url=empty_database)
    stores, now = open_stores(here), clock.now()
    case = stores.cases.open("cittadino", now)
    assert (tmp_path / "chiavi" / "master.json").exists() and not (tmp_path / "dati" / "keys").exists()
    assert case.id in Keyring.open(here.keys_dir, empty_database).scopes()
    assert case.id not in Keyring.open(here.keys_dir).scopes()
    backup(here, tmp_path / "base.tar", tmp_path / "chiavi.tar", now)
    stores.close()
    elsewhere = Settings(
        data_dir=tmp_path / "nuovo", keys_dir=Path("altre"), keys_url=f"sqlite:///{tmp_path / 'nuovo.sqlite3'}"
    )
    assert elsewhere.keys_dir == tmp_path / "nuovo" / "altre"
    if empty_database.startswith("sqlite"):
        assert restore(elsewhere, tmp_path / "base.tar", tmp_path / "chiavi.tar", now).cases == 1
        assert open_stores(elsewhere).cases.get(case.id).role == "cittadino"


def test_the_keys_never_live_in_the_main_database() -> None:
    with pytest.raises(ValidationError, match="RIENTRO_KEYS_URL"):
        Settings(database_url="postgresql://127.0.0.1/rientro", keys_url="postgresql://127.0.0.1/rientro")
