"""A draft project of a network or partnership, checked against network/*.yaml.

A draft is plain data::

    {"partners": [{"name", "kind" (or "kinds"), "lead": true, "flags": {flag: true|false|null}}],
     "recipients": {"count": 25, "services_for_all": [ids], "people": [{"facts": {...}, "services": [ids]}]},
     "months": 12, "requested": 100000}

What the draft does not say is unknown, never a no.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eligibility.assessment import assess
from eligibility.compiled import FAILED, NOT_ELIGIBLE, PENDING, SATISFIED, TO_VERIFY
from eligibility.errors import EligibilityError
from eligibility.network_rules import Project, find_project
from eligibility.ruleset import Ruleset, load
from eligibility.sources import cite

FUNDABLE, NOT_FUNDABLE = "finanziabile", "non_finanziabile"
_DRAFT_KEYS = {"partners", "recipients", "months", "requested"}
_MAX_PEOPLE = 100_000


class DraftError(EligibilityError):
    """The draft cannot be read; the Italian message says where."""


@dataclass(frozen=True, slots=True)
class Check:
    """One requirement of the project, with its outcome in words."""

    id: str
    outcome: str
    text: str
    gap: str | None
    sources: tuple[dict[str, Any], ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "id": self.id, "outcome": self.outcome, "text": self.text, "gap": self.gap,
            "sources": [dict(source) for source in self.sources],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProjectResult:
    """The answer. ``max_contribution`` in euro, None when it depends on what is not known."""

    measure: str
    edition: str
    title: str
    verdict: str
    status: str
    checks: tuple[Check, ...]
    max_contribution: int | None
    contribution_text: str
    ruleset: str

    @property
    def missing(self) -> tuple[str, ...]:
        """Ids of the checks that are failed or open."""
        return tuple(check.id for check in self.checks if check.outcome != SATISFIED)

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "measure": self.measure, "edition": self.edition, "title": self.title, "verdict": self.verdict,
            "status": self.status, "checks": [check.to_dict() for check in self.checks],
            "missing": list(self.missing), "max_contribution": self.max_contribution,
            "contribution_text": self.contribution_text, "ruleset": self.ruleset,
        }  # fmt: skip


def check_project(
    measure: str, draft: Mapping[str, Any], on: dt.date, edition: str | None = None, ruleset: Ruleset | None = None
) -> ProjectResult:
    """Is the draft fundable, what is missing, and how much may it receive at most?

    Raises DraftError, FactErrors, UnknownMeasure.
    """
    ruleset = ruleset or load()
    project = find_project(ruleset, measure, on, edition)
    reader = _Checker(ruleset, project, _read_draft(draft), on)
    checks = tuple(check for check in reader.checks() if check is not None)
    outcomes = {check.outcome for check in checks}
    if FAILED in outcomes:
        verdict = NOT_FUNDABLE
    elif PENDING in outcomes or any(check.gap for check in checks):
        verdict = TO_VERIFY
    else:
        verdict = FUNDABLE
    return ProjectResult(
        measure=project.measure, edition=project.edition, title=project.title, verdict=verdict,
        status=project.status(on), checks=checks, max_contribution=reader.max_contribution(),
        contribution_text=project.contribution.get("text", ""), ruleset=ruleset.version,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Draft:
    partners: list[dict[str, Any]] | None
    count: int | None
    for_all: list[str] | None
    people: list[dict[str, Any]] | None
    months: float | None
    requested: float | None


def _read_draft(draft: Any) -> _Draft:
    if not isinstance(draft, Mapping) or set(draft) - _DRAFT_KEYS:
        raise DraftError(f"Il progetto ha le voci {', '.join(sorted(_DRAFT_KEYS))}.")
    partners = draft.get("partners")
    if partners is not None and not (isinstance(partners, list) and all(isinstance(p, dict) for p in partners)):
        raise DraftError("I soggetti della rete (partners) vanno in un elenco.")
    recipients = draft.get("recipients")
    if recipients is None or isinstance(recipients, int):
        recipients = {"count": recipients}
    if not isinstance(recipients, dict) or set(recipients) - {"count", "services_for_all", "people"}:
        raise DraftError("Le persone (recipients) hanno le voci count, services_for_all, people.")
    people = recipients.get("people")
    if people is not None and not (
        isinstance(people, list) and len(people) <= _MAX_PEOPLE and all(isinstance(p, dict) for p in people)
    ):
        raise DraftError("Le persone (people) vanno in un elenco, ognuna con facts e services.")
    count = _number(recipients.get("count"), "Il numero delle persone", whole=True)
    if people:
        if count is not None and count != len(people):
            raise DraftError("Il numero delle persone non è quello dell'elenco.")
        count = len(people)
    return _Draft(
        partners=partners, count=count, for_all=recipients.get("services_for_all"), people=people,
        months=_number(draft.get("months"), "La durata in mesi"),
        requested=_number(draft.get("requested"), "Il contributo chiesto"),
    )  # fmt: skip


def _number(value: Any, what: str, whole: bool = False) -> Any:
    kinds = int if whole else (int, float)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, kinds) or not 0 <= value < 1e9:
        raise DraftError(f"{what} deve essere un numero{' intero' if whole else ''}, da zero in su.")
    return value


class _Checker:
    """The checks of one draft, one method for each idea; None: the rules do not ask it."""

    def __init__(self, ruleset: Ruleset, project: Project, draft: _Draft, on: dt.date) -> None:
        self.ruleset, self.project, self.draft, self.on = ruleset, project, draft, on

    def checks(self) -> list[Check | None]:
        """Every check, in the order they are told."""
        return [
            self.size(), self.lead(), *map(self.required, self.project.required), self.kinds(), self.recipients(),
            self.people(), self.duration(), *map(self.duty, self.project.per_worker), self.contribution(),
        ]  # fmt: skip

    def _say(self, id_: str, rule: Mapping[str, Any], outcome: str, gap: str | None = None) -> Check:
        sources = cite(self.ruleset.sources, rule.get("sources") or (), self.on)
        return Check(id_, outcome, rule["text"][outcome], gap, tuple(sources))

    def size(self) -> Check:
        """Are the partners enough? The same name counts once."""
        rule = self.project.partners
        if self.draft.partners is None:
            return self._say("soggetti", rule, PENDING)
        names = [str(p.get("name") or "").strip().casefold() for p in self.draft.partners]
        different = len(set(filter(None, names))) + names.count("")
        return self._say("soggetti", rule, SATISFIED if different >= rule["minimum"] else FAILED)

    def lead(self) -> Check | None:
        """Is there one lead, of a kind that may lead?"""
        rule = self.project.partners.get("lead")
        if rule is None:
            return None
        leads = [p for p in self.draft.partners or () if p.get("lead")]
        if not leads:
            return self._say("capofila", rule, PENDING)
        kinds = _kinds(leads[0])
        if len(leads) > 1 or (kinds and not kinds & set(rule["kinds"])):
            return self._say("capofila", rule, FAILED)
        return self._say("capofila", rule, SATISFIED if kinds else PENDING)

    def required(self, rule: Mapping[str, Any]) -> Check:
        """Is there a partner of this kind with this quality?"""
        outcomes = {FAILED} if self.draft.partners is not None else {PENDING}
        for partner in self.draft.partners or ():
            kinds = _kinds(partner)
            has = (partner.get("flags") or {}).get(rule["flag"])
            if kinds and rule["kind"] not in kinds:
                continue
            outcomes.add(FAILED if has is False else SATISFIED if has and kinds else PENDING)
        best = next(outcome for outcome in (SATISFIED, PENDING, FAILED) if outcome in outcomes)
        return self._say(rule["id"], rule, best)

    def kinds(self) -> Check:
        """Is every partner of an admitted kind? In an open list another kind is a point to verify."""
        rules = self.project.partners
        rule = {"text": rules["kinds_text"], "sources": rules.get("kinds_sources")}
        if self.draft.partners is None:
            return self._say("tipi_di_soggetto", rule, PENDING)
        admitted = {kind["id"] for kind in rules["kinds"]}
        found = [_kinds(partner) for partner in self.draft.partners]
        if any(kinds and not kinds & admitted for kinds in found):
            if rules.get("open_list"):
                return self._say("tipi_di_soggetto", rule, PENDING, rules.get("open_list_gap"))
            return self._say("tipi_di_soggetto", rule, FAILED)
        return self._say("tipi_di_soggetto", rule, SATISFIED if all(found) else PENDING)

    def recipients(self) -> Check:
        """Are there enough persons, not too many, and does each have what the rules ask?"""
        rule = self.project.recipients
        count, least, most = self.draft.count, rule.get("minimum"), rule.get("maximum")
        if count is not None and ((least is not None and count < least) or (most is not None and count > most)):
            return self._say("persone", rule, FAILED)
        outcome = PENDING if count is None else SATISFIED
        if self.project.must_hold is not None:
            held = [self._true_of(self.project.must_hold, person) for person in self.draft.people or ()]
            if False in held:
                return self._say("persone", rule, FAILED)
            if not held or None in held:
                outcome = PENDING
        return self._say("persone", rule, outcome, rule.get("gap"))

    def people(self) -> Check | None:
        """Can each person of the list receive the measure? Asked only where their facts are given."""
        people = [person for person in self.draft.people or () if person.get("facts")]
        if not people or self.project.measure not in self.ruleset.measures or self.project.must_hold is not None:
            return None
        editions = {self.project.measure: self.project.edition}
        verdicts = {
            assess(p["facts"], self.on, [self.project.measure], ruleset=self.ruleset, editions=editions)
            .assessments[0].verdict
            for p in people
        }  # fmt: skip
        outcome = FAILED if NOT_ELIGIBLE in verdicts else PENDING if TO_VERIFY in verdicts else SATISFIED
        text = {
            SATISFIED: "Ogni persona dell'elenco può entrare nel progetto.",
            FAILED: "Qualche persona dell'elenco non può entrare nel progetto.",
            PENDING: "Per qualche persona va visto se può entrare nel progetto.",
        }
        return self._say(
            "requisiti_delle_persone", {"text": text, "sources": self.project.recipients.get("sources")}, outcome
        )

    def duration(self) -> Check | None:
        """Does the project last no more than it may?"""
        rule = self.project.duration
        if rule is None:
            return None
        months = self.draft.months
        outcome = PENDING if months is None else SATISFIED if 0 < months <= rule["months"] else FAILED
        return self._say("durata", rule, outcome)

    def duty(self, duty: Any) -> Check:
        """Does every person have the services they must have?"""
        rule = duty.data
        wanted = set(rule["services"])
        shared = None if self.draft.for_all is None else sum(id_ in wanted for id_ in self.draft.for_all)
        if self.draft.people is None:
            outcome = PENDING if shared is None else SATISFIED if shared >= rule["at_least"] else FAILED
            return self._say(rule["id"], rule, outcome)
        outcomes, gap = set(), None
        for person in self.draft.people:
            services = person.get("services")
            have = (shared or 0) + sum(id_ in wanted for id_ in services or ())
            if have >= rule["at_least"]:
                outcomes.add(SATISFIED)
                continue
            exempt = self._true_of(duty.unless, person) if duty.unless is not None else False
            if exempt:
                gap = rule.get("gap")
            else:
                outcomes.add(PENDING if exempt is None or (services is None and shared is None) else FAILED)
        worst = next((o for o in (FAILED, PENDING) if o in outcomes), SATISFIED if self.draft.people else PENDING)
        return self._say(rule["id"], rule, worst, gap)

    def contribution(self) -> Check | None:
        """Is the money asked for within the limit?"""
        rule = self.project.contribution
        limit = self.max_contribution()
        sources = tuple(cite(self.ruleset.sources, rule.get("sources") or (), self.on))
        if rule.get("gap"):
            return Check("contributo", PENDING, rule["text"], rule["gap"], sources)
        if self.draft.requested is None or limit is None:
            return None
        if self.draft.requested > limit:
            text = f"Il contributo chiesto è troppo alto. Il massimo è {_thousands(limit)} euro."
            return Check("contributo", FAILED, text, None, sources)
        return Check(
            "contributo",
            SATISFIED,
            f"Il contributo chiesto va bene. Il massimo è {_thousands(limit)} euro.",
            None,
            sources,
        )

    def max_contribution(self) -> int | None:
        """The bracket of this number of persons, euro."""
        for bracket in self.project.contribution.get("brackets") or ():
            if self.draft.count is not None and bracket["from"] <= self.draft.count <= bracket["to"]:
                return int(bracket["amount"])
        return None

    def _true_of(self, condition: Any, person: Mapping[str, Any]) -> bool | None:
        from eligibility.conditions import truth

        return truth(self.ruleset, condition, person.get("facts") or {})


def _kinds(partner: Mapping[str, Any]) -> set[str]:
    kinds = partner.get("kinds") or partner.get("kind") or ()
    return {kinds} if isinstance(kinds, str) else set(map(str, kinds))


def _thousands(value: int) -> str:
    return f"{value:,}".replace(",", ".")
