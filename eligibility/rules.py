"""A measure's edition as read from its YAML file: criteria, words, window, services.

Reading is strict: an unknown key, a missing text or a source that does not exist is an error that names
the file and the place. Parts the engine does not interpret are kept as data for ``describe``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from eligibility.errors import RuleError
from eligibility.expressions import Expression, parse
from eligibility.facts import Fact
from eligibility.texts import Spoken, spoken

KINDS = ("person", "employer", "network_project")
OUTCOMES = ("soddisfatto", "non_soddisfatto", "sconosciuto")
STATUSES = ("aperta", "chiusa", "non_ancora_aperta", "da_verificare")

_EDITION_KEYS = {
    "schema", "measure", "edition", "title", "kind", "summary", "window", "status_text", "criteria", "services",
    "amounts", "documents", "how_to_apply", "contacts", "incompatibilities", "notes", "gaps", "plan", "rows",
}  # fmt: skip
_CRITERION_KEYS = {"id", "title", "rows", "sources", "when", "verify", "applies", "text"}
_ITEM_LISTS = ("services", "amounts", "documents", "contacts", "incompatibilities", "notes")


@dataclass(frozen=True, slots=True)
class Gap:
    """A point the law or the sources leave open: where ``when`` is true nobody can say yes or no."""

    when: Expression
    gap: str
    text: Spoken


@dataclass(frozen=True, slots=True)
class Criterion:
    """One requirement. ``when`` is the condition, ``verify`` the open points, ``text`` the words by outcome.

    ``applies`` only chooses words: where it is false, a satisfied criterion says text.non_si_applica.
    ``title`` is its short name on pages. ``rows`` are the ids of the facts sheet that support it, ``sources`` the ids in sources.yaml.
    """

    id: str
    when: Expression
    text: dict[str, Spoken]
    rows: tuple[str, ...]
    sources: tuple[str, ...]
    verify: tuple[Gap, ...] = ()
    applies: Expression | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class Interval:
    """Dates, both included; None means no limit on that side."""

    start: dt.date | None
    end: dt.date | None

    def __contains__(self, day: dt.date) -> bool:
        return (self.start is None or day >= self.start) and (self.end is None or day <= self.end)

    def overlaps(self, other: Interval) -> bool:
        """Do the two share a day?"""
        return not (
            (self.end is not None and other.start is not None and self.end < other.start)
            or (other.end is not None and self.start is not None and other.end < self.start)
        )

    def to_dict(self) -> dict[str, str | None]:
        """ISO dates under ``from`` and ``to``."""
        return {
            "from": self.start.isoformat() if self.start else None,
            "to": self.end.isoformat() if self.end else None,
        }


@dataclass(frozen=True, slots=True)
class Uncertain:
    """Days on which the sources disagree on whether the measure is open."""

    days: Interval
    gap: str | None
    text: Spoken


@dataclass(frozen=True, slots=True)
class Item:
    """A service, note or other listed thing, offered only where ``when`` is not false."""

    id: str
    data: dict[str, Any]
    when: Expression | None
    sources: tuple[str, ...]
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition of one measure."""

    measure: str
    edition: str
    title: str
    kind: str
    summary: Spoken
    window: Interval
    window_data: dict[str, Any]
    uncertain: tuple[Uncertain, ...]
    status_text: dict[str, Spoken]
    criteria: tuple[Criterion, ...]
    items: dict[str, tuple[Item, ...]]
    how_to_apply: dict[str, Any]
    plan: dict[str, Any]
    gaps: tuple[dict[str, Any], ...]
    where: str = field(compare=False, default="")

    @property
    def id(self) -> str:
        """``measure/edition``."""
        return f"{self.measure}/{self.edition}"

    def status(self, on: dt.date) -> str:
        """``aperta``, ``chiusa``, ``non_ancora_aperta`` or ``da_verificare`` on that day."""
        if self.window.start is not None and on < self.window.start:
            return "non_ancora_aperta"
        if self.window.end is not None and on > self.window.end:
            return "chiusa"
        if any(on in uncertain.days for uncertain in self.uncertain):
            return "da_verificare"
        return "aperta"


