"""Which outcome is said first: the one that helps most today."""

from __future__ import annotations

from typing import Any

# (verdict, status), best first; whatever is not here comes last. A requirement that is met counts even where the notice
# is closed: an operator starts from it.
_ORDER = (
    ("ammissibile", "aperta"),
    ("ammissibile", "da_verificare"),
    ("ammissibile", "non_ancora_aperta"),
    ("ammissibile", "chiusa"),
    ("da_verificare", "aperta"),
    ("da_verificare", "da_verificare"),
    ("da_verificare", "non_ancora_aperta"),
    ("da_verificare", "chiusa"),
)


def best_first(assessments: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The assessments, best outcome first; among equals the order of the rules stays."""

    def place(assessment: dict[str, Any]) -> int:
        outcome = (assessment["verdict"], assessment["status"])
        return _ORDER.index(outcome) if outcome in _ORDER else len(_ORDER)

    return sorted(assessments, key=place)


def possible(assessments: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that are not excluded, best first."""
    return [a for a in best_first(assessments) if a["verdict"] != "non_ammissibile"]
