"""From dates of absence to facts."""

from __future__ import annotations

import datetime as dt
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

import eligibility
from eligibility.absences import (
    AbsenceError,
    Spell,
    _holidays,
    add_months,
    derive_absences,
    months_between,
    working_days,
)
from eligibility.errors import EligibilityError
from tests.eligibility.support import examples


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def test_from_the_third_of_march_to_the_twentieth_of_september() -> None:
    derived = derive_absences([(day("2020-03-03"), day("2020-09-20"))], day("2020-09-21"))
    # 144 week days, less 13 and 10 April... Easter Monday, 1 May, 2 June (25 April and 15 August fall on Saturday).
    assert derived.facts == {
        "mesi_assenza": 6.6, "assenza_continuativa": True, "giorni_assenza_12_mesi": 141, "giorni_assenza_6_mesi": 127,
    }  # fmt: skip
    assert derived.warnings == ()


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        ("2020-03-03", "2020-09-02", 6), ("2020-03-03", "2020-09-01", 5.96), ("2020-03-03", "2020-09-03", 6.03),
        ("2020-03-03", "2020-03-03", 0.03), ("2020-01-01", "2020-12-31", 12), ("2019-08-31", "2020-02-28", 6),
        ("2019-08-31", "2020-02-27", 5.96), ("2020-12-15", "2021-06-14", 6), ("2020-01-31", "2020-02-28", 1),
    ],
)  # fmt: skip
def test_months(first: str, last: str, months: float) -> None:
    assert months_between(day(first), day(last)) == months


@given(st.dates(dt.date(2000, 1, 1), dt.date(2030, 1, 1)), st.integers(0, 40), st.integers(0, 40))
@examples(200)
def test_months_follow_the_calendar(first: dt.date, months: int, extra: int) -> None:
    last = add_months(first, months) + dt.timedelta(days=extra - 1)
    assert months_between(first, last) >= months - (extra == 0 and months == 0)
    assert months_between(first, last) <= months_between(first, last + dt.timedelta(days=1))


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2020-01-31", 1, "2020-02-29"), ("2021-01-31", 1, "2021-02-28"), ("2020-03-31", -1, "2020-02-29"),
        ("2020-12-15", 1, "2021-01-15"), ("2020-01-15", -1, "2019-12-15"), ("2020-11-30", 12, "2021-11-30"),
    ],
)  # fmt: skip
def test_adding_months(start: str, months: int, end: str) -> None:
    assert add_months(day(start), months) == day(end)


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        ("2020-06-01", "2020-06-07", 4),  # 2 June is a holiday
        ("2024-04-22", "2024-04-28", 4),  # 25 April, a Thursday
        ("2024-04-01", "2024-04-01", 0),  # Easter Monday
        ("2024-12-23", "2024-12-27", 3),  # Christmas and Saint Stephen
        ("2024-06-08", "2024-06-09", 0),  # a weekend
        ("2024-06-10", "2024-06-09", 0),  # nothing
        ("2023-12-29", "2024-01-02", 2),  # over the new year
        ("2024-06-10", "2024-06-10", 1),  # one day
    ],
)
def test_working_days(first: str, last: str, days: int) -> None:
    assert working_days(day(first), day(last)) == days


def test_other_weeks_and_the_local_holiday() -> None:
    assert working_days(day("2024-06-10"), day("2024-06-16"), week=range(6)) == 6
    assert working_days(day("2023-12-06"), day("2023-12-08"), patron=(12, 7)) == 1  # Saint Ambrose, then the 8th


def test_a_weekend_does_not_break_an_absence_and_a_day_of_work_does() -> None:
    friday, monday, tuesday = day("2024-06-14"), day("2024-06-17"), day("2024-06-18")
    joined = derive_absences([(day("2024-01-10"), friday), (monday, day("2024-07-31"))], day("2024-08-01"))
    assert joined.facts["assenza_continuativa"] is True and joined.facts["mesi_assenza"] >= 6
    broken = derive_absences([(day("2024-03-10"), friday), (tuesday, day("2024-07-31"))], day("2024-08-01"))
    assert broken.facts["assenza_continuativa"] is False


