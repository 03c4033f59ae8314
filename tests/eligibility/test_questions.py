"""Which question comes next, and when there is none."""

from __future__ import annotations

import pytest
from hypothesis import given

import eligibility
from benchmarks.eligibility_population import people
from eligibility.conditions import truth
from eligibility.questions import Costs, choose_fact
from tests.eligibility.support import (
    DAY,
    VALUES,
    criterion,
    examples,
    fact,
    made_up_rules,
    partial_facts,
    rule,
    ruleset,
)

TALK = list(eligibility.CONVERSATION_MEASURES)


def talk(person, measures=TALK):
    """The facts asked of a person until nothing more can change."""
    facts: dict = {}
    asked = []
    while question := eligibility.next_question(facts, DAY, measures):
        assert question.fact not in facts
        facts[question.fact] = person[question.fact]
        asked.append(question.fact)
    return asked, facts


@pytest.mark.parametrize("person", people(40, seed=5), ids=range(40))
def test_a_talk_ends_with_every_verdict_settled_but_for_what_is_asked_of_others(person) -> None:
    asked, facts = talk(person)
    told = eligibility.assess(facts, DAY, TALK)
    known = eligibility.assess(person, DAY, TALK)
    rules = eligibility.load()
    for before, after in zip(told.assessments, known.assessments, strict=True):
        if not before.missing_facts:
            assert before.verdict == after.verdict
        for id_ in before.missing_facts:
            limit = rules.ask_when.get(id_)
            assert rules.facts[id_].left_to_office or (limit and truth(rules, limit, facts) is not True), id_
    steps = [eligibility.load().facts[id_].step for id_ in asked]
    assert steps == sorted(steps), "place and work come before health"


@given(made_up_rules(), partial_facts())
@examples(150)
def test_only_facts_that_can_change_a_verdict_are_asked(rules, facts) -> None:
    result = eligibility.assess(facts, DAY, ruleset=rules)
    missing = result.assessments[0].missing_facts
    question = result.next_question
    if question is None:
        assert missing == ()
    else:
        assert question.fact in missing
        assert rules.facts[question.fact].step == min(rules.facts[id_].step for id_ in missing)


@given(made_up_rules())
@examples(40)
def test_the_expected_cost_is_the_least_of_all_orders(rules) -> None:
    """The dynamic programme against trying every question at every point."""
    compiled = rules.compiled(rules.editions[0])
    costs = Costs(compiled)
    node = costs.left(rules.encode({}))

    def least(known: dict) -> float:
        answer = eligibility.assess(known, DAY, ruleset=rules).assessments[0]
        if not answer.missing_facts:
            return 0.0
        step = min(rules.facts[id_].step for id_ in answer.missing_facts)
        options = []
        for id_ in answer.missing_facts:
            if rules.facts[id_].step == step:
                domain = rules.domains[id_]
                after = zip(domain.prior(), domain.samples, strict=True)
                options.append(1 + sum(share * least({**known, id_: value}) for share, value in after))
        return min(options)

    assert costs.expected(node) == pytest.approx(least({}))


def test_a_decided_criterion_ends_the_questions_that_no_longer_matter() -> None:
    facts = {"occupazione": "disoccupato"}
    assert eligibility.next_question(facts, DAY, ["dote_ritorno_al_lavoro"]) is None
    facts = {"occupazione": "dipendente_tempo_indeterminato", "giorni_assenza_12_mesi": 126}
    missing = eligibility.assess(facts, DAY, ["dote_ritorno_al_lavoro"]).assessments[0].missing_facts
    assert not {"mesi_assenza", "assenza_continuativa", "giorni_assenza_6_mesi"} & set(missing)


def test_what_the_person_does_not_know_is_not_asked_again() -> None:
    facts = {"invalidita_percento": None}
    for _ in range(30):
        question = eligibility.next_question(facts, DAY, ["dote_ritorno_al_lavoro"])
        if question is None:
            break
        assert question.fact not in facts
        facts[question.fact] = None
    assert question is None
    answer = eligibility.assess(facts, DAY, ["dote_ritorno_al_lavoro"]).assessments[0]
    assert answer.verdict == "da_verificare" and set(answer.missing_facts) <= set(eligibility.load().ask_when)


def test_excluded_facts_are_not_asked() -> None:
    health = {id_ for id_, known in eligibility.load().facts.items() if known.sensitive}
    facts: dict = {}
    while question := eligibility.next_question(facts, DAY, TALK, exclude=health):
        assert question.fact not in health
        facts[question.fact] = None
    assert eligibility.assess(facts, DAY, TALK).next_question.fact in health


def test_ties_go_to_the_order_of_the_catalogue() -> None:
    facts = {id_: fact("bool", prior=0.5) for id_ in ("primo", "secondo", "terzo")}
    rules = ruleset(
        rule([criterion(id_, {"fact": id_, "is": True}) for id_ in ("terzo", "secondo", "primo")]), facts=facts
    )
    assert eligibility.next_question({}, DAY, ruleset=rules).fact == "primo"
    assert eligibility.assess({}, DAY, ruleset=rules).assessments[0].missing_facts == ("primo", "secondo", "terzo")


def test_the_question_most_likely_to_settle_comes_first() -> None:
    facts = {"raro": fact("bool", prior=0.1), "comune": fact("bool", prior=0.9)}
    both = [criterion(id_, {"fact": id_, "is": True}) for id_ in facts]
    rules = ruleset(rule(both), facts=dict(reversed(facts.items())))
    assert eligibility.next_question({}, DAY, ruleset=rules).fact == "raro"


def test_a_question_shared_by_two_measures_comes_before_one_that_is_not() -> None:
    facts = {id_: fact("bool", prior=0.5) for id_ in ("solo", "condiviso")}
    rules = ruleset(
        rule([criterion("a", {"fact": "condiviso", "is": True}), criterion("b", {"fact": "solo", "is": True})], "uno"),
        rule([criterion("a", {"fact": "condiviso", "is": True})], "due"),
        facts=facts,
    )
    compiled = [rules.compiled(edition) for edition in rules.editions]
    assert choose_fact(rules, rules.encode({}), compiled) == "condiviso"


@pytest.mark.parametrize("audience", eligibility.AUDIENCES)
def test_a_question_has_the_shape_of_the_contract(audience: str) -> None:
    shown = eligibility.next_question({}, DAY, TALK, audience).to_dict()
    assert set(shown) == {"fact", "type", "options", "text", "why"}
    assert all(set(option) == {"id", "label"} for option in shown["options"])
    for id_, known in eligibility.load().facts.items():
        question = eligibility.question_for(known, audience)
        assert (question.fact, question.type, question.sensitive) == (id_, known.type, known.sensitive)
        assert (question.text, question.why) == (known.question[audience], known.why[audience])
        assert question.variants == known.variants[audience]
        assert {**question.to_dict(), "options": None}["text"] == question.text
    number = eligibility.question_for(eligibility.load().facts["eta"], audience)
    assert "options" not in number.to_dict() and len(number.variants) >= 1
    yes_no = eligibility.question_for(eligibility.load().facts["part_time"], audience).to_dict()
    assert [option["id"] for option in yes_no["options"]] == [True, False]


def test_every_made_up_value_is_a_class() -> None:
    rules = ruleset(rule([criterion("c", {"fact": "n", "at_least": 3})]))
    assert [rules.domains["n"].code(value) for value in VALUES["n"]] == [0, 0, 0, 1, 1, 1]
    assert sum(rules.domains["n"].prior()) == pytest.approx(1)
