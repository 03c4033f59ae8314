"""The answer for one person: for each measure verdict, status, criteria with their reasons, what is missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from eligibility.compiled import Codes, CompiledCriterion, CompiledEdition, Finding
from eligibility.deadlines import DueDate, due_dates
from eligibility.expressions import facts_in
from eligibility.figures import dated
from eligibility.rules import Criterion, Item
from eligibility.ruleset import Ruleset, chosen_measures, load
from eligibility.sources import cite
from eligibility.texts import check_audience, say

if TYPE_CHECKING:
    from eligibility.conflicts import Contradiction
    from eligibility.questions import Question

_OFFERED = ("services", "documents", "notes", "effects", "amounts", "gp_certifies", "decided_by")
_MAX_REMEMBERED = 20_000  # answers remembered for each edition, audience and day


class CriterionResult(NamedTuple):
    """One criterion's outcome in words; ``facts`` as in ``compiled.Finding``; ``gap``: id of an open point."""

    id: str
    outcome: str
    text: str
    facts: tuple[str, ...]
    sources: tuple[dict[str, Any], ...]
    gap: str | None

    def to_dict(self) -> dict[str, Any]:
        """The contract's criterion, with ``gap`` added."""
        return {
            "id": self.id, "outcome": self.outcome, "text": self.text, "facts": list(self.facts),
            "sources": list(map(dict, self.sources)), "gap": self.gap,
        }  # fmt: skip


