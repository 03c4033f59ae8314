"""Who changed which rule when: nothing changes without a word, and what was said stays."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from eligibility import history
from eligibility.commands import lint_rules
from eligibility.errors import RuleError
from eligibility.ruleset import HOME, load_from

DAY = dt.date(2030, 11, 22)
DOTE = "measures/dote_ritorno_al_lavoro/2019.yaml"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A copy of the real rules with their history."""
    for name in ("facts.yaml", "sources.yaml", "situations.yaml", history.FILE):
        shutil.copy(HOME / name, tmp_path / name)
    for folder in ("measures", "signposts", "network", "quota"):
        shutil.copytree(HOME / folder, tmp_path / folder)
    return tmp_path


def append(home: Path, name: str, text: str = "# nota\n") -> None:
    path = home / name
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def test_every_change_of_the_rules_is_recorded() -> None:
    """Fails when a rule file was changed without `rientro rules record`."""
    assert history.unrecorded() == []


def test_a_change_without_a_word_fails_the_lint(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint_rules(home) == 0
    append(home, DOTE)
    assert lint_rules(home) == 1
    assert f"{DOTE}: la modifica non è registrata" in capsys.readouterr().out


def test_recording_tells_who_when_and_why_and_keeps_what_was_said(home: Path) -> None:
    before = history.read(home)
    append(home, DOTE)
    found = history.record("  Anna   Rossi ", "Soglia al 60 per cento: nuovo avviso", DAY, home)
    assert [(c.file, c.day, c.author) for c in found] == [(DOTE, DAY, "Anna Rossi")]
    assert history.read(home) == [*before, *found]
    assert history.unrecorded(home) == []
    assert history.record("Anna Rossi", "Niente", DAY, home) == []
    newest = history.of_file(DOTE, history.read(home))[0]
    assert newest == found[0]


def test_new_and_removed_files_are_changes_too(home: Path) -> None:
    (home / DOTE).rename(home / "measures/dote_ritorno_al_lavoro/2020.yaml")
    assert set(history.unrecorded(home)) == {DOTE, "measures/dote_ritorno_al_lavoro/2020.yaml"}
    found = {change.file: change.sha256 for change in history.record("Anna", "Cambia nome", DAY, home)}
    assert found[DOTE] == history.GONE
    assert history.unrecorded(home) == []


def test_the_history_is_no_part_of_the_rules(home: Path) -> None:
    version = load_from(home).version
    append(home, history.FILE, "")
    (home / history.FILE).unlink()
    assert load_from(home).version == version


@pytest.mark.parametrize(("author", "note"), [("", "Perché sì"), ("Anna", "  "), ("A" * 300, "Perché sì")])
def test_a_change_needs_a_name_and_a_reason(home: Path, author: str, note: str) -> None:
    append(home, DOTE)
    with pytest.raises(RuleError, match="un nome e un motivo"):
        history.record(author, note, DAY, home)


def test_time_does_not_run_backwards(home: Path) -> None:
    append(home, DOTE)
    with pytest.raises(RuleError, match="non può tornare indietro"):
        history.record("Anna", "Prima", dt.date(2001, 1, 1), home)


@pytest.mark.parametrize(
    "text",
    [
        "schema: 2\nchanges: []\n",
        "schema: 1\n",
        "schema: 1\nchanges: [{file: x}]\n",
        "schema: 1\nchanges: [{file: x, day: ieri, author: a, note: n, sha256: s}]\n",
        "changes: [",
    ],
)
def test_a_spoilt_history_is_told_and_fails_the_lint(home: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    (home / history.FILE).write_text(text, encoding="utf-8")
    with pytest.raises(RuleError, match=r"history\.yaml"):
        history.read(home)
    assert lint_rules(home) == 1
    assert "history.yaml" in capsys.readouterr().out


def test_the_command_records_nothing_when_nothing_changed() -> None:
    assert history.unrecorded() == []  # else the command would write into the repository
    done = CliRunner().invoke(app, ["rules", "record", "--author", "Anna", "--note", "Prova", "--date", "2099-01-01"])
    assert (done.exit_code, done.stdout.strip()) == (0, "Modifiche registrate: 0.")
    assert CliRunner().invoke(app, ["rules", "record", "--author", " ", "--note", "x"]).exit_code == 2
