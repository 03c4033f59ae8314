"""What of the anonymous counts may be published, so that nobody can be found behind a small number.

Every published number is a multiple of :data:`BATCH`: people come out in batches of five, counted from the first day of
the service. Who does not fill a batch waits for the next month. So a group under five is never shown, and neither is the
difference of two periods, of a whole and its parts, or of what was seen yesterday and today: all are multiples of five.

A whole is published with its parts only as far as its remainder could be in any of them. Were three parts of at most
four people each known to hold twelve more, each would hold exactly four; so the whole says at most eight more (that is
five, the multiple below). docs/monitoring.md has the reasoning, tests/cases/test_publication.py the attacks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

BATCH = 5

Key = tuple[str, ...]
#: Whole -> its parts. A part may be a whole itself; nothing is a part of two wholes.
Wholes = Mapping[Key, tuple[Key, ...]]


def published(counts: Mapping[str, Mapping[Key, int]], wholes: Wholes | None = None) -> dict[str, dict[Key, int]]:
    """What may be shown of each month, every number a multiple of :data:`BATCH`.

    ``counts``: month (``YYYY-MM``) -> key -> people; counts never go down. Of the keys that are not wholes all that are
    given come out, of the wholes all. ``wholes``: which keys are shown as sums; the parts that exist are listed whether
    anybody is in them or not. Sum the months of a period to publish the period.

    Raises ``ValueError`` for a negative count, or a part of two wholes.
    """
    wholes = wholes or {}
    parts = [part for listed in wholes.values() for part in listed]
    if len(parts) != len(set(parts)):
        raise ValueError("a part belongs to one whole only")
    running: Counter[Key] = Counter()
    before: dict[Key, int] = {}
    result = {}
    for month in sorted(counts):
        if any(count < 0 for count in counts[month].values()):
            raise ValueError("counts never go down")
        running.update(counts[month])
        shown = shown_at(running, wholes)
        result[month] = {key: value - before.get(key, 0) for key, value in shown.items()}
        before = shown
    return result


def shown_at(running: Mapping[Key, int], wholes: Wholes) -> dict[Key, int]:
    """What may be shown of counts that run from the first day."""
    shown = {key: _batches(count) for key, count in running.items() if key not in wholes}
    true = dict(running)

    def whole(key: Key) -> None:
        for part in wholes[key]:
            if part in wholes:
                whole(part)
        sum_shown = sum(shown.get(part, 0) for part in wholes[key])
        true[key] = sum(true.get(part, 0) for part in wholes[key])
        shown[key] = min(_batches(true[key]), sum_shown + _batches((BATCH - 1) * (len(wholes[key]) - 1)))

    for key in wholes:
        if key not in shown:
            whole(key)
    return shown


def over(months: Mapping[str, Mapping[Key, int]], wanted: Iterable[str]) -> Counter[Key]:
    """The published numbers of a period: those of its months, added up."""
    total: Counter[Key] = Counter()
    for month in wanted:
        total.update(months.get(month, {}))
    return total


def _batches(count: int) -> int:
    return count - count % BATCH
