"""Working days in Italy: Monday to Friday, national holidays apart."""

from datetime import date, datetime, timedelta
from functools import cache

from settings.clock import ROME


def is_working_day(day: date) -> bool:
    """True from Monday to Friday when it is not a national holiday."""
    return day.weekday() < 5 and day not in _holidays(day.year)


def add(moment: datetime, days: int) -> datetime:
    """The same hour in Italy, ``days`` working days later (0: the moment itself, or the next working day)."""
    local = moment.astimezone(ROME)
    while days > 0:
        local += timedelta(days=1)
        days -= is_working_day(local.date())
    while not is_working_day(local.date()):
        local += timedelta(days=1)
    return local.astimezone(moment.tzinfo)


def between(start: datetime, end: datetime) -> int:
    """Working days after the day of ``start``, up to the day of ``end``; 0 on the same day."""
    day, last = start.astimezone(ROME).date(), end.astimezone(ROME).date()
    count = 0
    while day < last:
        day += timedelta(days=1)
        count += is_working_day(day)
    return count


@cache
def _holidays(year: int) -> frozenset[date]:
    import holidays  # slow to load: not before the first question

    return frozenset(holidays.country_holidays("IT", years=year))
