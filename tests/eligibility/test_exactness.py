"""The verdict is decided exactly when the known facts force it; compared with trying every completion."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import eligibility
from eligibility.compiled import ELIGIBLE, NOT_ELIGIBLE, TO_VERIFY
from eligibility.vectorized import VERDICTS, Crowd
from tests.eligibility.support import DAY, SHARE, VALUES, examples, made_up_rules, names, partial_facts, slow_answer

RULES = eligibility.load()
EDITIONS = [pytest.param(edition, id=edition.id) for edition in RULES.editions]


def real_values(edition) -> dict[str, list[Any]]:
    """One value of each class, and for numbers also the limits around each threshold."""
    found: dict[str, list[Any]] = {}
    for id_ in names(edition):
        domain = RULES.domains[id_]
        known = list(domain.samples)
        if domain.fact.type in ("int", "number", "date"):
            step = 0.25 if domain.fact.type == "number" else 1
            low, high = domain.fact.limits
            edges = [v for bound in domain.bounds() for v in (bound - step, bound, bound + step)]
            known = sorted({*known, *(v for v in edges if low <= v <= high)})
        found[id_] = known
    return found


def as_told(facts: dict[str, Any], on: dt.date) -> dict[str, Any]:
    """The facts as a person tells them: a date instead of the days since it."""
    return {
        id_: (on - dt.timedelta(days=int(value))).isoformat()
        if value is not None and RULES.facts[id_].type == "date"
        else value
        for id_, value in facts.items()
    }


def some_person(edition, rng: random.Random, most_open: int) -> dict[str, Any]:
    values = real_values(edition)
    open_facts = set(rng.sample(list(values), min(len(values), rng.randint(0, most_open))))
    facts = {id_: rng.choice(known) for id_, known in values.items() if id_ not in open_facts}
    facts.update({id_: None for id_ in open_facts if rng.random() < 0.3})
    return facts


@pytest.mark.parametrize("edition", EDITIONS)
def test_real_rules_agree_with_trying_everything(edition) -> None:
    rng = random.Random(edition.id)
    classes = {id_: list(RULES.domains[id_].samples) for id_ in names(edition)}
    for _ in range(max(10, int(150 * SHARE))):
        facts = some_person(edition, rng, most_open=4)
        told = as_told(facts, DAY)
        result = eligibility.assess(told, DAY, [edition.measure], editions={edition.measure: edition.edition})
        (answer,) = result.assessments
        verdict, outcomes, missing = slow_answer(edition, facts, classes)
        assert answer.verdict == verdict, facts
        assert {c.id: c.outcome for c in answer.criteria} == outcomes, facts
        assert set(answer.missing_facts) == missing, facts


@given(made_up_rules(), partial_facts())
@examples(250)
def test_made_up_rules_agree_with_trying_everything(rules, facts) -> None:
    """Also with conditions that contradict or repeat each other, on every value and not only one for class."""
    answer = eligibility.assess(facts, DAY, ruleset=rules).assessments[0]
    verdict, outcomes, missing = slow_answer(rules.editions[0], facts, VALUES)
    assert answer.verdict == verdict
    assert {c.id: c.outcome for c in answer.criteria} == outcomes
    assert set(answer.missing_facts) == missing


@given(made_up_rules(), partial_facts(), partial_facts())
@examples(200)
def test_a_decided_verdict_never_changes_when_more_is_known(rules, facts, more) -> None:
    before = eligibility.assess(facts, DAY, ruleset=rules).assessments[0]
    known = {id_: value for id_, value in facts.items() if value is not None}
    after = eligibility.assess({**more, **known}, DAY, ruleset=rules).assessments[0]
    if before.verdict != TO_VERIFY:
        assert after.verdict == before.verdict
    if before.verdict == TO_VERIFY and not before.missing_facts and None not in facts.values():
        assert after.verdict == TO_VERIFY


@given(made_up_rules(), st.lists(partial_facts(), min_size=1, max_size=70))
@examples(60)
def test_the_crowd_gets_the_verdicts_of_its_people(rules, people) -> None:
    compiled = rules.compiled(rules.editions[0])
    crowd = Crowd(rules, [compiled])
    rows = [rules.encode(facts) for facts in people]
    codes = {id_: np.array([row[rules.positions[id_]] for row in rows], np.uint8) for id_ in rules.facts}
    (found,) = crowd.verdicts(codes)
    alone = [eligibility.assess(facts, DAY, ruleset=rules).assessments[0].verdict for facts in people]
    assert [VERDICTS[code] for code in found] == alone


@given(made_up_rules(), partial_facts())
@examples(150)
def test_the_deciding_facts_alone_decide_and_none_is_superfluous(rules, facts) -> None:
    answer = eligibility.assess(facts, DAY, ruleset=rules).assessments[0]
    for place, criterion in enumerate(answer.criteria):
        if criterion.outcome == "sconosciuto" and criterion.gap is None:
            assert all(facts.get(id_) is None for id_ in criterion.facts)
            continue
        alone = {id_: facts[id_] for id_ in criterion.facts}
        again = eligibility.assess(alone, DAY, ruleset=rules).assessments[0].criteria[place]
        assert (again.outcome, again.gap) == (criterion.outcome, criterion.gap)
        for id_ in criterion.facts:
            fewer = {key: value for key, value in alone.items() if key != id_}
            less = eligibility.assess(fewer, DAY, ruleset=rules).assessments[0].criteria[place]
            assert (less.outcome, less.gap) != (criterion.outcome, criterion.gap)


BASE = {
    "residenza_lombardia": True, "occupazione": "dipendente_tempo_indeterminato", "sede_lavoro_lombardia": True,
    "rientrato_al_lavoro": True, "causa_assenza": "oncologica", "invalidita_percento": 75,
    "assenza_continuativa": False, "mesi_assenza": 3, "giorni_assenza_12_mesi": 60, "giorni_assenza_6_mesi": 50,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"invalidita_percento": 69, "giorni_assenza_12_mesi": 126}, NOT_ELIGIBLE),
        ({"invalidita_percento": 70, "giorni_assenza_12_mesi": 126}, ELIGIBLE),
        ({"giorni_assenza_12_mesi": 125}, NOT_ELIGIBLE),
        ({"giorni_assenza_12_mesi": 126}, ELIGIBLE),
        ({"giorni_assenza_6_mesi": 75}, NOT_ELIGIBLE),
        ({"giorni_assenza_6_mesi": 76}, ELIGIBLE),
        ({"assenza_continuativa": True, "mesi_assenza": 6}, ELIGIBLE),
        ({"assenza_continuativa": True, "mesi_assenza": 5.99}, NOT_ELIGIBLE),
        ({"assenza_continuativa": False, "mesi_assenza": 6}, NOT_ELIGIBLE),
        ({"invalidita_percento": None, "giorni_assenza_12_mesi": 126}, TO_VERIFY),
        ({"occupazione": "sospeso_cig", "giorni_assenza_12_mesi": 126}, NOT_ELIGIBLE),
        ({"occupazione": "pubblico_impiego", "giorni_assenza_12_mesi": 126}, NOT_ELIGIBLE),
    ],
)
def test_boundaries_of_the_dote_ritorno(changes: dict[str, Any], verdict: str) -> None:
    assert eligibility.assess({**BASE, **changes}, DAY, ["dote_ritorno_al_lavoro"]).assessments[0].verdict == verdict


def test_the_same_fact_in_two_criteria_is_counted_once() -> None:
    """Whatever the unknown percentage is, one of two opposite criteria fails: the answer is already no."""
    from tests.eligibility.support import criterion, rule, ruleset

    rules = ruleset(
        rule([criterion("alto", {"fact": "n", "at_least": 3}), criterion("basso", {"fact": "n", "at_most": 2})])
    )
    answer = eligibility.assess({}, dt.date(2020, 2, 1), ruleset=rules).assessments[0]
    assert (answer.verdict, answer.missing_facts) == (NOT_ELIGIBLE, ())
    assert [c.outcome for c in answer.criteria] == ["sconosciuto", "sconosciuto"]