def test_one_long_spell_among_others_counts_as_continuous() -> None:
    spells = [(day("2023-11-06"), day("2023-11-10")), Spell(day("2024-01-08"), day("2024-07-12"))]
    facts = derive_absences(spells, day("2024-08-01")).facts
    assert facts["assenza_continuativa"] is True and facts["mesi_assenza"] == 6.16


def test_overlapping_and_unordered_spells_count_once() -> None:
    apart = [(day("2024-05-01"), day("2024-06-30")), (day("2024-03-01"), day("2024-05-15"))]
    whole = [(day("2024-03-01"), day("2024-06-30"))]
    on = day("2024-07-10")
    assert derive_absences(apart, on) == derive_absences(whole, on)
    inside = [*whole, (day("2024-04-01"), day("2024-04-10"))]
    assert derive_absences(inside, on) == derive_absences(whole, on)


@pytest.mark.parametrize("last", [None, day("2024-12-31")])
def test_whoever_is_still_absent_is_not_back(last: dt.date | None) -> None:
    derived = derive_absences([(day("2024-03-01"), last)], day("2024-06-28"))
    assert derived.facts["rientrato_al_lavoro"] is False
    assert derived.facts["giorni_assenza_6_mesi"] == working_days(day("2024-03-01"), day("2024-06-28"))
    later = derive_absences([(day("2024-03-01"), None), (day("2024-05-01"), day("2024-05-03"))], day("2024-06-28"))
    assert later == derived


def test_only_the_last_months_count() -> None:
    facts = derive_absences([(day("2022-01-10"), day("2023-03-31"))], day("2024-02-29")).facts
    assert facts["giorni_assenza_12_mesi"] == working_days(day("2023-03-01"), day("2023-03-31"))
    assert facts["giorni_assenza_6_mesi"] == 0


def test_two_ways_of_counting_that_differ_are_told() -> None:
    # 130 working days before the return; a reference date months later leaves fewer in the last twelve.
    derived = derive_absences(
        [(day("2023-01-09"), day("2023-03-31")), (day("2023-04-11"), day("2023-07-20"))], day("2024-03-01")
    )
    assert derived.facts["giorni_assenza_12_mesi"] < 126
    assert any("12 mesi" in warning and "da verificare" not in warning for warning in derived.warnings)


@pytest.mark.parametrize(
    ("spells", "words"),
    [
        ([], "almeno un periodo"),
        ([(day("2024-02-01"), day("2024-01-01"))], "prima dell'inizio"),
        ([(day("2024-08-01"), None)], "dopo la data di riferimento"),
        ([(day("1990-01-01"), day("2024-01-01"))], "vent'anni"),
    ],
)
def test_impossible_dates_are_refused(spells: list, words: str) -> None:
    with pytest.raises(AbsenceError, match=words):
        derive_absences(spells, day("2024-07-01"))


def test_the_facts_are_ready_to_be_assessed() -> None:
    facts = derive_absences([(day("2020-03-03"), day("2020-09-02"))], day("2020-10-01")).facts
    answer = eligibility.assess(facts, day("2020-10-01"), ["dote_ritorno_al_lavoro"]).assessments[0]
    assert {c.id: c.outcome for c in answer.criteria}["assenza"] == "soddisfatto"


def test_without_the_holidays_package_the_message_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "holidays", None)
    _holidays.cache_clear()
    with pytest.raises(EligibilityError, match="holidays"):
        working_days(day("2024-01-01"), day("2024-01-31"))


def test_the_local_holiday_counts_everywhere() -> None:
    patron = (12, 7)  # Saint Ambrose, in 2023 a Thursday; the 8th is a holiday for everybody
    short = [(day("2023-11-06"), day("2023-12-06")), (day("2023-12-11"), day("2023-12-15"))]
    assert derive_absences(short, day("2023-12-20")).facts["assenza_continuativa"] is False
    assert derive_absences(short, day("2023-12-20"), patron=patron).facts["assenza_continuativa"] is True
    across = [(day("2023-12-04"), day("2023-12-15"))]
    one, other = (derive_absences(across, day("2023-12-20"), patron=p).facts for p in (None, patron))
    for fact in ("giorni_assenza_12_mesi", "giorni_assenza_6_mesi"):
        assert (one[fact], other[fact]) == (9, 8)


