"""The employer's quota of L. 68/1999."""

from __future__ import annotations

import dataclasses
import datetime as dt
from fractions import Fraction

import pytest
import yaml

import eligibility
from eligibility.errors import RuleError
from eligibility.quota import QuotaError, check_quota, employer_quota, round_half_down
from eligibility.ruleset import Ruleset

ON = dt.date(2026, 1, 1)


@pytest.mark.parametrize(
    ("employees", "disability", "art18"),
    [
        (0, 0, 0), (14, 0, 0), (15, 1, 0), (35, 1, 0), (36, 2, 0), (50, 2, 0), (51, 4, 1), (64, 4, 1), (65, 5, 1),
        (100, 7, 1), (150, 10, 1), (151, 11, 2), (250, 17, 2), (251, 18, 3), (1000, 70, 10),
    ],
)  # fmt: skip
def test_units(employees: int, disability: int, art18: int) -> None:
    shares = {share.kind: share.units for share in employer_quota(employees, ON).shares}
    assert shares == {"disability": disability, "art18": art18}


@pytest.mark.parametrize(
    ("employees", "disability", "art18"),
    [(50, (), ()), (51, ("CM-20",), ("CM-24",)), (100, (), ("CM-24",)), (200, (), ()), (1000, (), ())],
)
def test_what_is_not_certain_is_said(employees: int, disability: tuple, art18: tuple) -> None:
    shares = {share.kind: share for share in employer_quota(employees, ON).shares}
    assert (shares["disability"].gaps, shares["art18"].gaps) == (disability, art18)
    for share in shares.values():
        assert share.certainty == ("da_verificare" if share.gaps else "certo")
        assert share.sources and share.text


def test_whom_the_employer_already_has_is_taken_off() -> None:
    shares = employer_quota(100, ON, {"disability": 5, "art18": 4}).shares
    assert [share.missing for share in shares] == [2, 0]
    assert [share.missing for share in employer_quota(100, ON).shares] == [None, None]
    shown = employer_quota(60, ON).to_dict()
    assert shown["shares"][0]["exact"] == 4.2 and len(shown["notes"]) == 2


@pytest.mark.parametrize(("value", "units"), [("7/2", 3), ("351/100", 4), ("3", 3), ("1/2", 0), ("349/100", 3)])
def test_only_more_than_half_counts(value: str, units: int) -> None:
    assert round_half_down(Fraction(value)) == units


@pytest.mark.parametrize("employees", [-1, 1.5, "20", True, None, 10**9])
def test_wrong_numbers_are_refused(employees: object) -> None:
    with pytest.raises(QuotaError, match=r"^Il numero dei dipendenti deve essere un numero intero"):
        employer_quota(employees, ON)
    with pytest.raises(QuotaError, match=r"^Il numero delle persone già assunte deve essere un numero intero"):
        employer_quota(20, ON, {"disability": employees if employees is not None else -1})


def test_the_largest_number() -> None:
    assert employer_quota(10_000_000, ON).shares[0].units == 700_000
    with pytest.raises(QuotaError):
        employer_quota(10_000_001, ON)


@pytest.mark.parametrize(
    ("text", "words"), [("a: [", "quota/x.yaml: il file YAML"), ("id: legge_68_1999", "quota/x.yaml: servono")]
)
def test_a_broken_file_is_named(text: str, words: str) -> None:
    known = eligibility.load()
    rules = Ruleset(
        known.facts, known.sources, known.editions, data_files={"network/y.yaml": "a: [", "quota/x.yaml": text}
    )
    with pytest.raises(RuleError, match=words):
        employer_quota(20, ON, ruleset=rules)


def test_dates_before_our_rules_are_refused() -> None:
    with pytest.raises(QuotaError, match="01/03/2017"):
        employer_quota(20, dt.date(2017, 2, 28))
    assert employer_quota(20, dt.date(2017, 3, 1)).shares[0].units == 1
    with pytest.raises(QuotaError, match="altra_legge"):
        employer_quota(20, ON, law="altra_legge")


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        (("disability", "brackets", 1, "employees", "from"), 16, "seguirsi"),
        (("disability", "brackets", 3, "employees", "to"), 90, "senza limite"),
        (("disability", "brackets", 1, "percent"), 3, "units o percent"),
        (("art18", "sources"), ["ZZ"], "ZZ"), (("art18", "brackets"), [], "brackets"), (("schema",), 2, "schema"),
        (("rounding", "rule"), "per_caso", "arrotondamento"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused(place: tuple, value: object, words: str) -> None:
    rules = eligibility.load()
    (name,) = (name for name in rules.data_files if name.startswith("quota/"))
    data = yaml.safe_load(rules.data_files[name])
    inner = data
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    with pytest.raises(RuleError, match=words):
        check_quota(data, rules, name)


def test_answers_do_not_change_under_the_callers_hands() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        employer_quota(20, ON).shares[0].units = 9


def test_the_answer_as_plain_data() -> None:
    shown = employer_quota(60, ON, {"disability": 1}).to_dict()
    shares = {share.pop("kind"): share for share in shown.pop("shares")}
    assert {"text", "sources"} <= set(shares["disability"])
    assert shares["disability"].pop("text").startswith("Con più di 50 dipendenti")
    assert [source["id"] for source in shares["disability"].pop("sources")] == ["C-13"]
    assert shares["disability"] == {
        "units": 4,
        "exact": 4.2,
        "missing": 3,
        "certainty": "da_verificare",
        "gaps": ["CM-20"],
    }
    assert [source["id"] for source in shares["art18"]["sources"]] == ["C-10", "L68-art18"]
    assert shares["art18"]["sources"][1]["url"].endswith("!vig=2026-01-01")
    assert len(shown.pop("notes")) == 2
    assert shown == {
        "title": "Obbligo di assunzione della legge 68 del 1999",
        "employees": 60,
        "date": "2026-01-01",
        "ruleset": eligibility.load().version,
    }