def parse_edition(data: Any, facts: Mapping[str, Fact], sources: Collection[str], where: str) -> Edition:
    """Read one rule file. ``where``: its name, for messages. Raises RuleError."""
    data = _mapping(data, where)
    _no_unknown(data, _EDITION_KEYS, where)
    if data.get("schema") != 1:
        raise RuleError(f"{where}: serve «schema: 1».")
    if data.get("kind") not in KINDS:
        raise RuleError(f"{where}: «kind» deve essere uno di {', '.join(KINDS)}.")
    window_data = _mapping(data.get("window"), f"{where}: window")
    _no_unknown(window_data, {"from", "to", "uncertain", "text", "sources", "rows"}, f"{where}: window")
    criteria = tuple(
        _criterion(item, facts, sources, f"{where}: criteria[{n}]")
        for n, item in enumerate(_list(data.get("criteria"), f"{where}: criteria"))
    )
    if not criteria:
        raise RuleError(f"{where}: serve almeno un criterio.")
    _unique([criterion.id for criterion in criteria], f"{where}: criteria")
    how = data.get("how_to_apply") or {}
    if isinstance(how, str):
        how = {"text": how}
    return Edition(
        measure=_name(data, "measure", where),
        edition=_name(data, "edition", where),
        title=_name(data, "title", where),
        kind=data["kind"],
        summary=spoken(data.get("summary"), f"{where}: summary"),
        window=_interval(window_data, f"{where}: window"),
        window_data={
            "text": spoken(window_data["text"], f"{where}: window.text") if window_data.get("text") else None,
            "sources": _sources(window_data, sources, f"{where}: window", needed=True),
        },
        uncertain=tuple(
            _uncertain(item, f"{where}: window.uncertain[{n}]")
            for n, item in enumerate(_list(window_data.get("uncertain"), f"{where}: window.uncertain"))
        ),
        status_text=_status_text(data.get("status_text"), where),
        criteria=criteria,
        items={name: _items(data, name, facts, sources, where) for name in _ITEM_LISTS},
        how_to_apply=_mapping(how, f"{where}: how_to_apply"),
        plan=_plan(data, facts, f"{where}: plan"),
        gaps=tuple(_gap_note(item, f"{where}: gaps") for item in _list(data.get("gaps"), f"{where}: gaps")),
        where=where,
    )


def _criterion(data: Any, facts: Mapping[str, Fact], sources: Collection[str], where: str) -> Criterion:
    data = _mapping(data, where)
    _no_unknown(data, _CRITERION_KEYS, where)
    where = f"{where} {_name(data, 'id', where)}"
    text = _mapping(data.get("text"), f"{where}: text")
    _no_unknown(text, {*OUTCOMES, "non_si_applica"}, f"{where}: text")
    applies = parse(data["applies"], facts, f"{where}: applies") if data.get("applies") is not None else None
    if (applies is not None) != ("non_si_applica" in text):
        raise RuleError(f"{where}: «applies» e text.non_si_applica vanno insieme.")
    gaps = []
    for n, item in enumerate(_list(data.get("verify"), f"{where}: verify")):
        place = f"{where}: verify[{n}]"
        item = _mapping(item, place)
        _no_unknown(item, {"when", "gap", "text", "rows", "sources"}, place)
        gaps.append(
            Gap(parse(item.get("when"), facts, place), _name(item, "gap", place), spoken(item.get("text"), place))
        )
    return Criterion(
        id=data["id"],
        when=parse(data.get("when"), facts, f"{where}: when"),
        text={key: spoken(text.get(key), f"{where}: text.{key}") for key in (*OUTCOMES, *text)},
        rows=tuple(map(str, _list(data.get("rows"), f"{where}: rows"))),
        sources=_sources(data, sources, where, needed=True),
        verify=tuple(gaps),
        applies=applies,
        title=str(data.get("title") or data["id"].replace("_", " ").capitalize()),
    )


def _plan(data: Mapping[str, Any], facts: Mapping[str, Fact], where: str) -> dict[str, Any]:
    """The obligations of a plan: kept as data, with ``unless`` read into a condition."""
    plan = dict(_mapping(data.get("plan") or {}, where))
    _no_unknown(plan, {"max_amount", "obligations", "text", "rows", "sources"}, where)
    services = {item.get("id") for item in _list(data.get("services"), where) if isinstance(item, Mapping)}
    duties = []
    for n, raw in enumerate(_list(plan.get("obligations"), f"{where}.obligations")):
        place = f"{where}.obligations[{n}]"
        duty = dict(_mapping(raw, place))
        if missing := [id_ for id_ in _list(duty.get("services"), place) if id_ not in services]:
            raise RuleError(f"{place}: servizi che la misura non ha: {', '.join(map(str, missing))}.")
        duty["id"] = _name(duty, "id", place)
        duty["text"] = spoken(duty.get("text"), f"{place}.text")
        duty["unless"] = parse(duty["unless"], facts, f"{place}.unless") if duty.get("unless") else None
        duties.append(duty)
    return {**plan, "obligations": duties} if plan else {}