def last_day_with(days: int, first: dt.date) -> dt.date:
    """The day on which so many working days are reached."""
    last = first
    while working_days(first, last) < days:
        last += dt.timedelta(days=1)
    return last


@pytest.mark.parametrize(("days", "patron"), [(126, (7, 8)), (76, (3, 19))])
def test_on_the_day_of_the_return_there_is_nothing_to_doubt(days: int, patron: tuple[int, int]) -> None:
    first = day("2024-01-22") if days == 126 else day("2024-03-04")
    last = last_day_with(days, first)
    assert derive_absences([(first, last)], last, patron=patron).warnings == ()
    assert derive_absences([(first, last)], last).warnings == ()


@pytest.mark.parametrize(
    ("days", "window", "doubt"), [(126, 12, True), (125, 12, False), (76, 6, True), (75, 6, False)]
)
def test_a_doubt_is_told_only_when_it_changes_the_answer(days: int, window: int, doubt: bool) -> None:
    first = day("2023-01-09") if window == 12 else day("2024-01-08")
    last = last_day_with(days, first)
    on = add_months(first, window) + dt.timedelta(days=20)
    warnings = derive_absences([(first, last)], on).warnings
    assert any(f"Contando {window} mesi" in warning for warning in warnings) is doubt
    exactly = derive_absences([(first, last)], add_months(first, window) - dt.timedelta(days=1)).warnings
    assert not any(f"Contando {window} mesi" in warning for warning in exactly)


def test_broken_absences_add_up() -> None:
    spells = [
        (day("2024-01-08"), day("2024-02-20")),
        (day("2024-03-04"), day("2024-04-17")),
        (day("2024-05-06"), day("2024-05-16")),
    ]
    facts = derive_absences(spells, day("2024-06-03")).facts
    months = [months_between(*spell) for spell in spells]
    assert months == [1.44, 1.46, 0.35]
    assert facts["mesi_assenza"] == 3.25 and facts["assenza_continuativa"] is False


def test_six_months_exactly_beside_another_spell() -> None:
    spells = [(day("2023-11-06"), day("2023-11-10")), (day("2024-01-08"), day("2024-07-07"))]
    facts = derive_absences(spells, day("2024-08-01")).facts
    assert (facts["mesi_assenza"], facts["assenza_continuativa"]) == (6, True)


def test_the_smallest_and_the_longest_spell() -> None:
    monday = day("2024-06-10")
    one = derive_absences([(monday, monday)], monday)
    assert one.facts == {
        "mesi_assenza": 0.03,
        "assenza_continuativa": True,
        "giorni_assenza_12_mesi": 1,
        "giorni_assenza_6_mesi": 1,
    }
    start = monday - dt.timedelta(days=366 * 20)
    assert derive_absences([(start, monday)], monday).facts["mesi_assenza"] > 240
    with pytest.raises(AbsenceError):
        derive_absences([(start - dt.timedelta(days=1), monday)], monday)


def test_open_spells_among_others() -> None:
    on, first, second = day("2024-06-28"), day("2024-03-04"), day("2024-05-06")
    whole = derive_absences([(first, None)], on)
    assert derive_absences([(first, None), (first, day("2024-03-08"))], on) == whole
    assert derive_absences([(first, day("2024-03-08")), (first, None)], on) == whole
    assert derive_absences([(first, day("2024-05-10")), (second, None)], on) == whole
    several = [(first, None), (second, day("2024-05-10")), (day("2024-06-03"), day("2024-06-07"))]
    assert derive_absences(several, on) == whole
    joined = [
        (first, day("2024-03-15")),
        (day("2024-03-14"), day("2024-03-20")),
        (day("2024-05-06"), day("2024-05-10")),
    ]
    assert derive_absences(joined, on).facts["giorni_assenza_6_mesi"] == 13 + 5
