"""A draft PIP against caps, minimum hours and obligations."""

from __future__ import annotations

import datetime as dt

import pytest

import eligibility
from eligibility.plan import PlanError, build_plan

ON = dt.date(2021, 6, 1)
JOBLESS = {"occupazione": "disoccupato", "assegno_ricollocazione": False}
TRAINING_ONLY = {"occupazione": "sospeso_cig", "assegno_ricollocazione": True}
FULL = {"coaching": 10, "inserimento_lavoro": None, "formazione_voucher": {"hours": 40, "amount": 2000}}


def remarks(chosen: dict, facts: dict | None = None, measure: str = "azioni_di_rete") -> tuple[str, list]:
    plan = build_plan(measure, chosen, ON, facts)
    return plan.outcome, [(r.level, r.about, r.gap) for r in plan.remarks]


def test_a_plan_at_every_limit_is_fine() -> None:
    plan = build_plan("azioni_di_rete", FULL, ON, JOBLESS)
    assert (plan.outcome, plan.remarks, plan.hours, plan.amount) == ("conforme", (), 50, 2000)
    shown = plan.to_dict()
    assert shown["lines"][0]["sources"] and shown["edition"] == "fase_2_2021" and shown["ruleset"]


@pytest.mark.parametrize(
    ("change", "about"),
    [
        ({"coaching": 10.5}, "coaching"),
        ({"formazione_voucher": {"hours": 39, "amount": 2000}}, "formazione_voucher"),
        ({"formazione_voucher": {"hours": 40, "amount": 2000.01}}, "formazione_voucher"),
        ({"formazione": 151}, "formazione"),
    ],
)
def test_one_step_over_a_limit_is_to_be_mended(change: dict, about: str) -> None:
    assert remarks({**FULL, **change}, JOBLESS) == ("da_correggere", [("da_correggere", about, None)])


def test_hours_and_money_not_settled_are_to_be_verified() -> None:
    assert remarks({**FULL, "formazione_voucher": None, "coaching": None}, JOBLESS) == (
        "da_verificare",
        [("da_verificare", "coaching", None), *[("da_verificare", "formazione_voucher", None)] * 2],
    )


@pytest.mark.parametrize(
    ("chosen", "missing"),
    [({"coaching": 5}, ["assistenza_intensiva"]), ({"avvio_impresa": None}, ["orientamento"]), ({"formazione": 9}, ["orientamento", "assistenza_intensiva"])],
)  # fmt: skip
def test_every_worker_needs_orientation_and_an_intensive_service(chosen: dict, missing: list) -> None:
    assert remarks(chosen, JOBLESS) == ("da_correggere", [("da_correggere", id_, None) for id_ in missing])


def test_whoever_may_only_train_is_not_asked_the_impossible() -> None:
    outcome, found = remarks({"formazione": 100}, TRAINING_ONLY)
    assert outcome == "da_verificare"
    assert found == [("da_verificare", "orientamento", "AR-42"), ("da_verificare", "assistenza_intensiva", "AR-42")]
    assert ("da_correggere", "coaching", None) in remarks({"formazione": 100, "coaching": 1}, TRAINING_ONLY)[1]


def test_what_is_not_known_of_the_person_is_to_be_verified() -> None:
    outcome, found = remarks({"coaching": 5, "inserimento_lavoro": None})
    assert outcome == "da_verificare"
    assert [about for _, about, _ in found] == ["coaching", "inserimento_lavoro"]


@pytest.mark.parametrize(("amount", "outcome"), [(2000, "conforme"), (2001, "da_correggere")])
def test_the_dote_ritorno_has_a_cap_on_the_whole(amount: int, outcome: str) -> None:
    chosen = {"coaching": {"amount": 1000}, "formazione": {"amount": amount - 1000}}
    plan = build_plan("dote_ritorno_al_lavoro", chosen, dt.date(2020, 1, 1))
    assert (plan.outcome, plan.max_amount) == (outcome, 2000)
    if outcome == "da_correggere":
        assert plan.remarks[0].text == "Il piano costa 2.001 euro. Il massimo è 2.000 euro."


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({}, "almeno un servizio"), (None, "almeno un servizio"), ({"massaggi": 1}, "massaggi"),
        ({"coaching": 0}, "le ore"), ({"coaching": -1}, "le ore"), ({"coaching": True}, "le ore"),
        ({"coaching": float("nan")}, "le ore"), ({"coaching": float("inf")}, "le ore"), ({"coaching": "due"}, "le ore"),
        ({"coaching": {"amount": 0}}, "l'importo"), ({"coaching": {"giorni": 2}}, "hours"),
    ],
)  # fmt: skip
def test_wrong_choices_are_refused(chosen: object, words: str) -> None:
    with pytest.raises(PlanError, match=words):
        build_plan("azioni_di_rete", chosen, ON)


@pytest.mark.parametrize("audience", eligibility.AUDIENCES)
def test_every_service_of_every_measure_can_stand_in_a_plan(audience: str) -> None:
    for edition in eligibility.load().editions:
        for service in edition.items["services"]:
            plan = build_plan(edition.measure, {service.id: None}, ON, audience=audience, edition=edition.edition)
            assert plan.lines[0].title and plan.to_dict()
