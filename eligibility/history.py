"""Who changed which rule file when: ``history.yaml``, kept beside the rules and checked against them.

A deployed copy has no version control, so the history travels with the rules. Each entry holds the hash of its file, so a
change that nobody recorded is found by ``rientro lint-rules``. Entries are only ever added, at the end.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from eligibility.errors import RuleError
from eligibility.ruleset import HOME, read_yaml, rule_files

FILE = "history.yaml"
#: Hash of an entry that tells of a file taken away.
GONE = "-"
_HEAD = """\
# Who changed which rule file when. Written by `rientro rules record`, read by /monitoraggio/regole; never by hand.
# sha256: of the file's text after the change; "-": the file was taken away.
schema: 1
changes:
"""
_MAX_WORDS = 200


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one file. ``file``: relative to the rules; ``sha256``: of its text afterwards, ``GONE`` if removed."""

    file: str
    day: dt.date
    author: str
    note: str
    sha256: str


def read(home: Path = HOME) -> list[Change]:
    """Every change, in the order of the file; none when there is no history. Raises RuleError."""
    path = home / FILE
    if not path.exists():
        return []
    data = read_yaml(path.read_text(encoding="utf-8"), FILE)
    if not isinstance(data, dict) or data.get("schema") != 1 or not isinstance(data.get("changes"), list):
        raise RuleError(f"{FILE}: servono «schema: 1» e l'elenco «changes».")
    try:
        found = [Change(**entry) for entry in data["changes"]]
    except TypeError as problem:
        raise RuleError(f"{FILE}: una voce non ha i campi previsti: {', '.join(Change.__slots__)}.") from problem
    for change in found:
        if type(change.day) is not dt.date or not all(
            isinstance(text, str) and text for text in (change.file, change.author, change.note, change.sha256)
        ):
            raise RuleError(f"{FILE}: una voce di {change.file} non si legge.")
    return found


def fingerprints(home: Path = HOME) -> dict[str, str]:
    """The rule files as they are: relative path -> hash."""
    return {name: hashlib.sha256(text.encode()).hexdigest() for name, text in rule_files(home).items()}


def unrecorded(home: Path = HOME) -> list[str]:
    """Files whose last recorded hash is not that of their text; those gone without a word too. Raises RuleError."""
    last = {change.file: change.sha256 for change in read(home)}
    now = fingerprints(home)
    changed = [name for name, digest in now.items() if last.get(name) != digest]
    return changed + [name for name, digest in last.items() if name not in now and digest != GONE]


def record(author: str, note: str, on: dt.date, home: Path = HOME) -> list[Change]:
    """Add an entry for every unrecorded change; returns them. Raises RuleError without a name or a reason."""
    author, note = " ".join(author.split()), " ".join(note.split())
    if not author or not note or max(len(author), len(note)) > _MAX_WORDS:
        raise RuleError(f"Servono un nome e un motivo, al massimo {_MAX_WORDS} caratteri ciascuno.")
    before = read(home)
    if before and on < before[-1].day:
        raise RuleError(
            f"L'ultima modifica registrata è del {before[-1].day:%d/%m/%Y}: la data non può tornare indietro."
        )
    now = fingerprints(home)
    fresh = [Change(name, on, author, note, now.get(name, GONE)) for name in unrecorded(home)]
    if fresh:
        _write(home / FILE, [*before, *fresh])
    return fresh


def of_file(name: str, changes: Sequence[Change]) -> list[Change]:
    """The changes of one file, the newest first."""
    return [change for change in reversed(changes) if change.file == name]


def _write(path: Path, changes: Sequence[Change]) -> None:
    import yaml

    body = yaml.safe_dump([asdict(change) for change in changes], allow_unicode=True, sort_keys=False, width=10_000)
    partial = path.with_name(path.name + ".parziale")
    partial.write_text(_HEAD + body, encoding="utf-8")
    partial.replace(path)
