"""A measure's edition as read from its YAML file: criteria, words, window, services.

Reading is strict: an unknown key, a missing text or a source that does not exist is an error that names
the file and the place. Parts the engine does not interpret are kept as data for ``describe``.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from eligibility.deadline_rules import Deadline, parse_deadline
from eligibility.errors import RuleError
from eligibility.expressions import Const, Expression, parse
from eligibility.facts import Fact
from eligibility.rule_reading import (
    Interval,
    day_of,
    interval,
    listed,
    mapping,
    named,
    no_unknown,
    source_ids,
    unique,
    year_of,
)  # fmt: skip
from eligibility.texts import Spoken, spoken

KINDS = ("person", "employer", "network_project", "diritto")
OUTCOMES = ("soddisfatto", "non_soddisfatto", "sconosciuto")
# Where a person goes to use a right.
CHANNELS = (
    "employer", "inps", "patronato", "centro_impiego", "collocamento_mirato", "medico_competente", "medico_famiglia",
    "asst", "operatore",
)  # fmt: skip
STATUSES = ("aperta", "chiusa", "non_ancora_aperta", "da_verificare")

_EDITION_KEYS = {
    "schema", "measure", "edition", "title", "kind", "summary", "window", "status_text", "criteria", "services",
    "amounts", "documents", "how_to_apply", "contacts", "incompatibilities", "notes", "gaps", "plan", "rows",
    "action", "channel", "effects", "gp_certifies", "decided_by", "deadlines", "keywords", "called",
}  # fmt: skip
_CRITERION_KEYS = {"id", "title", "rows", "sources", "when", "verify", "applies", "text", "year", "expires"}
_ITEM_LISTS = (
    "services", "amounts", "documents", "contacts", "incompatibilities", "notes", "effects", "gp_certifies", "decided_by",
)  # fmt: skip
_DATED = {"year", "expires", "read_on"}


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
    ``year`` and ``expires``: of a figure that changes every year; after that day the criterion is an open point.
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
    year: int | None = None
    expires: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Uncertain:
    """Days on which the sources disagree on whether the measure is open."""

    days: Interval
    gap: str | None
    text: Spoken


@dataclass(frozen=True, slots=True)
class Item:
    """A service, note or other listed thing, offered only where ``when`` is not false.

    ``data`` may hold ``year``, ``expires`` and ``read_on`` of a figure: see ``eligibility.figures``.
    """

    id: str
    data: dict[str, Any]
    when: Expression | None
    sources: tuple[str, ...]
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition of one measure.

    ``action``: what to do, a verb first. ``channel``: where it is done, the first door first. ``keywords``: everyday
    words to find it by. ``called``: what people call it when they ask about it, regular expressions over lower-case text
    without accents. ``expired``: criteria whose figures are out of date on the day (see ``as_on``).
    """

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
    action: Spoken = field(default_factory=dict)
    channel: tuple[str, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    keywords: tuple[str, ...] = ()
    called: tuple[str, ...] = ()
    expired: tuple[str, ...] = ()
    where: str = field(compare=False, default="")

    @property
    def id(self) -> str:
        """``measure/edition``."""
        return f"{self.measure}/{self.edition}"

    def as_on(self, on: dt.date) -> Edition:
        """The same edition with the criteria whose figures no longer hold on that day turned into open points."""
        expired = tuple(c.id for c in self.criteria if c.expires is not None and on > c.expires)
        if expired == self.expired:
            return self
        criteria = tuple(
            replace(c, verify=(stale(c), *c.verify)) if c.expires is not None and on > c.expires else c
            for c in self.criteria
        )
        return replace(self, criteria=criteria, expired=expired)

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
    data = mapping(data, where)
    no_unknown(data, _EDITION_KEYS, where)
    if data.get("schema") != 1:
        raise RuleError(f"{where}: serve «schema: 1».")
    if data.get("kind") not in KINDS:
        raise RuleError(f"{where}: «kind» deve essere uno di {', '.join(KINDS)}.")
    window_data = mapping(data.get("window"), f"{where}: window")
    no_unknown(window_data, {"from", "to", "uncertain", "text", "sources", "rows"}, f"{where}: window")
    criteria = tuple(
        _criterion(item, facts, sources, f"{where}: criteria[{n}]")
        for n, item in enumerate(listed(data.get("criteria"), f"{where}: criteria"))
    )
    if not criteria:
        raise RuleError(f"{where}: serve almeno un criterio.")
    unique([criterion.id for criterion in criteria], f"{where}: criteria")
    how = data.get("how_to_apply") or {}
    if isinstance(how, str):
        how = {"text": how}
    return Edition(
        measure=named(data, "measure", where),
        edition=named(data, "edition", where),
        title=named(data, "title", where),
        kind=data["kind"],
        summary=spoken(data.get("summary"), f"{where}: summary"),
        window=interval(window_data, f"{where}: window"),
        window_data={
            "text": spoken(window_data["text"], f"{where}: window.text") if window_data.get("text") else None,
            "sources": source_ids(window_data, sources, f"{where}: window", needed=True),
        },
        uncertain=tuple(
            _uncertain(item, f"{where}: window.uncertain[{n}]")
            for n, item in enumerate(listed(window_data.get("uncertain"), f"{where}: window.uncertain"))
        ),
        status_text=_status_text(data.get("status_text"), where),
        criteria=criteria,
        items={name: _items(data, name, facts, sources, where) for name in _ITEM_LISTS},
        how_to_apply=mapping(how, f"{where}: how_to_apply"),
        plan=_plan(data, facts, f"{where}: plan"),
        gaps=tuple(_gap_note(item, f"{where}: gaps") for item in listed(data.get("gaps"), f"{where}: gaps")),
        action=spoken(data["action"], f"{where}: action") if data.get("action") is not None else {},
        channel=_channel(data, where),
        deadlines=tuple(
            parse_deadline(item, facts, sources, f"{where}: deadlines[{n}]")
            for n, item in enumerate(listed(data.get("deadlines"), f"{where}: deadlines"))
        ),
        keywords=tuple(map(str, listed(data.get("keywords"), f"{where}: keywords"))),
        called=_called(data, where),
        where=where,
    )


def _called(data: Mapping[str, Any], where: str) -> tuple[str, ...]:
    names = tuple(map(str, listed(data.get("called"), f"{where}: called")))
    for name in names:
        try:
            re.compile(name)
        except re.error as problem:
            raise RuleError(f"{where}: called: «{name}» non è un'espressione regolare: {problem}") from problem
    return names


def _criterion(data: Any, facts: Mapping[str, Fact], sources: Collection[str], where: str) -> Criterion:
    data = mapping(data, where)
    no_unknown(data, _CRITERION_KEYS, where)
    where = f"{where} {named(data, 'id', where)}"
    text = mapping(data.get("text"), f"{where}: text")
    no_unknown(text, {*OUTCOMES, "non_si_applica"}, f"{where}: text")
    applies = parse(data["applies"], facts, f"{where}: applies") if data.get("applies") is not None else None
    if (applies is not None) != ("non_si_applica" in text):
        raise RuleError(f"{where}: «applies» e text.non_si_applica vanno insieme.")
    gaps = []
    for n, item in enumerate(listed(data.get("verify"), f"{where}: verify")):
        place = f"{where}: verify[{n}]"
        item = mapping(item, place)
        no_unknown(item, {"when", "gap", "text", "rows", "sources"}, place)
        gaps.append(
            Gap(parse(item.get("when"), facts, place), named(item, "gap", place), spoken(item.get("text"), place))
        )
    return Criterion(
        id=data["id"],
        when=parse(data.get("when"), facts, f"{where}: when"),
        text={key: spoken(text.get(key), f"{where}: text.{key}") for key in (*OUTCOMES, *text)},
        rows=tuple(map(str, listed(data.get("rows"), f"{where}: rows"))),
        sources=source_ids(data, sources, where, needed=True),
        verify=tuple(gaps),
        applies=applies,
        title=str(data.get("title") or data["id"].replace("_", " ").capitalize()),
        year=year_of(data, where),
        expires=day_of(data, "expires", where),
    )


def stale(criterion: Criterion) -> Gap:
    """The open point that a figure of a past year leaves."""
    text = f"I numeri che conosciamo per questo punto sono del {criterion.year}. Quelli di oggi vanno verificati."
    return Gap(Const(True), f"importi_{criterion.year}", spoken(text, criterion.id))


def _channel(data: Mapping[str, Any], where: str) -> tuple[str, ...]:
    found = tuple(listed(data.get("channel"), f"{where}: channel"))
    if unknown := [channel for channel in found if channel not in CHANNELS]:
        raise RuleError(
            f"{where}: channel: non conosco {', '.join(map(str, unknown))}. Ci sono: {', '.join(CHANNELS)}."
        )
    return found


def _plan(data: Mapping[str, Any], facts: Mapping[str, Fact], where: str) -> dict[str, Any]:
    """The obligations of a plan: kept as data, with ``unless`` read into a condition."""
    plan = dict(mapping(data.get("plan") or {}, where))
    no_unknown(plan, {"max_amount", "obligations", "text", "rows", "sources"}, where)
    services = {item.get("id") for item in listed(data.get("services"), where) if isinstance(item, Mapping)}
    duties = []
    for n, raw in enumerate(listed(plan.get("obligations"), f"{where}.obligations")):
        place = f"{where}.obligations[{n}]"
        duty = dict(mapping(raw, place))
        if missing := [id_ for id_ in listed(duty.get("services"), place) if id_ not in services]:
            raise RuleError(f"{place}: servizi che la misura non ha: {', '.join(map(str, missing))}.")
        duty["id"] = named(duty, "id", place)
        duty["text"] = spoken(duty.get("text"), f"{place}.text")
        duty["unless"] = parse(duty["unless"], facts, f"{place}.unless") if duty.get("unless") else None
        duties.append(duty)
    return {**plan, "obligations": duties} if plan else {}


def _items(
    data: Mapping[str, Any], name: str, facts: Mapping[str, Fact], sources: Collection[str], where: str
) -> tuple[Item, ...]:
    items = []
    for n, raw in enumerate(listed(data.get(name), f"{where}: {name}")):
        place = f"{where}: {name}[{n}]"
        raw = mapping(raw, place)
        when = parse(raw["when"], facts, f"{place}.when") if raw.get("when") is not None else None
        shown = {key: value for key, value in raw.items() if key not in ("when", "rows", "sources")}
        year_of(raw, place)
        for key in _DATED & raw.keys() - {"year"}:
            day_of(raw, key, place)
        for key in ("text", "title", "label", "note"):
            if shown.get(key) is not None:
                shown[key] = spoken(shown[key], f"{place}.{key}")
        items.append(
            Item(
                id=named(raw, "id", place),
                data=shown,
                when=when,
                sources=source_ids(raw, sources, place),
                rows=tuple(map(str, listed(raw.get("rows"), f"{place}.rows"))),
            )
        )
    unique([item.id for item in items], f"{where}: {name}")
    return tuple(items)


def _uncertain(data: Any, where: str) -> Uncertain:
    data = mapping(data, where)
    no_unknown(data, {"from", "to", "gap", "text", "rows", "sources"}, where)
    return Uncertain(interval(data, where), data.get("gap"), spoken(data.get("text"), where))


def _status_text(data: Any, where: str) -> dict[str, Spoken]:
    data = mapping(data or {}, f"{where}: status_text")
    no_unknown(data, set(STATUSES), f"{where}: status_text")
    return {status: spoken(text, f"{where}: status_text.{status}") for status, text in data.items()}


def _gap_note(data: Any, where: str) -> dict[str, Any]:
    data = dict(mapping(data, where))
    data["id"] = named(data, "id", where)
    data["text"] = spoken(data.get("text"), f"{where} {data['id']}")
    return data