class Assessment(NamedTuple):
    """One measure's answer. ``missing_facts``: those whose answer can still change the verdict.

    What follows ``notes`` is of rights: what to do and where, what it gives, what the family doctor writes, who decides
    where no rule does, and the deadlines computed from the person's dates.
    """

    measure: str
    edition: str
    title: str
    verdict: str
    status: str
    status_text: str | None
    window: Mapping[str, str | None]
    criteria: tuple[CriterionResult, ...]
    missing_facts: tuple[str, ...]
    services: tuple[dict[str, Any], ...]
    documents: tuple[dict[str, Any], ...]
    notes: tuple[dict[str, Any], ...]
    kind: str = "person"
    action: str | None = None
    channel: tuple[str, ...] = ()
    effects: tuple[dict[str, Any], ...] = ()
    amounts: tuple[dict[str, Any], ...] = ()
    gp_certifies: tuple[dict[str, Any], ...] = ()
    decided_by: tuple[dict[str, Any], ...] = ()
    deadlines: tuple[DueDate, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The contract's assessment, with ``status_text``, ``notes`` and what a right has more (where it has it) added."""
        shown = {
            "measure": self.measure, "edition": self.edition, "title": self.title,
            "verdict": self.verdict, "status": self.status, "status_text": self.status_text,
            "window": dict(self.window),
            "criteria": [criterion.to_dict() for criterion in self.criteria],
            "missing_facts": list(self.missing_facts),
            "services": list(map(_copy, self.services)),
            "documents": list(map(_copy, self.documents)),
            "notes": list(map(_copy, self.notes)),
            "kind": self.kind,
        }  # fmt: skip
        if self.action:
            shown |= {"action": self.action, "channel": list(self.channel)}
            for name in ("effects", "amounts", "gp_certifies", "decided_by"):
                shown[name] = list(map(_copy, getattr(self, name)))
        if self.deadlines:
            shown["deadlines"] = [due.to_dict() for due in self.deadlines]
        return shown


def _copy(item: dict[str, Any]) -> dict[str, Any]:
    return {**item, "sources": list(map(dict, item["sources"]))}


class View:
    """An edition as shown on one day to one audience; answers of people alike are made once."""

    def __init__(self, ruleset: Ruleset, compiled: CompiledEdition, on: dt.date, audience: str) -> None:
        self.ruleset = ruleset
        self.compiled = compiled
        self.on = on
        self.audience = audience
        edition = compiled.edition
        self.status = edition.status(on)
        self.status_text = edition.status_text.get(self.status, {}).get(audience) or next(
            (u.text[audience] for u in edition.uncertain if self.status == "da_verificare" and on in u.days), None
        )
        self.window = edition.window.to_dict()
        self._answers: dict[Codes, Assessment] = {}
        self._criteria: list[tuple[Any, dict[Codes, CriterionResult], CompiledCriterion]] = [
            (criterion.pick, {}, criterion) for criterion in compiled.criteria
        ]
        self._items = {name: _Offer(self, name) for name in _OFFERED}
        order = sorted(compiled.facts, key=lambda id_: question_order(ruleset, id_))
        self._rank = {compiled.variables[id_]: rank for rank, id_ in enumerate(order)}
        self._missing: dict[tuple[int, ...], tuple[str, ...]] = {(): ()}

    def assess(self, person: Sequence[int]) -> Assessment:
        """The answer for the codes of a whole person."""
        codes = self.compiled.pick(person)
        answer = self._answers.get(codes)
        if answer is None:
            if len(self._answers) >= _MAX_REMEMBERED:
                self._answers.clear()
            answer = self._answers[codes] = self._assess(codes)
        return answer

    def _assess(self, codes: Codes) -> Assessment:
        edition = self.compiled.edition
        verdict, open_facts = self.compiled.verdict.read(codes)
        return Assessment(
            edition.measure,
            edition.edition,
            edition.title,
            verdict,
            self.status,
            self.status_text,
            self.window,
            tuple([
                known.get(key) or self._criterion(criterion, known, key, codes)
                for pick, known, criterion in self._criteria
                for key in (pick(codes),)
            ]),
            self._missing.get(open_facts) or self._missing_facts(open_facts),
            self._items["services"].to(codes),
            self._items["documents"].to(codes),
            self._items["notes"].to(codes),
            edition.kind,
            edition.action.get(self.audience),
            edition.channel,
            self._items["effects"].to(codes),
            self._items["amounts"].to(codes),
            self._items["gp_certifies"].to(codes),
            self._items["decided_by"].to(codes),
        )  # fmt: skip

    def _missing_facts(self, variables: tuple[int, ...]) -> tuple[str, ...]:
        names = tuple(self.compiled.facts[v] for v in sorted(variables, key=self._rank.__getitem__))
        self._missing[variables] = names
        return names

    def _criterion(
        self, compiled: CompiledCriterion, known: dict[Codes, CriterionResult], key: Codes, codes: Codes
    ) -> CriterionResult:
        criterion, finding = compiled.criterion, compiled.find(codes)
        if len(known) >= _MAX_REMEMBERED:
            known.clear()
        shown = known[key] = CriterionResult(
            id=criterion.id,
            outcome=finding.outcome,
            text=criterion_text(criterion, finding, self.audience),
            facts=finding.facts,
            sources=tuple(cite(self.ruleset.sources, criterion.sources, self.on)),
            gap=None if finding.gap is None else criterion.verify[finding.gap].gap,
        )
        return shown


class _Offer:
    """The services, documents or notes of an edition that concern a person.

    Services and documents are left out only where they are surely not for the person; a note (what changes
    for this person) is said only where its condition is surely true.
    """

    def __init__(self, view: View, name: str) -> None:
        compiled = view.compiled
        items = compiled.edition.items[name]
        self._compiled = compiled
        self._only_certain = name == "notes"
        self._shown = [(item, item_dict(view.ruleset, item, view.on, view.audience)) for item in items]
        self._pick = compiled.picker(facts_in(*(item.when for item in items if item.when is not None)))
        self._known: dict[Codes, tuple[dict[str, Any], ...]] = {}

    def to(self, codes: Codes) -> tuple[dict[str, Any], ...]:
        """Those for the person of these codes."""
        key = self._pick(codes)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = tuple(
                shown
                for item, shown in self._shown
                if (offered := self._compiled.offered(item, codes)) or (offered is None and not self._only_certain)
            )
        return found


def criterion_text(criterion: Criterion, finding: Finding, audience: str) -> str:
    """The sentence for this outcome and audience."""
    if finding.gap is not None:
        return criterion.verify[finding.gap].text[audience]
    if not finding.applies:
        return criterion.text["non_si_applica"][audience]
    return criterion.text[finding.outcome][audience]


def item_dict(ruleset: Ruleset, item: Item, on: dt.date, audience: str) -> dict[str, Any]:
    """A listed thing (service, document, amount, ...) in the words of the audience, with its sources.

    A figure says of which year it is: see ``figures``.
    """
    return {**dated(say(item.data, audience), on), "sources": cite(ruleset.sources, item.sources, on)}


def question_order(ruleset: Ruleset, fact: str) -> tuple[int, int]:
    """The documented total order: spoken step first, then the place in facts.yaml."""
    return ruleset.facts[fact].step, ruleset.positions[fact]


@dataclass(frozen=True)
class Result:
    """Everything said of one person on one day; ``facts`` are the coerced ones."""

    facts: Mapping[str, Any]
    date: dt.date
    audience: str
    assessments: tuple[Assessment, ...]
    ruleset: Ruleset
    codes: tuple[int, ...]

    @cached_property
    def next_question(self) -> Question | None:
        """The best next question for the measures assessed, None when nothing more can change."""
        from eligibility.questions import choose_question

        rules = self.ruleset
        editions = [rules.compiled(rules.edition(a.measure, self.date, a.edition)) for a in self.assessments]
        return choose_question(rules, self.codes, editions, self.audience)

    @cached_property
    def contradictions(self) -> tuple[Contradiction, ...]:
        """Facts that cannot be true together; reported, never resolved."""
        from eligibility.conflicts import contradictions

        return contradictions(self.facts, self.ruleset)

    def of(self, measure: str) -> Assessment:
        """The assessment of one measure; KeyError when it was not assessed."""
        for assessment in self.assessments:
            if assessment.measure == measure:
                return assessment
        raise KeyError(measure)

    def to_dict(self) -> dict[str, Any]:
        """The JSON of ``POST /eligibility/assess``, with ``contradictions`` added."""
        question = self.next_question
        return {
            "date": self.date.isoformat(),
            "ruleset": self.ruleset.version,
            "assessments": [assessment.to_dict() for assessment in self.assessments],
            "next_question": question.to_dict() if question else None,
            "contradictions": [contradiction.to_dict(self.audience) for contradiction in self.contradictions],
        }


_views: dict[tuple[int, str, dt.date, str], tuple[Ruleset, View]] = {}


def view(ruleset: Ruleset, measure: str, on: dt.date, audience: str, edition: str | None = None) -> View:
    """The edition to use on that day, as shown to that audience. Raises UnknownMeasure."""
    chosen = ruleset.edition(measure, on, edition)
    key = (id(ruleset), chosen.id, on, audience)
    found = _views.get(key)
    if found is None:
        if len(_views) > 500:
            _views.clear()
        # The ruleset is kept beside its view so that its id cannot be reused by another one.
        found = _views[key] = (ruleset, View(ruleset, ruleset.compiled(chosen), on, audience))
    return found[1]


def assess(
    facts: Mapping[str, Any],
    on: dt.date,
    measures: Sequence[str] | None = None,
    audience: str = "cittadino",
    ruleset: Ruleset | None = None,
    editions: Mapping[str, str] | None = None,
) -> Result:
    """Assess a person.

    ``facts``: fact id -> value; a missing key was never asked, None means the person does not know.
    ``on``: reference date. ``measures``: ids, all when None. ``editions``: measure -> edition id, to try an
    edition that is not the one of that day. Raises FactErrors, UnknownMeasure, ValueError (audience).
    """
    ruleset = ruleset or load()
    check_audience(audience)
    codes = ruleset.encode(facts, on)
    wanted = editions or {}
    found = []
    for measure in chosen_measures(ruleset, measures):
        seen = view(ruleset, measure, on, audience, wanted.get(measure))
        answer = seen.assess(codes)
        if deadlines := seen.compiled.edition.deadlines:
            # Dates are not classes: what depends on the very day is worked out for each person.
            answer = answer._replace(
                deadlines=due_dates(ruleset, deadlines, ruleset.validate(facts), codes, on, audience)
            )
        found.append(answer)
    return Result(
        facts=facts,
        date=on,
        audience=audience,
        assessments=tuple(found),
        ruleset=ruleset,
        codes=tuple(codes),
    )
