"""Weekly office hours written in one line, and the same in words.

``lun-ven 9-17; sab 9:00-12:30``: days (a range or a list with commas), then one or more spans separated by ``e``.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

DAYS = ("lun", "mar", "mer", "gio", "ven", "sab", "dom")
_NAMES = ("lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica")
_SPAN = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*-\s*(\d{1,2})(?::(\d{2}))?")

Span = tuple[dt.time, dt.time]


@dataclass(frozen=True)
class WeeklyHours:
    """``spans``: for each day of the week (Monday first) the spans in which the office is open, in order."""

    spans: tuple[tuple[Span, ...], ...]

    @classmethod
    def parse(cls, text: str) -> WeeklyHours:
        """Read the one-line form.

        :raises ValueError: with a message in Italian that names the part that cannot be read.
        """
        week: list[tuple[Span, ...]] = [()] * 7
        for part in filter(None, (piece.strip().lower() for piece in text.split(";"))):
            days, _, hours = part.partition(" ")
            spans = tuple(_span(piece, part) for piece in re.split(" e ", " ".join(hours.split())))
            if any(later[0] < earlier[1] for earlier, later in zip(spans, spans[1:], strict=False)):
                raise ValueError(f"Orario dello sportello: in «{part}» le fasce si sovrappongono.")
            for day in _days(days, part):
                week[day] = spans
        if not any(week):
            raise ValueError("Orario dello sportello: serve almeno un giorno, per esempio «lun-ven 9-17».")
        return cls(tuple(week))

    def words(self) -> str:
        """As people say it: ``dal lunedì al venerdì, 9-17``."""
        groups: list[tuple[list[int], tuple[Span, ...]]] = []
        for day, spans in enumerate(self.spans):
            if groups and groups[-1][1] == spans and groups[-1][0][-1] == day - 1:
                groups[-1][0].append(day)
            else:
                groups.append(([day], spans))
        return "; ".join(f"{_named(days)}, {_said(spans)}" for days, spans in groups if spans)


def _days(text: str, part: str) -> list[int]:
    found: list[int] = []
    for piece in text.split(","):
        first, dash, last = piece.partition("-")
        if first not in DAYS or (dash and last not in DAYS):
            raise ValueError(f"Orario dello sportello: non si legge il giorno in «{part}».")
        start, end = DAYS.index(first), DAYS.index(last or first)
        if end < start:
            raise ValueError(f"Orario dello sportello: in «{part}» i giorni sono al contrario.")
        found += range(start, end + 1)
    return found


def _span(text: str, part: str) -> Span:
    match = _SPAN.fullmatch(text.strip())
    try:
        numbers = [int(number or 0) for number in match.groups()] if match else []
        from_hour, from_minute, to_hour, to_minute = numbers
        opens, closes = dt.time(from_hour, from_minute), dt.time(to_hour, to_minute)
    except ValueError:
        opens = closes = dt.time()
    if opens >= closes:
        raise ValueError(f"Orario dello sportello: non si legge l'orario in «{part}».")
    return opens, closes


def _named(days: list[int]) -> str:
    if len(days) > 2:
        return f"dal {_NAMES[days[0]]} al {_NAMES[days[-1]]}".replace("al domenica", "alla domenica")
    return " e ".join(_NAMES[day] for day in days)


def _said(spans: tuple[Span, ...]) -> str:
    return " e ".join(f"{clock_words(opens)}-{clock_words(closes)}" for opens, closes in spans)


def clock_words(time: dt.time) -> str:
    """An hour as it is written here: ``9``, ``9:30``."""
    return f"{time.hour}:{time.minute:02}" if time.minute else str(time.hour)
