"""Many people from a CSV file: verdicts to another file, bad rows to a third with line and reason.

One row a person. Columns are fact ids; an optional ``id`` column is copied to the results. An empty cell
means not asked, ``?`` or ``non so`` that the person does not know. Rows are read, judged and written in
chunks, so memory does not grow with the file. No fact is ever copied to an output file.
"""

from __future__ import annotations

import csv
import datetime as dt
import difflib
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from eligibility.assessment import question_order
from eligibility.compiled import CompiledEdition
from eligibility.errors import EligibilityError
from eligibility.ruleset import Ruleset, load
from eligibility.vectorized import VERDICTS, Crowd, editions_on

ROWS = 16_384  # rows held at once
MAX_LINE = 20_000  # characters; no honest row is longer
_NOT_KNOWN = {"?", "non so", "non lo so", "null"}
_BAD = -1
_MAX_REMEMBERED = 100_000

Progress = Callable[[int, int], None]


class BatchError(EligibilityError):
    """The file as a whole cannot be used (missing, empty, unknown column); the message says why."""


@dataclass(slots=True)
class Summary:
    """What happened. ``verdicts``: (measure, verdict) -> people. ``titles``: measure -> title."""

    good: int = 0
    bad: int = 0
    ruleset: str = ""
    date: dt.date | None = None
    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    titles: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for printing as JSON."""
        measures: dict[str, dict[str, int]] = {m: dict.fromkeys(reversed(VERDICTS), 0) for m in self.titles}
        for (measure, verdict), people in self.verdicts.items():
            measures[measure][verdict] = people
        return {
            "date": self.date.isoformat() if self.date else None, "ruleset": self.ruleset,
            "good": self.good, "bad": self.bad, "measures": measures,
        }  # fmt: skip


def run(
    source: Path,
    target: Path,
    on: dt.date,
    measures: Sequence[str] | None = None,
    rejects: Path | None = None,
    ruleset: Ruleset | None = None,
    progress: Progress | None = None,
) -> Summary:
    """Judge every row of ``source`` and write ``target``.

    ``rejects``: where bad rows are listed (default: beside the target, ``<name>.scarti.csv``).
    ``progress``: called with (bytes done, bytes in all). Files appear only when the run is complete.
    Raises BatchError, UnknownMeasure.
    """
    ruleset = ruleset or load()
    rejects = rejects or target.with_name(f"{target.stem}.scarti.csv")
    if len({source.resolve(), target.resolve(), rejects.resolve()}) < 3:
        raise BatchError("I file di ingresso, dei risultati e degli scarti devono essere diversi.")
    judge = _Judge(ruleset, editions_on(ruleset, on, measures), on)
    partial = [path.with_name(path.name + ".parziale") for path in (target, rejects)]
    try:
        with (
            _open(source) as lines,
            partial[0].open("w", newline="", encoding="utf-8", errors="surrogateescape") as out,
            partial[1].open("w", newline="", encoding="utf-8", errors="surrogateescape") as bad,
        ):
            _run(judge, lines, source.stat().st_size, csv.writer(out), csv.writer(bad), progress)
        for path, final in zip(partial, (target, rejects), strict=True):
            os.replace(path, final)
    finally:
        for path in partial:
            path.unlink(missing_ok=True)
    return judge.summary


def _open(source: Path) -> TextIO:
    try:
        return source.open(newline="", encoding="utf-8-sig", errors="surrogateescape")
    except OSError as problem:
        raise BatchError(f"Non riesco a leggere {source}: {problem.strerror}.") from problem


def _run(judge: _Judge, lines: TextIO, size: int, out: Any, bad: Any, progress: Progress | None) -> None:
    start = lines.readline(MAX_LINE)
    lines.seek(0)
    reader = csv.reader(_safe_lines(lines), delimiter=";" if start.count(";") > start.count(",") else ",")
    header = next(reader, None)
    if not header or not any(name.strip() for name in header):
        raise BatchError("Il file è vuoto: nella prima riga servono i nomi dei fatti.")
    columns = _Columns(judge.ruleset, [name.strip() for name in header], judge.on)
    out.writerow(
        ["id", *(f"{c.edition.measure}_{what}" for c in judge.editions for what in ("esito", "stato", "manca"))]
    )
    bad.writerow(["riga", "id", "motivo"])
    for rows in _chunks(reader):
        names, codes, rejected = columns.read(rows)
        bad.writerows(rejected)
        judge.summary.bad += len(rejected)
        if names:
            out.writerows(judge.judge(names, codes))
        if progress:
            progress(min(lines.buffer.tell(), size), size)  # type: ignore[attr-defined]


Row = tuple[int, list[str]]
_UNREADABLE = "\ue000"


def _safe_lines(lines: TextIO) -> Iterator[str]:
    """The lines of the file, with those that would swallow their neighbours replaced by a mark.

    A row is one line here: an unclosed quote or an endless line must cost one row, not the rest of the file.
    """
    while line := lines.readline(MAX_LINE):
        whole = line.endswith(("\n", "\r")) or len(line) < MAX_LINE
        while not whole:
            more = lines.readline(MAX_LINE)
            whole = not more or more.endswith(("\n", "\r"))
            line = ""
        if not line or line.count('"') % 2 or "\0" in line:
            line = _UNREADABLE + "\n"
        yield line


def _chunks(reader: Any) -> Iterator[list[Row]]:
    """Rows with their line numbers, ROWS at a time; a row the CSV reader refuses comes as a row of no cells."""
    rows: list[Row] = []
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error:
            cells = []
        else:
            if not cells or (len(cells) == 1 and not cells[0].strip()):
                continue  # an empty line
            if cells[0] == _UNREADABLE:
                cells = []
        rows.append((reader.line_num, cells))
        if len(rows) == ROWS:
            yield rows
            rows = []
    if rows:
        yield rows


class _Cells(dict):
    """Text of a cell -> class code, or _BAD; each different text is read once."""

    def __init__(self, fact: Any, domain: Any, on: dt.date) -> None:
        self.fact = fact
        self.domain = domain
        self.on = on

    def __missing__(self, text: str) -> int:
        if len(self) > _MAX_REMEMBERED:
            self.clear()
        word = text.strip()
        if not word:
            code = self.domain.absent
        elif word.lower() in _NOT_KNOWN:
            code = self.domain.unknown
        else:
            try:
                code = self.domain.class_on(self.fact.coerce(word), self.on)
            except ValueError:
                code = _BAD
        self[text] = code
        return code

    def reason(self, text: str) -> str:
        """Why a cell is bad, in Italian."""
        try:
            self.fact.coerce(text.strip())
        except ValueError as problem:
            return str(problem)
        raise AssertionError("only bad cells have a reason")


class _Columns:
    """The columns of one file."""

    def __init__(self, ruleset: Ruleset, header: list[str], on: dt.date) -> None:
        facts = ruleset.facts
        self.width = len(header)
        self.id_at = header.index("id") if "id" in header else None
        for name in header:
            if name not in facts and name != "id":
                near = difflib.get_close_matches(name, facts, n=1)
                hint = f" Forse intendeva «{near[0]}»?" if near else " Si usano i nomi dei fatti e «id»."
                raise BatchError(f"La colonna «{name[:40]}» non è prevista.{hint}")
            if header.count(name) > 1:
                raise BatchError(f"La colonna «{name}» compare due volte.")
        self.cells = [
            (at, name, _Cells(facts[name], ruleset.domains[name], on)) for at, name in enumerate(header) if name != "id"
        ]

    def read(self, rows: list[Row]) -> tuple[list[str], dict[str, np.ndarray], list[tuple[int, str, str]]]:
        """Of a chunk: the ids of the good rows, their class codes by fact, and for bad rows (line, id, reason)."""
        whole, rejected = [], []
        for line, cells in rows:
            if len(cells) == self.width:
                whole.append((line, cells))
            else:
                why = f"La riga ha {len(cells)} colonne invece di {self.width}." if cells else "La riga non si legge."
                rejected.append((line, "", why))
        columns = list(zip(*(cells for _, cells in whole), strict=True)) or [()] * self.width
        # Looking up whole columns keeps the loop over a million cells out of Python.
        codes = {
            name: np.fromiter(map(cells.__getitem__, columns[at]), np.int16, len(whole))
            for at, name, cells in self.cells
        }
        wrong = np.zeros(len(whole), np.bool_)
        for found in codes.values():
            wrong |= found == _BAD
        if wrong.any():
            for n in np.flatnonzero(wrong).tolist():
                cells = whole[n][1]
                reasons = [known.reason(cells[at]) for at, name, known in self.cells if codes[name][n] == _BAD]
                rejected.append((whole[n][0], self._id(whole[n]), " ".join(reasons)))
            rejected.sort()
        good = ~wrong
        names = [self._id(row) for row, fine in zip(whole, good.tolist(), strict=True) if fine]
        return names, {name: found[good].astype(np.uint8) for name, found in codes.items()}, rejected

    def _id(self, row: Row) -> str:
        return row[1][self.id_at] if self.id_at is not None else str(row[0])


class _Judge:
    """Verdicts, and the facts still missing, for chunks of people."""

    def __init__(self, ruleset: Ruleset, editions: list[CompiledEdition], on: dt.date) -> None:
        self.ruleset = ruleset
        self.on = on
        self.editions = editions
        self.crowd = Crowd(ruleset, editions)
        self.statuses = [compiled.edition.status(on) for compiled in editions]
        self._missing: list[dict[int, str]] = [{} for _ in editions]
        titles = {compiled.edition.measure: compiled.edition.title for compiled in editions}
        self.summary = Summary(ruleset=ruleset.version, date=on, titles=titles)

    def judge(self, names: list[str], codes: dict[str, np.ndarray]) -> Iterator[tuple[str, ...]]:
        """Rows of the results file."""
        length = len(names)
        for id_ in self.crowd.facts:
            if id_ not in codes:
                codes[id_] = np.full(length, self.ruleset.domains[id_].absent, np.uint8)
        columns: list[list[str]] = [names]
        words = np.array(VERDICTS, object)
        verdicts = self.crowd.verdicts(codes)
        for number, (compiled, found) in enumerate(zip(self.editions, verdicts, strict=True)):
            missing = np.full(length, "", object)
            undecided = np.flatnonzero(found == 1)
            if len(undecided):
                missing[undecided] = self._missing_facts(number, codes, undecided)
            columns += [words[found].tolist(), [self.statuses[number]] * length, missing.tolist()]
            for verdict, people in zip(VERDICTS, np.bincount(found, minlength=3).tolist(), strict=True):
                self.summary.verdicts[compiled.edition.measure, verdict] += people
        self.summary.good += length
        return zip(*columns, strict=True)

    def _missing_facts(self, number: int, codes: dict[str, np.ndarray], rows: np.ndarray) -> np.ndarray:
        """For each undecided row the facts to ask, in order, separated by a space; people alike are read once."""
        compiled = self.editions[number]
        key = np.zeros(len(rows), np.int64)
        for variable in compiled.verdict.variables:
            domain = compiled.domains[variable]
            key = key * (domain.absent + 1) + codes[domain.fact.id][rows]
        values, inverse = np.unique(key, return_inverse=True)
        known = self._missing[number]
        if len(known) > _MAX_REMEMBERED:
            known.clear()
        words = np.array(
            [known.get(v) or known.setdefault(v, self._read(compiled, v)) for v in values.tolist()], object
        )
        return words[inverse]

    def _read(self, compiled: CompiledEdition, key: int) -> str:
        codes = [0] * len(compiled.facts)
        for variable in reversed(compiled.verdict.variables):
            key, codes[variable] = divmod(key, compiled.domains[variable].absent + 1)
        facts = [compiled.facts[variable] for variable in compiled.verdict.read(codes).open]
        return " ".join(sorted(facts, key=lambda id_: question_order(self.ruleset, id_)))
