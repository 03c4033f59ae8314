"""When the hotline is open: weekly hours, Italian holidays, extraordinary closures; and the callback slots."""

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from settings.clock import ROME
from settings.office_hours import WeeklyHours
from texts.dates import day_and_month

# A slot is offered only if there is time to see it on the page before it begins.
_NOTICE = dt.timedelta(minutes=30)
_HORIZON_DAYS = 60
_WEEK = WeeklyHours.parse("lun-ven 9-17")


class HotlineSettings(Protocol):
    """The settings read here."""

    hotline_hours: str
    hotline_patron: str | None
    hotline_callback_minutes: int
    hotline_callback_places: int


@dataclass(frozen=True)
class Timetable:
    """Opening hours in Italian time.

    ``patron``: province whose patron saint is a holiday too; ``minutes``: length of a callback slot; ``places``:
    callbacks that fit into one slot.
    """

    weekly: WeeklyHours = _WEEK
    patron: str | None = None
    minutes: int = 30
    places: int = 2

    @classmethod
    def of(cls, settings: HotlineSettings) -> "Timetable":
        """The timetable of a configuration."""
        return cls(
            WeeklyHours.parse(settings.hotline_hours),
            settings.hotline_patron,
            settings.hotline_callback_minutes,
            settings.hotline_callback_places,
        )

    def holiday(self, day: dt.date) -> str | None:
        """The Italian name of a holiday, None on other days."""
        return _holidays(day.year, self.patron).get(day)

    def spans(self, day: dt.date, closures: Collection[dt.date] = ()) -> tuple[tuple[dt.datetime, dt.datetime], ...]:
        """When it is open on a day; ``closures``: extraordinary ones."""
        if day in closures or self.holiday(day):
            return ()
        return tuple(
            (dt.datetime.combine(day, opens, ROME), dt.datetime.combine(day, closes, ROME))
            for opens, closes in self.weekly.spans[day.weekday()]
        )

    def is_open(self, now: dt.datetime, closures: Collection[dt.date] = ()) -> bool:
        """Whether somebody answers at this instant."""
        return any(opens <= now < closes for opens, closes in self.spans(now.astimezone(ROME).date(), closures))

    def opens_at(self, now: dt.datetime, closures: Collection[dt.date] = ()) -> dt.datetime | None:
        """When it opens next (now, if it is open); None when it stays closed for two months."""
        for opens, closes in self._coming(now, closures):
            if closes > now:
                return max(opens, now)
        return None

    def slots(self, now: dt.datetime, closures: Collection[dt.date] = ()) -> Iterator[dt.datetime]:
        """Beginnings of the callback slots to come, in order."""
        length = dt.timedelta(minutes=self.minutes)
        for opens, closes in self._coming(now, closures):
            start = opens
            while start + length <= closes:
                if start >= now + _NOTICE:
                    yield start.astimezone(dt.UTC)
                start += length

    def _coming(self, now: dt.datetime, closures: Collection[dt.date]) -> Iterator[tuple[dt.datetime, dt.datetime]]:
        today = now.astimezone(ROME).date()
        for ahead in range(_HORIZON_DAYS):
            yield from self.spans(today + dt.timedelta(days=ahead), closures)


@cache
def _holidays(year: int, patron: str | None) -> dict[dt.date, str]:
    import holidays  # slow to load: not before the first question

    try:
        return dict(holidays.country_holidays("IT", subdiv=patron, years=year, language="it_IT"))
    except NotImplementedError:  # not a province that the library knows
        return dict(holidays.country_holidays("IT", years=year, language="it_IT"))


def day_words(moment: dt.datetime, now: dt.datetime) -> str:
    """The day of a moment as people say it: ``oggi``, ``domani``, ``lunedì 24 novembre``."""
    day, today = moment.astimezone(ROME).date(), now.astimezone(ROME).date()
    if day == today:
        return "oggi"
    if day == today + dt.timedelta(days=1):
        return "domani"
    return day_and_month(day)


def hour_words(moment: dt.datetime) -> str:
    """The hour of a moment in Italy: ``9:30``."""
    local = moment.astimezone(ROME)
    return f"{local.hour}:{local.minute:02}"


def moment_words(moment: dt.datetime, now: dt.datetime) -> str:
    """Day and hour: ``lunedì 24 novembre alle 9:30``."""
    return f"{day_words(moment, now)} alle {hour_words(moment)}"