def _items(
    data: Mapping[str, Any], name: str, facts: Mapping[str, Fact], sources: Collection[str], where: str
) -> tuple[Item, ...]:
    items = []
    for n, raw in enumerate(_list(data.get(name), f"{where}: {name}")):
        place = f"{where}: {name}[{n}]"
        raw = _mapping(raw, place)
        when = parse(raw["when"], facts, f"{place}.when") if raw.get("when") is not None else None
        shown = {key: value for key, value in raw.items() if key not in ("when", "rows", "sources")}
        for key in ("text", "title", "label", "note"):
            if shown.get(key) is not None:
                shown[key] = spoken(shown[key], f"{place}.{key}")
        items.append(
            Item(
                id=_name(raw, "id", place),
                data=shown,
                when=when,
                sources=_sources(raw, sources, place),
                rows=tuple(map(str, _list(raw.get("rows"), f"{place}.rows"))),
            )
        )
    _unique([item.id for item in items], f"{where}: {name}")
    return tuple(items)


def _uncertain(data: Any, where: str) -> Uncertain:
    data = _mapping(data, where)
    _no_unknown(data, {"from", "to", "gap", "text", "rows", "sources"}, where)
    return Uncertain(_interval(data, where), data.get("gap"), spoken(data.get("text"), where))


def _status_text(data: Any, where: str) -> dict[str, Spoken]:
    data = _mapping(data or {}, f"{where}: status_text")
    _no_unknown(data, set(STATUSES), f"{where}: status_text")
    return {status: spoken(text, f"{where}: status_text.{status}") for status, text in data.items()}


def _gap_note(data: Any, where: str) -> dict[str, Any]:
    data = dict(_mapping(data, where))
    data["id"] = _name(data, "id", where)
    data["text"] = spoken(data.get("text"), f"{where} {data['id']}")
    return data


def interval(data: Mapping[str, Any], where: str) -> Interval:
    """Read ``from`` and ``to`` (dates or null). Raises RuleError."""
    return _interval(data, where)


def _interval(data: Mapping[str, Any], where: str) -> Interval:
    edges = []
    for key in ("from", "to"):
        value = data.get(key)
        if isinstance(value, dt.datetime) or not (value is None or isinstance(value, dt.date)):
            raise RuleError(f"{where}: «{key}» deve essere una data AAAA-MM-GG oppure null.")
        edges.append(value)
    start, end = edges
    if start is not None and end is not None and start > end:
        raise RuleError(f"{where}: la fine viene prima dell'inizio.")
    return Interval(start, end)


def _sources(data: Mapping[str, Any], known: Collection[str], where: str, needed: bool = False) -> tuple[str, ...]:
    ids = tuple(map(str, _list(data.get("sources"), f"{where}: sources")))
    if missing := [id_ for id_ in ids if id_ not in known]:
        raise RuleError(f"{where}: fonti che non sono in sources.yaml: {', '.join(missing)}.")
    if needed and not ids:
        raise RuleError(f"{where}: serve almeno una fonte.")
    return ids


def _mapping(data: Any, where: str) -> Any:
    if not isinstance(data, Mapping):
        raise RuleError(f"{where}: serve un oggetto con chiavi e valori.")
    return data


def _list(data: Any, where: str) -> list[Any]:
    if data is None:
        return []
    if not isinstance(data, list):
        raise RuleError(f"{where}: serve un elenco.")
    return data


def _name(data: Mapping[str, Any], key: str, where: str) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not value.strip():
        raise RuleError(f"{where}: «{key}» manca o non è un testo (un numero va tra virgolette).")
    return value


def _no_unknown(data: Mapping[str, Any], known: set[str], where: str) -> None:
    if unknown := sorted(str(key) for key in data if key not in known):
        raise RuleError(f"{where}: chiavi non previste: {', '.join(unknown)}. Si usano: {', '.join(sorted(known))}.")


def _unique(ids: list[str], where: str) -> None:
    if repeated := sorted({id_ for id_ in ids if ids.count(id_) > 1}):
        raise RuleError(f"{where}: nomi ripetuti: {', '.join(repeated)}.")
