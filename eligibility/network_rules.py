"""The rules of network projects as read from network/*.yaml (each file describes its keys at its head)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eligibility.errors import RuleError, UnknownMeasure
from eligibility.expressions import Expression, parse
from eligibility.rule_reading import Interval, interval
from eligibility.rules import OUTCOMES
from eligibility.ruleset import Ruleset, read_yaml

_KEYS = {
    "schema", "measure", "edition", "title", "window", "partners", "recipients", "contribution", "duration",
    "per_worker", "own_resources", "actions", "gaps",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Duty:
    """Services each person must have, unless a condition on that person holds."""

    data: Mapping[str, Any]
    unless: Expression | None


@dataclass(frozen=True, slots=True)
class Project:
    """What a network project of one edition must be."""

    measure: str
    edition: str
    title: str
    window: Interval
    uncertain: tuple[Interval, ...]
    partners: Mapping[str, Any]
    required: tuple[Mapping[str, Any], ...]
    recipients: Mapping[str, Any]
    must_hold: Expression | None
    contribution: Mapping[str, Any]
    duration: Mapping[str, Any] | None
    per_worker: tuple[Duty, ...]

    def status(self, on: dt.date) -> str:
        """As for an edition: aperta, chiusa, non_ancora_aperta, da_verificare."""
        if self.window.start is not None and on < self.window.start:
            return "non_ancora_aperta"
        if self.window.end is not None and on > self.window.end:
            return "chiusa"
        return "da_verificare" if any(on in days for days in self.uncertain) else "aperta"


def projects(ruleset: Ruleset) -> tuple[Project, ...]:
    """Every network project the ruleset knows. Raises RuleError."""
    return tuple(
        parse_project(read_yaml(text, name), ruleset, name)
        for name, text in ruleset.data_files.items()
        if name.startswith("network/")
    )


def find_project(ruleset: Ruleset, measure: str, on: dt.date, edition: str | None = None) -> Project:
    """The edition asked for, else the one in force or the last before. Raises UnknownMeasure."""
    known = [project for project in projects(ruleset) if project.measure == measure]
    if edition is not None:
        known = [project for project in known if project.edition == edition]
    if not known:
        raise UnknownMeasure(f"Non ci sono regole di progetto per «{measure}».")
    known.sort(key=lambda project: project.window.start or dt.date.min)
    started = [project for project in known if project.window.start is None or project.window.start <= on]
    return started[-1] if started else known[0]


def parse_project(data: Any, ruleset: Ruleset, where: str) -> Project:
    """Read a network file. Raises RuleError naming the place."""
    if not isinstance(data, Mapping) or data.get("schema") != 1 or set(data) - _KEYS:
        raise RuleError(f"{where}: le chiavi di un progetto sono {', '.join(sorted(_KEYS))}.")
    for key in ("measure", "edition", "title", "partners", "recipients", "contribution"):
        if not data.get(key):
            raise RuleError(f"{where}: manca «{key}».")
    _check_sources(data, ruleset, where)
    partners, recipients = data["partners"], data["recipients"]
    duties = []
    for duty in data.get("per_worker") or ():
        place = f"{where}: per_worker {duty.get('id')}"
        unless = parse(duty["unless"], ruleset.facts, place) if duty.get("unless") else None
        _check_texts(duty, place)
        duties.append(Duty(duty, unless))
    for place, rule in (("partners", partners), ("recipients", recipients), ("partners.lead", partners.get("lead"))):
        if rule is not None:
            _check_texts(rule, f"{where}: {place}")
    must_hold = recipients.get("must_hold")
    window = data.get("window") or {}
    return Project(
        measure=data["measure"], edition=data["edition"], title=data["title"],
        window=interval(window, f"{where}: window"),
        uncertain=tuple(interval(part, f"{where}: window.uncertain") for part in window.get("uncertain") or ()),
        partners=partners, required=tuple(partners.get("required") or ()), recipients=recipients,
        must_hold=parse(must_hold, ruleset.facts, f"{where}: must_hold") if must_hold else None,
        contribution=data["contribution"], duration=data.get("duration"), per_worker=tuple(duties),
    )  # fmt: skip


def _check_texts(rule: Mapping[str, Any], where: str) -> None:
    text = rule.get("text")
    if not isinstance(text, Mapping) or set(text) != set(OUTCOMES):
        raise RuleError(f"{where}: serve un testo per {', '.join(OUTCOMES)}.")


def _check_sources(data: Any, ruleset: Ruleset, where: str) -> None:
    if isinstance(data, Mapping):
        for key, value in data.items():
            if key.endswith("sources") and isinstance(value, list):
                missing = [id_ for id_ in value if isinstance(id_, str) and id_ not in ruleset.sources]
                if missing:
                    raise RuleError(f"{where}: fonti che non sono in sources.yaml: {', '.join(missing)}.")
            else:
                _check_sources(value, ruleset, where)
    elif isinstance(data, list):
        for item in data:
            _check_sources(item, ruleset, where)
