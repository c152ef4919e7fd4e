"""On which day the shops are paid."""

from collections.abc import Container
from datetime import date, timedelta

from districts.models import PublicHoliday

_SATURDAY = 5
_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)
# More than any row of holidays and weekends.
_AHEAD = timedelta(days=30)


def working_day(day: date, holidays: Container[date]) -> date:
    """The day itself, or the first one after it that is neither a holiday nor of a weekend."""
    while day.weekday() >= _SATURDAY or day in holidays:
        day += _DAY
    return day


def next_working_day(day: date) -> date:
    """The same, with the city's holidays."""
    return working_day(day, _holidays(day))


def payout_day(weekday: int, today: date) -> date:
    """The next day on which shops are paid, today included: that weekday, or the working day after it.

    Args:
        weekday: 0 is Monday.
    """
    holidays = _holidays(today - _WEEK)
    # One that holidays moved from last week may still lie ahead.
    planned = today - timedelta(days=(today.weekday() - weekday) % 7)
    while (moved := working_day(planned, holidays)) < today:
        planned += _WEEK
    return moved


def _holidays(since):
    return set(
        PublicHoliday.objects.filter(on__range=(since, since + _WEEK + _AHEAD)).values_list("on", flat=True)
    )
