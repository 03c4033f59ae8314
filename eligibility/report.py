"""An answer as lines to read on a terminal."""

from __future__ import annotations

import textwrap

from eligibility.assessment import Assessment, Result
from eligibility.compiled import ELIGIBLE, FAILED, NOT_ELIGIBLE, PENDING, SATISFIED, TO_VERIFY

_VERDICTS = {ELIGIBLE: "può chiederla", NOT_ELIGIBLE: "non rientra", TO_VERIFY: "da verificare"}
_STATUSES = {
    "aperta": "aperta", "chiusa": "chiusa", "non_ancora_aperta": "non ancora aperta", "da_verificare": "apertura da verificare",
}  # fmt: skip
_MARKS = {SATISFIED: "[sì]", FAILED: "[no]", PENDING: "[? ]"}
_WIDTH = 100


def report(result: Result, near: bool = False) -> str:
    """The whole answer. ``near``: with the nearest ways to qualify."""
    lines = [f"Data {result.date:%d/%m/%Y}, regole {result.ruleset.version}", ""]
    for contradiction in result.contradictions:
        lines += _wrap(f"Attenzione: {contradiction.text}", "")
    for assessment in result.assessments:
        lines += _measure(assessment)
        if near and assessment.verdict == NOT_ELIGIBLE:
            lines += _ways(result, assessment)
        lines.append("")
    question = result.next_question
    if question:
        lines += _wrap(f"Prossima domanda: {question.text} ({question.why})", "")
    return "\n".join(lines).rstrip() + "\n"


def _measure(assessment: Assessment) -> list[str]:
    lines = [
        f"{assessment.title} ({assessment.edition}): {_VERDICTS[assessment.verdict]}; {_STATUSES[assessment.status]}"
    ]
    for criterion in assessment.criteria:
        sources = ", ".join(source["id"] for source in criterion.sources)
        lines += _wrap(f"{_MARKS[criterion.outcome]} {criterion.text} ({sources})", "  ")
    for note in assessment.notes:
        lines += _wrap(str(note.get("text", "")), "  ")
    if assessment.missing_facts:
        lines += _wrap(f"Da chiedere: {', '.join(assessment.missing_facts)}", "  ")
    return lines


def _ways(result: Result, assessment: Assessment) -> list[str]:
    from eligibility.counterfactuals import nearest

    ways = nearest(result.facts, result.date, assessment.measure, result.ruleset, assessment.edition)
    if not ways:
        return ["  Nessun cambiamento alla portata della persona basta."]
    lines = []
    for way in ways:
        changes = " e ".join(
            f"«{result.ruleset.facts[change.fact].label}» fosse {change.label}" for change in way.changes
        )
        lines += _wrap(f"Se {changes}: {_VERDICTS[way.verdict]}.", "  ")
    return lines


def _wrap(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=indent, subsequent_indent=indent + "     ")
