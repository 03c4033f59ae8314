"""What the command line does, as functions: used by ``python -m eligibility`` and by the ``rientro`` command."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from eligibility.calculators import run
from eligibility.errors import EligibilityError, FactErrors

MAX_FACTS_BYTES = 1_000_000


def parse_date(text: str) -> dt.date:
    """A date written AAAA-MM-GG or GG/MM/AAAA. Raises EligibilityError."""
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return dt.datetime.strptime(text.strip(), form).date()  # noqa: DTZ007 (a day has no time zone)
        except ValueError:
            continue
    raise EligibilityError("La data non si legge: va scritta AAAA-MM-GG, ad esempio 2020-06-01.")


def read_facts(path: str) -> dict[str, Any]:
    """Facts from a JSON file (``-``: standard input): an object, or one with a ``facts`` key. Raises EligibilityError."""
    try:
        text = sys.stdin.read(MAX_FACTS_BYTES + 1) if path == "-" else Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise EligibilityError(f"Non riesco a leggere il file dei fatti: {path}.") from problem
    if len(text) > MAX_FACTS_BYTES:
        raise EligibilityError("Il file dei fatti è troppo grande.")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise EligibilityError("Il file dei fatti non è JSON valido.") from problem
    if isinstance(data, dict) and isinstance(data.get("facts"), dict):
        data = data["facts"]
    if not isinstance(data, dict):
        raise FactErrors({"facts": "Il file deve contenere un oggetto con i fatti."})
    return data


def assess(
    facts: dict[str, Any],
    on: dt.date,
    measures: Sequence[str] | None = None,
    audience: str = "cittadino",
    as_json: bool = False,
    editions: dict[str, str] | None = None,
    near: bool = False,
) -> str:
    """The answer for one person, as JSON text (what ``/eligibility/assess`` returns) or as lines to read.

    ``near``: for the lines, also the nearest ways to qualify. Raises EligibilityError.
    """
    from eligibility.assessment import assess as assess_person

    result = assess_person(facts, on, measures, audience, editions=editions)
    if as_json:
        return json.dumps(result.to_dict(), ensure_ascii=False, indent=2)
    from eligibility.report import report

    return report(result, near=near)


def lint_rules(home: Path | None = None, out: TextIO | None = None, on: dt.date | None = None) -> int:
    """Print what is wrong with the rules or with their history; 0 when nothing is, 1 when there are errors.

    ``on``: today, to warn ninety days before a figure expires.
    """
    from eligibility import history
    from eligibility.lint import Finding, lint
    from eligibility.ruleset import HOME

    out = out or sys.stdout
    findings = lint(home or HOME, on)
    # Somebody's folder of drafts need not have a history; the rules of the service do.
    kept = home is None or (home / history.FILE).exists()
    try:
        changed = history.unrecorded(home or HOME) if kept else []
    except EligibilityError as problem:
        findings.append(Finding("errore", history.FILE, str(problem)))
    else:
        findings += [Finding("errore", name, "la modifica non è registrata: rientro rules record") for name in changed]
    for finding in findings:
        print(finding, file=out)
    errors = sum(finding.level == "errore" for finding in findings)
    print(f"{errors} errori, {len(findings) - errors} avvisi.", file=out)
    return 1 if errors else 0


def batch(
    source: Path,
    target: Path,
    on: dt.date,
    measures: Sequence[str] | None = None,
    rejects: Path | None = None,
    picture: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Judge a CSV of people; returns the summary as plain data. Raises EligibilityError."""
    from eligibility.batch import run

    summary = run(source, target, on, measures, rejects, progress=progress)
    if picture is not None:
        from eligibility.chart import draw

        draw(summary, picture)
    return summary.to_dict()


def pages(target: Path, on: dt.date) -> list[Path]:
    """Write the pages of every measure (HTML and Markdown); returns the files written."""
    from eligibility.pages import write_pages

    return write_pages(target, on)


def calculate(name: str, values: Mapping[str, Any], on: dt.date) -> str:
    """One calculator's answer as JSON text. Raises CalculatorError."""
    return json.dumps(run(name, values, on).to_dict(on), ensure_ascii=False, indent=2)
