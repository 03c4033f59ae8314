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


@cache
def _holidays(year: int) -> frozenset[date]:
    import holidays  # slow to load: not before the first question

    return frozenset(holidays.country_holidays("IT", years=year))
