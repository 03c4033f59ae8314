"""Situations as read from situations.yaml: who is in one, and which measures are in play there, in which order."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from eligibility.errors import RuleError
from eligibility.expressions import Expression, parse
from eligibility.facts import Fact
from eligibility.texts import Spoken, spoken

_KEYS = {"title", "when", "possible", "implies", "measures", "more", "help"}
_HELP_KEYS = {"id", "action", "why", "channel", "sources"}


@dataclass(frozen=True, slots=True)
class Help:
    """Help that is always there: ``action`` (a verb first), ``why``, and the ``channel`` that gives it."""

    id: str
    action: Spoken
    why: Spoken
    channel: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Situation:
    """One situation.

    ``when``: the facts that put a person in it; ``possible``: false where the person surely is not. ``implies``: facts
    that follow once a person has said to be in it. ``measures``: in play, the most useful first. ``help``: always there.
    """

    id: str
    title: Spoken
    when: Expression
    possible: Expression
    implies: dict[str, Any]
    measures: tuple[str, ...]
    help: tuple[Help, ...]


def parse_situations(data: Any, facts: Mapping[str, Fact], measures: Collection[str]) -> dict[str, Situation]:
    """Read the content of situations.yaml; ``measures``: the ids that exist. Raises RuleError."""
    where = "situations.yaml"
    if not isinstance(data, Mapping) or data.get("schema") != 1 or not isinstance(data.get("situations"), Mapping):
        raise RuleError(f"{where}: servono «schema: 1» e «situations».")
    return {str(id_): _situation(str(id_), body, facts, measures) for id_, body in data["situations"].items()}


def _situation(id_: str, body: Any, facts: Mapping[str, Fact], measures: Collection[str]) -> Situation:
    where = f"situations.yaml: {id_}"
    if not isinstance(body, Mapping) or set(body) - _KEYS:
        raise RuleError(f"{where}: una situazione ha le chiavi {', '.join(sorted(_KEYS))}.")
    ids = tuple(map(str, body.get("measures") or ()))
    if not ids or len(set(ids)) != len(ids):
        raise RuleError(f"{where}: serve un elenco «measures» senza ripetizioni.")
    if unknown := [measure for measure in ids if measure not in measures]:
        raise RuleError(f"{where}: misure che non esistono: {', '.join(unknown)}.")
    implies = dict(body.get("implies") or {})
    for fact, value in implies.items():
        if fact not in facts:
            raise RuleError(f"{where}: il fatto «{fact}» non è in facts.yaml.")
        facts[fact].coerce(value)
    return Situation(
        id=id_,
        title=spoken(body.get("title"), f"{where}: title"),
        when=parse(body.get("when"), facts, f"{where}: when"),
        possible=parse(body.get("possible"), facts, f"{where}: possible"),
        implies=implies,
        measures=ids,
        help=tuple(_help(item, f"{where}: help[{n}]") for n, item in enumerate(body.get("help") or ())),
    )


def _help(data: Any, where: str) -> Help:
    if not isinstance(data, Mapping) or not isinstance(data.get("id"), str) or set(data) - _HELP_KEYS:
        raise RuleError(f"{where}: un aiuto ha le chiavi {', '.join(sorted(_HELP_KEYS))}.")
    return Help(
        data["id"],
        spoken(data.get("action"), f"{where}: action"),
        spoken(data.get("why"), f"{where}: why"),
        tuple(data.get("channel") or ()),
    )
