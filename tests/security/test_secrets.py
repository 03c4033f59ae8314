"""No secret is in the repository."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from detect_secrets import SecretsCollection
from detect_secrets.settings import transient_settings

ROOT = Path(__file__).resolve().parents[2]
BASELINE = ROOT / ".secrets.baseline"
SKIPPED = (".lock", ".png", ".woff2", ".svg", ".csv", ".jsonl", "package-lock.json", ".secrets.baseline")
WORDS_ONLY = (
    "data/",
    "texts/",
    "eligibility/history.yaml",  # hashes of rule files
    "eligibility/measures/",
    "tests/dialogue/scripts/",
    "web/static/vendor/",
)  # sentences, and slow to look through
LONGEST = 300_000  # bytes; training data and vendored scripts are longer


def scan(files: list[str]) -> dict[tuple[str, str], tuple[str, int]]:
    """(file, hashed secret) -> (kind, line) for whatever looks like a secret, with the baseline's detectors."""
    baseline = json.loads(BASELINE.read_text(encoding="utf-8"))
    found = SecretsCollection(root=str(ROOT))
    with transient_settings({"plugins_used": baseline["plugins_used"], "filters_used": baseline["filters_used"]}):
        for name in files:
            found.scan_file(name)
    return {
        (name, secret.secret_hash): (secret.type, secret.line_number)
        for name, secret in found
        # People of the tests have passwords; keys, tokens and certificates are looked for there too.
        if not (name.startswith("tests/") and secret.type == "Secret Keyword")
    }


def tracked() -> list[str]:
    """Files of the repository that may hold a secret in words."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout: nothing to look through")
    names = [
        name
        for name in done.stdout.split("\0")
        if name and not name.endswith(SKIPPED) and not name.startswith(WORDS_ONLY)
    ]
    return [name for name in names if (ROOT / name).is_file() and (ROOT / name).stat().st_size <= LONGEST]


@pytest.mark.long
def test_nothing_in_the_repository_is_a_secret() -> None:
    reviewed = json.loads(BASELINE.read_text(encoding="utf-8"))["results"]
    known = {(name, entry["hashed_secret"]) for name, entries in reviewed.items() for entry in entries}
    assert all(entry["is_secret"] is False for entries in reviewed.values() for entry in entries)
    new = {key: value for key, value in scan(tracked()).items() if key not in known}
    assert new == {}, "looks like a secret; if it is none: cli/secrets_baseline.sh, and say so in the commit"


def test_a_planted_secret_is_found(tmp_path: Path) -> None:
    planted = tmp_path / "settings.py"
    planted.write_text('AWS = "AKIAIOSFODNN7' + 'EXAMPLF"\nsmtp_password = "Tr0ub4dor' + '&3xkcd"\n')
    assert {kind for kind, _ in scan([str(planted)]).values()} >= {"AWS Access Key", "Secret Keyword"}


def test_keys_and_data_are_never_tracked() -> None:
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    suspicious = [name for name in names if name.endswith((".key", ".pem", ".p12", ".db", ".sqlite", ".env"))]
    assert suspicious == []
