"""Che cosa può fare oggi: one ranking of what a person can do on a day, the same for every page and channel.

Ranks, in this order (``RANKS``):

1. ``scadenza``: a last useful day is known and not gone, and the measure is not excluded and concerns the person
   (at least half of its criteria are met); the nearest day first;
2. ``aperta``: open on the day and every criterion met;
3. ``manca_una_cosa``: open (or to be verified), nothing failed, at most ``MOST_OPEN`` criteria are still open and at least as
   many are met as are open for want of a fact (what an office decides is itself the thing to do); fewest open first.
   ``one_more`` says in one line what is missing and who knows it.

What is left is ``others``: still to be looked at, not met, closed, each with its reason; never before what is open. Inside a
rank the order is that of the situation's measures. ``help`` is what always exists in the situation, after the actions.
At most ``FRONT`` actions stand in front.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eligibility.assessment import Assessment, CriterionResult, Result, assess
from eligibility.compiled import ELIGIBLE, FAILED, NOT_ELIGIBLE, PENDING, SATISFIED
from eligibility.conditions import condition
from eligibility.deadlines import DueDate
from eligibility.derive import implied
from eligibility.offices import Office, office_for
from eligibility.questions import Question, next_question, question_for
from eligibility.ruleset import Ruleset, load
from eligibility.situations import measures_for, situation, worth_asking

RANKS = ("scadenza", "aperta", "manca_una_cosa")
MOST_OPEN = 2
FRONT = 3
_PLACE = "provincia"
_LIVE = ("aperta", "da_verificare")


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do. ``rank``: one of RANKS, or None for what is not an action today (see ``Plan.others``).

    ``why``: why it is here, one line; ``one_more``: what is missing and who knows it, in rank ``manca_una_cosa``.
    """

    measure: str
    title: str
    action: str
    rank: str | None
    verdict: str
    status: str
    deadline: DueDate | None
    missing_facts: tuple[str, ...]
    channel: tuple[str, ...]
    office: Office | None
    documents: tuple[str, ...]
    why: str
    one_more: str | None
    gp_certifies: tuple[str, ...]
    decided_by: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """An entry of the contract's ``plan``: ``deadline`` and ``office`` only where there are."""
        shown: dict[str, Any] = {
            "measure": self.measure, "title": self.title, "action": self.action, "rank": self.rank,
            "verdict": self.verdict, "status": self.status, "missing_facts": list(self.missing_facts),
            "channel": self.channel[0] if self.channel else None, "channels": list(self.channel),
            "documents": list(self.documents), "why": self.why, "one_more": self.one_more,
            "gp_certifies": list(self.gp_certifies), "decided_by": list(self.decided_by),
        }  # fmt: skip
        if self.deadline is not None:
            shown["deadline"] = self.deadline.to_dict()
        if self.office is not None:
            shown["office"] = self.office.to_dict()
        return shown


@dataclass(frozen=True, slots=True)
class HelpOffered:
    """Help that always exists in a situation."""

    id: str
    action: str
    why: str
    channel: tuple[str, ...]
    office: Office | None

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        shown: dict[str, Any] = {"id": self.id, "action": self.action, "why": self.why, "channels": list(self.channel)}
        return {**shown, "office": self.office.to_dict()} if self.office is not None else shown


@dataclass(frozen=True, slots=True)
class TodayPlan:
    """What can be done today, best first, then the help that always exists, then what is not open or not met."""

    situation: str | None
    title: str | None
    actions: tuple[Action, ...]
    help: tuple[HelpOffered, ...]
    others: tuple[Action, ...]

    @property
    def front(self) -> tuple[Action, ...]:
        """The actions to show in front."""
        return self.actions[:FRONT]

    def to_dict(self) -> list[dict[str, Any]]:
        """The contract's ``plan``."""
        return [action.to_dict() for action in self.actions]

    def page(self) -> dict[str, Any]:
        """Everything a page shows: ``situation``, ``front``, ``more``, ``help``, ``others``."""
        plan = self.to_dict()
        return {
            "situation": self.situation, "title": self.title, "front": plan[:FRONT], "more": plan[FRONT:],
            "help": [item.to_dict() for item in self.help], "others": [action.to_dict() for action in self.others],
        }  # fmt: skip


def plan_for(
    facts: Mapping[str, Any],
    on: dt.date,
    audience: str = "cittadino",
    measures: Sequence[str] | None = None,
    result: Result | None = None,
    ruleset: Ruleset | None = None,
) -> TodayPlan:
    """What this person can do on that day.

    ``measures``: those of the situation when None. ``result``: an assessment of the same facts, day and audience that
    already holds those measures, so that nothing is assessed twice. Raises FactErrors, UnknownMeasure, ValueError.
    """
    ruleset = ruleset or load()
    found = situation(facts, ruleset)
    wanted = tuple(measures) if measures is not None else measures_for(found, ruleset)
    known = {a.measure: a for a in result.assessments} if result is not None else {}
    if result is None or result.audience != audience or not set(wanted) <= known.keys():
        known = {a.measure: a for a in assess(facts, on, wanted, audience, ruleset).assessments}
    where = {**implied(facts), **{id_: value for id_, value in facts.items() if value is not None}}
    codes = ruleset.encode(facts, on)
    unlikely = frozenset(
        id_ for id_, limit in ruleset.ask_when.items() if condition(ruleset, limit).read(codes)[0] is not True
    )
    actions = [_action(ruleset, known[measure], where, audience, unlikely) for measure in wanted]
    place = {measure: n for n, measure in enumerate(wanted)}
    ranked = sorted((a for a in actions if a.rank), key=lambda a: (*_order(a, known[a.measure]), place[a.measure]))
    others = sorted(
        (a for a in actions if not a.rank), key=lambda a: (a.verdict == NOT_ELIGIBLE, a.status not in _LIVE)
    )
    group = ruleset.situations.get(found or "")
    return TodayPlan(
        situation=found,
        title=group.title[audience] if group else None,
        actions=tuple(ranked),
        help=tuple(
            HelpOffered(h.id, h.action[audience], h.why[audience], h.channel, _office(h.channel, where))
            for h in (group.help if group else ())
        ),
        others=tuple(others),
    )


