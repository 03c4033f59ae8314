"""A signpost as read from its YAML file: what it says, to whom, and when."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from eligibility.errors import RuleError
from eligibility.expressions import Expression, parse
from eligibility.facts import Fact
from eligibility.rule_reading import Interval, interval
from eligibility.texts import Spoken, spoken

_KEYS = {"schema", "id", "title", "window", "when", "text", "contacts", "rows", "sources", "gaps"}


@dataclass(frozen=True, slots=True)
class Signpost:
    """``text["si"]`` is shown where ``when`` is true, ``text["forse"]`` where it depends on unknown facts."""

    id: str
    title: str
    window: Interval
    when: Expression
    text: dict[str, Spoken]
    contacts: tuple[dict[str, Any], ...]
    sources: tuple[str, ...]
    gaps: tuple[dict[str, Any], ...]


def parse_signpost(data: Any, facts: Mapping[str, Fact], sources: Collection[str], where: str) -> Signpost:
    """Read a signpost file. Raises RuleError."""
    if not isinstance(data, Mapping) or data.get("schema") != 1 or set(data) - _KEYS:
        raise RuleError(f"{where}: un cartello ha schema: 1 e le chiavi {', '.join(sorted(_KEYS))}.")
    if where.rpartition("/")[2] != f"{data.get('id')}.yaml":
        raise RuleError(f"{where}: il nome del file non corrisponde a «{data.get('id')}».")
    text = data.get("text")
    if not isinstance(text, Mapping) or not set(text) <= {"si", "forse"}:
        raise RuleError(f"{where}: text deve avere «si» e «forse».")
    ids = tuple(map(str, data.get("sources") or ()))
    if not ids or any(id_ not in sources for id_ in ids):
        raise RuleError(f"{where}: serve almeno una fonte, e ogni fonte deve essere in sources.yaml.")
    if not isinstance(data.get("title"), str):
        raise RuleError(f"{where}: manca «title».")
    return Signpost(
        id=data["id"],
        title=data["title"],
        window=interval(data.get("window") or {}, f"{where}: window"),
        when=parse(data.get("when"), facts, f"{where}: when"),
        text={key: spoken(text.get(key), f"{where}: text.{key}") for key in ("si", "forse")},
        contacts=tuple(data.get("contacts") or ()),
        sources=ids,
        gaps=tuple(data.get("gaps") or ()),
    )
