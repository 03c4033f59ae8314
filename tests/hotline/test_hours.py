"""When the hotline is open: weekly hours, holidays, closures, slots."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest

from hotline.hours import Timetable, day_words, moment_words
from settings.clock import ROME
from settings.config import Settings
from settings.office_hours import WeeklyHours


def rome(*parts: int) -> dt.datetime:
    """An hour of the Italian clock."""
    return dt.datetime(*parts, tzinfo=ROME)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("lun-ven 9-17", "dal lunedì al venerdì, 9-17"),
        ("lun-ven 9-13 e 14-17:30; sab 9-12", "dal lunedì al venerdì, 9-13 e 14-17:30; sabato, 9-12"),
        ("lun,mer 8:30-12", "lunedì, 8:30-12; mercoledì, 8:30-12"),
        ("lun-dom 0-23:59", "dal lunedì alla domenica, 0-23:59"),
    ],
)
def test_the_line_of_hours_is_read_and_said(text: str, words: str) -> None:
    assert WeeklyHours.parse(text).words() == words


@pytest.mark.parametrize(
    "text", ["", "lun", "lun 9", "lunedì 9-17", "ven-lun 9-17", "lun 17-9", "lun 9-13 e 12-15", "lun 25-26"]
)
def test_hours_that_cannot_be_read_are_refused_with_a_reason(text: str) -> None:
    with pytest.raises(ValueError, match="Orario dello sportello"):
        WeeklyHours.parse(text)


def test_what_people_are_told_is_what_holds(tmp_path) -> None:
    settings = Settings(data_dir=tmp_path, hotline_hours="lun-gio 10-12")
    assert settings.help_hours == "dal lunedì al giovedì, 10-12"
    assert Timetable.of(settings).weekly.words() == settings.help_hours


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        (rome(2026, 11, 20, 9), True),
        (rome(2026, 11, 20, 8, 59), False),
        (rome(2026, 11, 20, 17), False),
        (rome(2026, 11, 21, 10), False),  # Saturday
        (rome(2026, 12, 8, 10), False),  # Immacolata
        (rome(2026, 4, 6, 10), False),  # Easter Monday
        (rome(2026, 8, 14, 10), True),
    ],
)
def test_weekends_and_holidays_are_closed(moment: dt.datetime, is_open: bool) -> None:
    assert Timetable().is_open(moment) is is_open
    assert Timetable().is_open(moment.astimezone(dt.UTC)) is is_open


def test_a_patron_saint_counts_where_it_is_configured() -> None:
    ambrogio = rome(2026, 12, 7, 10)  # a Monday
    assert Timetable().is_open(ambrogio)
    assert not Timetable(patron="MI").is_open(ambrogio)
    assert Timetable(patron="nowhere").is_open(ambrogio)


def test_an_extraordinary_closure_counts() -> None:
    assert not Timetable().is_open(rome(2026, 11, 20, 10), {dt.date(2026, 11, 20)})


def test_it_opens_again_after_weekend_holidays_and_closures() -> None:
    friday_evening = rome(2026, 12, 4, 18)
    opens = Timetable(patron="MI").opens_at(friday_evening, {dt.date(2026, 12, 9)})
    assert opens == rome(2026, 12, 10, 9)
    assert Timetable().opens_at(rome(2026, 11, 20, 10)) == rome(2026, 11, 20, 10)


def test_never_open_is_said_and_not_searched_for_ever() -> None:
    every_day = {dt.date(2026, 11, 1) + dt.timedelta(days=n) for n in range(100)}
    assert Timetable().opens_at(rome(2026, 11, 1, 10), every_day) is None
    assert list(Timetable().slots(rome(2026, 11, 1, 10), every_day)) == []


def test_slots_fit_into_the_hours_and_leave_time_to_choose() -> None:
    slots = list(itertools.islice(Timetable(minutes=45).slots(rome(2026, 11, 20, 15, 20)), 3))
    assert slots == [rome(2026, 11, 23, 9), rome(2026, 11, 23, 9, 45), rome(2026, 11, 23, 10, 30)]


def test_slots_keep_the_italian_hour_when_the_clocks_change() -> None:
    slots = list(Timetable(minutes=60).slots(rome(2026, 10, 23, 16, 45)))  # clocks go back on Sunday 25
    assert {slot.astimezone(ROME).hour for slot in slots} == set(range(9, 17))
    assert slots[0] == rome(2026, 10, 26, 9)


def test_moments_are_said_as_people_say_them() -> None:
    now = rome(2026, 11, 20, 10)
    assert moment_words(rome(2026, 11, 20, 15, 30), now) == "oggi alle 15:30"
    assert day_words(rome(2026, 11, 21, 9), now) == "domani"
    assert moment_words(rome(2026, 12, 1, 9), now) == "martedì 1° dicembre alle 9:00"
