"""Which periods can be asked for."""

from __future__ import annotations

import datetime as dt

import pytest

from monitoring.periods import LONGEST_MONTHS, Period, PeriodError, back, choices, chosen, usual

TODAY = dt.date(2026, 11, 20)


@pytest.mark.parametrize(
    ("asked", "first", "last", "label"),
    [
        (("2026-03", "", ""), "2026-03", "2026-03", "marzo 2026"),
        (("2026-T2", "", ""), "2026-04", "2026-06", "secondo trimestre 2026"),
        (("2025", "", ""), "2025-01", "2025-12", "anno 2025"),
        (("2026-T4", "", ""), "2026-10", "2026-11", "quarto trimestre 2026"),  # not over yet
        (("", "2025-12", "2026-02"), "2025-12", "2026-02", "da dicembre 2025 a febbraio 2026"),
        (("", "2026-02", "2026-02"), "2026-02", "2026-02", "febbraio 2026"),
        (("", "2026-10", "2027-05"), "2026-10", "2026-11", "da ottobre 2026 a novembre 2026"),
        (("", "", ""), "2025-12", "2026-11", "da dicembre 2025 a novembre 2026"),
    ],
)
def test_periods(asked: tuple[str, str, str], first: str, last: str, label: str) -> None:
    found = chosen(*asked, today=TODAY)
    assert (found.first, found.last, found.label) == (first, last, label)
    assert found.months[0] == first and found.months[-1] == last


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (("2026-13", "", ""), "non si legge"),
        (("2026-T5", "", ""), "non si legge"),
        (("' OR 1=1", "", ""), "non si legge"),
        (("2026-12", "", ""), "non è ancora cominciato"),
        (("9999", "", ""), "non è ancora cominciato"),
        (("0001", "", ""), "cominciano dopo"),
        (("", "2026-05", "2026-04"), "viene dopo"),
        (("", "2026-05", ""), "mese di inizio e il mese di fine"),
        (("", "ieri", "oggi"), "mese di inizio e il mese di fine"),
        (("", "2020-01", "2026-11"), "troppo lungo"),
        (("", "2026-12", "2027-01"), "non è ancora cominciato"),
    ],
)
def test_what_cannot_be_used_is_said(asked: tuple[str, str, str], told: str) -> None:
    with pytest.raises(PeriodError, match=told):
        chosen(*asked, today=TODAY)


def test_months_run_over_the_end_of_the_year() -> None:
    assert Period("2025-11", "2026-02").months == ["2025-11", "2025-12", "2026-01", "2026-02"]
    assert [back("2026-01", count) for count in (0, 1, 12, 13)] == ["2026-01", "2025-12", "2025-01", "2024-12"]
    assert len(usual(TODAY).months) == 12


def test_what_an_address_says_is_read_back() -> None:
    for period in (usual(TODAY), chosen("2026-T1", "", "", TODAY)):
        fields = dict(pair.split("=") for pair in period.query.split("&"))
        assert chosen(fields.get("periodo", ""), fields.get("da", ""), fields.get("a", ""), TODAY) == period


def test_the_list_goes_from_now_to_the_first_count_and_no_further() -> None:
    offered = choices(TODAY, "2026-08")
    assert [value for value, _ in offered["Mesi"]] == ["2026-11", "2026-10", "2026-09", "2026-08"]
    assert [value for value, _ in offered["Trimestri"]] == ["2026-T4", "2026-T3"]
    assert [value for value, _ in offered["Anni"]] == ["2026"]
    assert [value for value, _ in choices(TODAY, None)["Mesi"]] == ["2026-11"]
    assert len(choices(TODAY, "2001-01")["Mesi"]) == LONGEST_MONTHS