def _order(action: Action, answer: Assessment) -> tuple[int, int]:
    rank = RANKS.index(action.rank or RANKS[-1])
    if action.rank == "scadenza" and action.deadline is not None:
        return rank, action.deadline.days_left or 0
    return rank, len(_open(answer)) if action.rank == "manca_una_cosa" else 0


def _open(answer: Assessment) -> list[CriterionResult]:
    return [criterion for criterion in answer.criteria if criterion.outcome == PENDING]


def _action(
    ruleset: Ruleset, answer: Assessment, where: Mapping[str, Any], audience: str, unlikely: frozenset[str]
) -> Action:
    due = _due(answer)
    rank = _rank(answer, due, unlikely)
    return Action(
        measure=answer.measure,
        title=answer.title,
        action=answer.action or f"Chieda a un operatore accreditato: {answer.title}.",
        rank=rank,
        verdict=answer.verdict,
        status=answer.status,
        deadline=due if rank == "scadenza" or due is not None and due.passed else None,
        missing_facts=answer.missing_facts,
        channel=answer.channel,
        office=_office(answer.channel, where),
        documents=tuple(item["text"] for item in answer.documents),
        why=_why(answer, rank),
        one_more=_one_more(ruleset, answer, audience) if rank is not None and answer.verdict != ELIGIBLE else None,
        gp_certifies=tuple(item["text"] for item in answer.gp_certifies),
        decided_by=tuple(item["text"] for item in answer.decided_by),
    )


def _due(answer: Assessment) -> DueDate | None:
    """The nearest last day still useful, else the last one that is gone."""
    dated = [due for due in answer.deadlines if due.date is not None]
    return next((due for due in dated if not due.passed), dated[0] if dated else None)


def _rank(answer: Assessment, due: DueDate | None, unlikely: frozenset[str]) -> str | None:
    if answer.verdict == NOT_ELIGIBLE or answer.status not in _LIVE:
        return None
    met = sum(criterion.outcome == SATISFIED for criterion in answer.criteria)
    if due is not None and not due.passed and 2 * met >= len(answer.criteria):
        return "scadenza"
    if answer.verdict == ELIGIBLE:
        return "aperta" if answer.status == "aperta" else "manca_una_cosa"
    still_open = _open(answer)
    if any(c.gap is None and c.facts and unlikely.issuperset(c.facts) for c in still_open):
        return None  # only something that this person would not even be asked could still open it
    # What an office or a doctor decides is the one more thing itself; only what nobody has told yet makes it too early.
    untold = sum(criterion.gap is None for criterion in still_open)
    return "manca_una_cosa" if met >= untold and len(still_open) <= MOST_OPEN else None


def _office(channels: Sequence[str], where: Mapping[str, Any]) -> Office | None:
    found = (office_for(channel, where.get("provincia"), where.get("comune")) for channel in channels)
    return next((office for office in found if office is not None), None)


def _why(answer: Assessment, rank: str | None) -> str:
    """What it gives, for what can be done; for the rest why not."""
    if rank is None:
        failed = next((c.text for c in answer.criteria if c.outcome == FAILED), None)
        if failed is None and answer.status not in _LIVE and answer.status_text:
            return answer.status_text
        return failed or next((c.text for c in _open(answer)), answer.status_text or answer.title)
    given = answer.effects or answer.services
    return str(given[0]["text"]) if given else answer.title


def _one_more(ruleset: Ruleset, answer: Assessment, audience: str) -> str:
    """The first thing that is missing, and where the answer is written or who decides."""
    still_open = _open(answer)
    if not still_open:
        return answer.status_text or "Va chiesto se oggi è aperta."
    first = still_open[0]
    source = next((ruleset.facts[id_].find_out for id_ in first.facts if ruleset.facts[id_].find_out), {})
    if first.gap is not None or not source:
        return first.text
    return f"{first.text} {source[audience]}"


def next_question_for_plan(
    facts: Mapping[str, Any],
    on: dt.date,
    audience: str = "cittadino",
    measures: Sequence[str] | None = None,
    exclude: Collection[str] = (),
    ruleset: Ruleset | None = None,
) -> Question | None:
    """The question to ask now on the way to a plan.

    As ``eligibility.next_question`` over the measures of the situation (or those given) that may still be open; at the end
    the province, without which no office can be named. Raises FactErrors, UnknownMeasure.
    """
    ruleset = ruleset or load()
    wanted = tuple(measures) if measures is not None else measures_for(situation(facts, ruleset), ruleset)
    found = next_question(facts, on, worth_asking(wanted, on, ruleset), audience, exclude, ruleset)
    if found is None and _PLACE not in facts and _PLACE not in exclude:
        return question_for(ruleset.facts[_PLACE], audience)
    return found
