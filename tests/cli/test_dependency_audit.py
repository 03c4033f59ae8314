"""Every known vulnerability has a written decision, and every decision is about something that is still there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli import dependency_audit as audit
from tests.evidence import missing

FINDING = audit.Finding("aiohttp", "3.9.5", frozenset({"PYSEC-2099-1", "CVE-2099-1"}))


def test_every_decision_is_about_a_locked_version() -> None:
    assert audit.out_of_date(audit.decisions(), audit.locked_versions()) == []


def test_every_decision_says_why_and_shows_it() -> None:
    decided = audit.decisions()
    assert len(decided) >= 10
    for entry in decided:
        assert entry["decision"] in {"accepted", "not affected"} and len(entry["why"]) > 40 and entry["about"], entry[
            "id"
        ]
        assert [missing(evidence) for evidence in entry["evidence"] if missing(evidence)] == []
        assert entry["group"] == "bot", "the application's own packages are upgraded, not excused"


def test_a_finding_without_a_decision_is_told() -> None:
    decided = [{"id": "CVE-2099-1", "package": "AioHTTP", "version": "3.9.5"}]
    assert audit.undecided([FINDING], decided) == []
    assert audit.undecided([FINDING], [{**decided[0], "version": "3.9.4"}]) == [FINDING]
    assert audit.undecided([FINDING], [{**decided[0], "id": "CVE-2099-2"}]) == [FINDING]
    assert audit.undecided([FINDING], [{**decided[0], "id": "X", "aliases": ["PYSEC-2099-1"]}]) == []


def test_a_decision_about_a_version_that_is_gone_is_told() -> None:
    decided = [{"id": "CVE-2099-1", "package": "aiohttp", "version": "1.0"}]
    assert len(audit.out_of_date(decided, audit.locked_versions())) == 1


def test_packages_that_were_not_asked_about_do_not_count_as_sound() -> None:
    report = {
        "dependencies": [
            {"name": "aiohttp", "version": "3.9.5", "vulns": [{"id": "PYSEC-2099-1", "aliases": ["CVE-2099-1"]}]},
            {"name": "rasa", "version": "3.6.21", "vulns": []},
            {"name": "gone", "skip_reason": "not found on PyPI"},
        ]
    }
    assert audit.findings_of_pip_audit(json.dumps(report)) == ([FINDING], 2)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    for package, version, more in (("aiohttp", "3.9.5", ""), ("rasa", "3.6.21", "withdrawn: 2099-01-01\n")):
        folder = tmp_path / "vulns" / package
        folder.mkdir(parents=True)
        (folder / "PYSEC-2099-1.yaml").write_text(
            f"id: PYSEC-2099-1\naliases: [CVE-2099-1]\n{more}affected:\n"
            f"- package: {{ecosystem: PyPI, name: {package}}}\n  versions: ['1.0', '{version}']\n"
        )
    return tmp_path


def test_a_checkout_of_the_advisory_database_takes_the_place_of_the_internet(database: Path) -> None:
    wanted = audit.requirements_in("aiohttp==3.9.5 ; python_full_version < '3.11'\nrasa==3.6.21\nx[y]==1\n")
    assert ("x", "1") in wanted
    assert audit.findings_in_database(database, wanted) == [FINDING]
    with pytest.raises(FileNotFoundError):
        audit.findings_in_database(database / "vulns", wanted)


def test_the_command_fails_on_a_finding_without_a_decision(
    database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert audit.main(["--out", str(out), "--advisories", str(database)]) == 1
    assert "without a decision: aiohttp 3.9.5: CVE-2099-1, PYSEC-2099-1" in capsys.readouterr().out
    for group in audit.GROUPS:
        sbom = json.loads((out / f"{group}.sbom.json").read_text(encoding="utf-8"))
        assert sbom["bomFormat"] == "CycloneDX" and len(sbom["components"]) > 100
