"""The check of requirements as the page carries it: facts and measures, sealed in the form and stored nowhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import eligibility
from eligibility.fact_words import value_in_words
from eligibility.ranking import best_first, possible
from web.portals.doctors.shared import AUDIENCE
from web.problems import Problem
from web.security.sealing import SealBroken, Sealer

_SEAL = "doctor-check"
#: Questions shown at once; the others wait behind a fold.
FIRST = 5
FACT, UNKNOWN = "d.", "ns."
NOT_KNOWN = "non_so"


@dataclass
class Check:
    """What the doctor said so far of one patient. Bound to the account, so that a form taken elsewhere opens nothing."""

    account_id: str
    facts: dict[str, Any] = field(default_factory=dict)
    measures: list[str] = field(default_factory=lambda: list(eligibility.CONVERSATION_MEASURES))

    @classmethod
    def unseal(cls, sealer: Sealer, sealed: str, account_id: str) -> Check:
        """The check that a form carries; a new one when it carries none.

        :raises Problem: ``modulo-scaduto``.
        """
        if not sealed:
            return cls(account_id)
        try:
            content = sealer.open(_SEAL, sealed)
            if content["account"] != account_id:
                raise SealBroken
            ruleset = eligibility.load()
            measures = [measure for measure in content["measures"] if measure in ruleset.measures]
            return cls(account_id, ruleset.validate(content["facts"]), measures)
        except (SealBroken, eligibility.FactErrors, KeyError, TypeError):
            raise Problem("modulo-scaduto") from None

    def seal(self, sealer: Sealer) -> str:
        """The value of the form's hidden field."""
        return sealer.seal(_SEAL, {"account": self.account_id, "facts": self.facts, "measures": self.measures})

    def take(self, form: Mapping[str, Any]) -> dict[str, str]:
        """Keep the answers of a form; what is wrong comes back as ``{fact: Italian message}`` and is not kept."""
        wrong: dict[str, str] = {}
        ruleset = eligibility.load()
        for fact in ruleset.facts:
            typed = str(form.get(FACT + fact) or "").strip()
            if form.get(UNKNOWN + fact) == "si" or typed == NOT_KNOWN:
                self.facts[fact] = None
            elif typed:
                try:
                    self.facts |= ruleset.validate({fact: typed[:200]})
                except eligibility.FactErrors as errors:
                    wrong |= errors.errors
        return wrong

    def choose(self, wanted: list[str]) -> None:
        """Check these measures; unknown ones are ignored, and none means the usual ones."""
        self.measures = [measure for measure in offered() if measure in wanted] or list(
            eligibility.CONVERSATION_MEASURES
        )

    @property
    def speaks_of_health(self) -> bool:
        """Whether a fact about health was told (a fact the doctor does not know tells nothing)."""
        known = eligibility.load().facts
        return any(known[fact].sensitive for fact, value in self.facts.items() if value is not None)


def offered() -> list[str]:
    """Measures for a person, those of a conversation first."""
    ruleset = eligibility.load()
    usual = list(eligibility.CONVERSATION_MEASURES)
    return usual + [
        measure
        for measure in ruleset.measures
        if measure not in usual and ruleset.edition(measure, dt.date.max).kind == "person"
    ]


@dataclass(frozen=True)
class Asked:
    """One row of the form."""

    fact: str
    kind: str
    text: str
    options: list[tuple[str, str]]
    hint: str
    value: str = ""
    error: str = ""


@dataclass(frozen=True)
class CheckView:
    """Everything the page shows of a check."""

    first: list[Asked]
    later: list[Asked]
    known: list[tuple[str, str, str]]
    assessments: list[dict[str, Any]]
    possible: list[dict[str, Any]]
    signposts: list[dict[str, Any]]
    plan: dict[str, Any]
    contradictions: list[str]
    ruleset: str
    date: str
    measures: list[str]
    health: bool

    @property
    def done(self) -> bool:
        """Whether there is nothing left to ask."""
        return not self.first and not self.later


def view_of(check: Check, today: dt.date, typed: Mapping[str, Any], wrong: Mapping[str, str]) -> CheckView:
    """The questions that can still change a verdict, the most useful first, and the verdicts so far.

    :param typed: the form as sent, so that what is wrong can be put right.
    """
    found = eligibility.assess(check.facts, today, measures=check.measures, audience=AUDIENCE)
    plan = eligibility.plan_for(check.facts, today, AUDIENCE)
    result = found.to_dict()
    assessments = best_first(result["assessments"])
    missing = {fact for item in assessments for fact in item["missing_facts"]}
    order: list[str] = [fact for fact in wrong if fact not in check.facts]
    while len(order) < FIRST:
        question = eligibility.next_question(check.facts, today, check.measures, AUDIENCE, exclude=tuple(order))
        if question is None or question.fact in order:
            break
        order.append(question.fact)
    rest = [fact for fact in eligibility.load().facts if fact in missing and fact not in order]
    facts = eligibility.load().facts
    return CheckView(
        first=[_asked(fact, typed, wrong) for fact in order],
        later=[_asked(fact, typed, wrong) for fact in rest],
        known=[(fact, facts[fact].label, value_in_words(facts[fact], value)) for fact, value in check.facts.items()],
        assessments=assessments,
        possible=possible(assessments),
        signposts=eligibility.signposts(check.facts, today, AUDIENCE, beside=True),
        plan=plan.page(),
        contradictions=[item["text"] for item in result["contradictions"]],
        ruleset=result["ruleset"],
        date=result["date"],
        measures=check.measures,
        health=check.speaks_of_health,
    )


def _asked(name: str, typed: Mapping[str, Any], wrong: Mapping[str, str]) -> Asked:
    fact = eligibility.load().facts[name]
    question = eligibility.question_for(fact, AUDIENCE)
    options = [(str(option["id"]), str(option["label"])) for option in question.options or ()]
    hint = ""
    if fact.type == "bool":
        options = [("true", "Sì"), ("false", "No"), (NOT_KNOWN, "Non so")]
    elif fact.type == "enum":
        options = [*options, *fact.other_options.items(), (NOT_KNOWN, "Non so")]
    elif fact.type in ("int", "number"):
        unit = f" ({fact.unit})" if fact.unit else ""
        hint = f"Da {fact.minimum:g} a {fact.maximum:g}{unit}"
    elif fact.type == "date":
        hint = "Giorno, mese e anno, ad esempio 27/11/2026"
    value = str(typed.get(FACT + name) or "")[:80] if name in wrong else ""
    return Asked(name, fact.type, question.text, options, hint, value, wrong.get(name, ""))
