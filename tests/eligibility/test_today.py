"""Che cosa può fare oggi: the ranking is one, and nothing closed or excluded stands before what is open."""

from __future__ import annotations

import datetime as dt
import json
import random

import pytest

import eligibility
from eligibility.offices import office_for, offices
from eligibility.population import halfway, people
from eligibility.readability import gulpease
from eligibility.ruleset import load
from eligibility.situations import measures_for
from eligibility.today import FRONT, MOST_OPEN, RANKS, plan_for

ON = dt.date(2026, 11, 30)
FIRED = {
    "occupazione": "disoccupato", "ex_subordinato": True, "provincia": "BS", "motivo_cessazione": "licenziamento",
    "data_cessazione": "2026-11-27", "settimane_contributi_4_anni": 90, "dimissioni_ultimi_12_mesi": False,
    "ammortizzatore": "nessuno",
}  # fmt: skip


def crowd(count: int) -> list[dict]:
    full = people(count, 7, on=ON)
    return [*full, *halfway(full, 0.5, 3), *halfway(full, 0.9, 4)]


def test_what_has_a_deadline_comes_first_with_its_day_office_and_papers() -> None:
    first = plan_for(FIRED, ON).actions[0].to_dict()
    assert (first["measure"], first["rank"], first["verdict"]) == ("naspi", "scadenza", "ammissibile")
    assert first["deadline"]["date"] == "2027-02-03" and first["documents"] and first["channel"] == "patronato"
    assert first["action"].startswith("Faccia") and first["one_more"] is None


def test_a_deadline_that_is_gone_is_told_and_does_not_come_first() -> None:
    late = plan_for({**FIRED, "data_cessazione": "2026-06-01"}, ON)
    (naspi,) = [a for a in (*late.actions, *late.others) if a.measure == "naspi"]
    assert naspi.rank == "manca_una_cosa" and naspi.deadline is not None and naspi.deadline.passed
    assert "patronato" in (naspi.one_more or "")


def test_one_more_thing_says_what_and_who_knows_it() -> None:
    facts = {
        "occupazione": "dipendente_tempo_indeterminato",
        "rientrato_al_lavoro": False,
        "causa_assenza": "oncologica",
    }
    plan = plan_for(facts, ON)
    (leave,) = [a for a in plan.actions if a.measure == "congedo_l106_2025"]
    assert leave.rank == "manca_una_cosa" and "74%" in (leave.one_more or "")
    assert "invalidita_percento" in leave.missing_facts


def test_what_only_an_office_decides_is_something_to_do_today() -> None:
    plan = plan_for({"occupazione": "autonomo", "causa_assenza": "oncologica", "provincia": "CR"}, ON)
    (sickness,) = [a for a in plan.actions if a.measure == "malattia_gestione_separata"]
    assert sickness.rank == "manca_una_cosa" and not sickness.missing_facts and "cassa" in (sickness.one_more or "")


def test_ranks_follow_their_definition_for_everybody() -> None:
    for facts in crowd(120):
        result = eligibility.assess(facts, ON)
        plan = plan_for(facts, ON, result=result)
        answers = {a.measure: a for a in result.assessments}
        assert [RANKS.index(a.rank) for a in plan.actions] == sorted(RANKS.index(a.rank) for a in plan.actions)
        assert {a.measure for a in (*plan.actions, *plan.others)} == set(measures_for(plan.situation))
        assert len(plan.front) <= FRONT
        for action in plan.actions:
            answer = answers[action.measure]
            assert answer.verdict != "non_ammissibile" and answer.status in ("aperta", "da_verificare")
            assert (action.one_more is None) == (answer.verdict == "ammissibile")
            if action.rank == "aperta":
                assert (answer.verdict, answer.status) == ("ammissibile", "aperta")
            elif action.rank == "scadenza":
                assert action.deadline is not None and action.deadline.days_left >= 0
            else:
                assert sum(c.outcome == "sconosciuto" for c in answer.criteria) <= MOST_OPEN
        days = [a.deadline.days_left for a in plan.actions if a.rank == "scadenza"]
        assert days == sorted(days)
        assert all(action.why for action in (*plan.actions, *plan.others))


def test_a_plan_is_the_same_however_the_facts_are_ordered_and_whoever_assessed_them() -> None:
    rng = random.Random(5)
    for facts in crowd(30):
        items = list(facts.items())
        rng.shuffle(items)
        assert plan_for(dict(items), ON).page() == plan_for(facts, ON, result=eligibility.assess(facts, ON)).page()


def test_more_of_the_same_truth_never_takes_away_what_is_surely_open() -> None:
    for full, part in zip(people(80, 7, on=ON), halfway(people(80, 7, on=ON), 0.5, 3), strict=True):
        measures = measures_for(eligibility.situation(full))
        sure = {a.measure for a in plan_for(part, ON, measures=measures).actions if a.verdict == "ammissibile"}
        assert sure <= {a.measure for a in plan_for(full, ON, measures=measures).actions}


@pytest.mark.parametrize("audience", eligibility.AUDIENCES)
def test_every_line_is_easy_and_every_audience_has_its_own(audience: str) -> None:
    for facts in crowd(15):
        page = plan_for(facts, ON, audience).page()
        json.dumps(page)
        for item in (*page["front"], *page["more"], *page["help"]):
            assert gulpease(item["action"]) >= 60 and gulpease(item["why"]) >= 60, item
    doctor = plan_for({**FIRED}, ON, "medico").actions[0]
    assert "paziente" in doctor.action


def test_help_is_there_in_every_situation() -> None:
    for situation in load().situations.values():
        assert situation.help
    assert plan_for({}, ON).situation is None and plan_for({}, ON).help == ()


def test_offices_are_those_of_the_province_and_old_numbers_are_not_given() -> None:
    for province in eligibility.load().facts["provincia"].options:
        for channel in ("centro_impiego", "collocamento_mirato"):
            office = office_for(channel, province)
            assert office is not None and office.province == province, (channel, province)
            assert "123dok" not in office.url
    assert office_for("centro_impiego", "NA") is None and office_for("employer", "MI") is None
    assert office_for("centro_impiego", None) is None and office_for("inps", None) is not None
    assert office_for("centro_impiego", "LC", "Merate").name == "Centro per l'impiego di Merate"
    lecco = office_for("centro_impiego", "LC").to_dict()
    assert lecco["phone"].startswith("0341 295448") and lecco["phone_note"] == "Numero letto nel 2021, da verificare."
    assert {office.tier for office in offices() if office.phone} <= {"A", "B"}
    assert not [office for office in offices() if "0376 401886" in office.phone or "840 503" in office.phone]


def test_nobody_gets_the_address_of_another_province() -> None:
    for facts in crowd(60):
        plan = plan_for(facts, ON)
        for item in (*plan.actions, *plan.help, *plan.others):
            if item.office is not None and item.office.province:
                assert item.office.province == facts.get("provincia")
