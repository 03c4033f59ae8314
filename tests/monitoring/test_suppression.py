"""Nobody can be found behind the published numbers: no small group, also by difference.

The attacker knows everything published, month by month, of parts and wholes, and how it is made. A small number is safe
when another history of the same cells, in which that number is different, would have been published identically.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.suppression import BATCH, Key, Wholes, over, published

MONTHS = [f"2026-{number:02}" for number in range(1, 13)]
History = dict[str, dict[Key, int]]
Publish = Callable[[History, Wholes], object]


def history(values: list[list[int]]) -> History:
    """Months of counts of the cells ``("0",)``, ``("1",)``, ..."""
    return {MONTHS[m]: {(str(c),): value for c, value in enumerate(row)} for m, row in enumerate(values)}


def one_whole(cells: int) -> Wholes:
    return {("all",): tuple((str(cell),) for cell in range(cells))}


def two_levels(cells: int) -> Wholes:
    """The first half of the cells under a whole of its own, beside the others under another."""
    half = cells // 2
    return {
        ("left",): tuple((str(cell),) for cell in range(half)),
        ("all",): (("left",), *((str(cell),) for cell in range(half, cells))),
    }


counts = st.one_of(st.integers(0, 4), st.integers(0, 12), st.sampled_from([0, 4, 5, 9, 30]))


@st.composite
def histories(draw: st.DrawFn, least_cells: int = 1) -> list[list[int]]:
    cells = draw(st.integers(least_cells, 6))
    return draw(st.lists(st.lists(counts, min_size=cells, max_size=cells), min_size=1, max_size=5))


@given(histories(least_cells=2))
def test_everything_published_comes_in_batches_in_every_period(values: list[list[int]]) -> None:
    shown = published(history(values), two_levels(len(values[0])))
    months = sorted(shown)
    for start in range(len(months)):
        for end in range(start, len(months)):
            for value in over(shown, months[start : end + 1]).values():
                assert value >= 0 and value % BATCH == 0


@given(histories(least_cells=2))
def test_cells_are_never_further_from_the_truth_than_a_batch(values: list[list[int]]) -> None:
    shown = published(history(values), one_whole(len(values[0])))
    for months in ([month] for month in shown):
        for key, value in over(shown, months).items():
            if key != ("all",):
                assert abs(value - history(values)[months[0]][key]) < BATCH
    whole = over(shown, shown)[("all",)]
    assert whole <= sum(map(sum, values))
    if len(values[0]) >= 3:  # two cells: one's remainder would tell the other's
        total = over(shown, shown)
        assert whole >= sum(value for key, value in total.items() if key != ("all",))


@given(histories(least_cells=2))
def test_parts_never_add_up_to_more_than_their_whole(values: list[list[int]]) -> None:
    wholes = two_levels(len(values[0]))
    running: Counter[Key] = Counter()
    for month in published(history(values), wholes).values():
        running.update(month)
        for whole, parts in wholes.items():
            assert running[whole] >= sum(running[part] for part in parts)


def alternatives(values: list[list[int]], month: int, cell: int) -> Iterator[list[list[int]]]:
    """Other histories in which this count is different: somebody came in another month, or in another cell."""
    rows, cells = len(values), len(values[0])
    for change in (1, -1, 2, -2, 3, -3, 4, -4):
        if values[month][cell] + change < 0:
            continue
        # Where the difference goes: nowhere, another month of the cell, another cell, or both.
        for other_month, other_cell in product([None, *range(rows)], [None, *range(cells)]):
            if other_month == month or other_cell == cell:
                continue
            changed = [list(row) for row in values]
            changed[month][cell] += change
            if other_month is not None:
                changed[other_month][cell] -= change
            if other_cell is not None:
                changed[month][other_cell] -= change
                if other_month is not None:
                    changed[other_month][other_cell] += change
            if min(map(min, changed)) >= 0:
                yield changed


def recovered(values: list[list[int]], wholes: Wholes, publish: Publish) -> list[tuple[int, int]]:
    """Small counts (month, cell) for which no other history would have been published identically."""
    seen = publish(history(values), wholes)
    return [
        (month, cell)
        for month, row in enumerate(values)
        for cell, count in enumerate(row)
        if 0 < count < BATCH
        and not any(publish(history(other), wholes) == seen for other in alternatives(values, month, cell))
    ]


@settings(max_examples=150, deadline=None)
@given(histories(), st.sampled_from([one_whole, two_levels]))
def test_no_small_count_can_be_recovered(values: list[list[int]], shape: Callable[[int], Wholes]) -> None:
    wholes = shape(len(values[0])) if len(values[0]) > 1 else {}
    assert recovered(values, wholes, published) == []


def naive(counts: History, wholes: Wholes) -> object:
    """What statistics usually do: hide the small cells of each month, show the exact totals."""
    shown = {}
    for month, row in counts.items():
        shown[month] = {key: value if value >= BATCH else None for key, value in row.items()}
        shown[month] |= {whole: sum(row.get(part, 0) for part in parts) for whole, parts in wholes.items()}
    return shown


def unlimited(counts: History, wholes: Wholes) -> object:
    """Batches everywhere, but wholes shown to the last batch."""
    cells = published(counts)
    sums = published({month: {w: sum(row[p] for p in ps) for w, ps in wholes.items()} for month, row in counts.items()})
    return cells, sums


def test_the_attack_succeeds_where_totals_tell() -> None:
    assert recovered([[3, 8, 20]], one_whole(3), naive) == [(0, 0)]


def test_the_attack_succeeds_where_every_remainder_is_the_greatest() -> None:
    values = [[4, 4, 4, 4, 4]]
    assert recovered(values, one_whole(5), unlimited) == [(0, cell) for cell in range(5)]
    assert recovered(values, one_whole(5), published) == []


@pytest.mark.parametrize(("months", "cells"), [(1, 3), (2, 2), (3, 1)])
def test_all_histories_of_small_counts_hide_in_company(months: int, cells: int) -> None:
    """Without searching for one alternative: every history of counts up to eight, grouped by what is published of it."""
    groups: dict[str, list[tuple[int, ...]]] = {}
    for flat in product(range(9), repeat=months * cells):
        values = [list(flat[month * cells : (month + 1) * cells]) for month in range(months)]
        shown = published(history(values), one_whole(cells) if cells > 1 else {})
        groups.setdefault(repr(shown), []).append(flat)
    assert len(groups) > 3
    for members in groups.values():
        possible = [{flat[position] for flat in members} for position in range(months * cells)]
        for flat in members:
            for count, others in zip(flat, possible, strict=True):
                assert not 0 < count < BATCH or max(flat) >= BATCH or len(others) > 1, flat


def test_who_waits_comes_out_with_the_next_months() -> None:
    shown = published(history([[3], [1], [2], [9]]))
    assert [shown[month][("0",)] for month in sorted(shown)] == [0, 0, 5, 10]
    assert over(shown, MONTHS[:3]) == {("0",): 5}


def test_a_whole_tells_what_its_parts_hide() -> None:
    shown = published(history([[4] * 10]), one_whole(10))["2026-01"]
    assert shown[("all",)] == 35 and not any(value for key, value in shown.items() if key != ("all",))
    assert published(history([[2] * 10]), one_whole(10))["2026-01"][("all",)] == 20


def test_wrong_input_is_refused() -> None:
    with pytest.raises(ValueError, match="never go down"):
        published({"2026-01": {("0",): -1}})
    with pytest.raises(ValueError, match="one whole"):
        published({}, {("a",): (("0",),), ("b",): (("0",),)})


def test_months_come_in_the_order_of_the_calendar() -> None:
    shown = published({"2026-02": {("0",): 4}, "2026-01": {("0",): 4}})
    assert [list(month.values()) for month in (shown["2026-01"], shown["2026-02"])] == [[0], [5]]
    assert [a < b for a, b in pairwise(shown)] == [True]
