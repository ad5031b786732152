"""The kinds of periods that a limit may have: where they start and end, and which hold an hour.

All starts are full hours (UTC): an hour; the 8 hours that end at each full hour, so that eight of
them hold any one hour; a Vietnamese day; a Vietnamese calendar year.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from monitoring.domain.long_periods import HOURS
from monitoring.domain.slots import HOUR, ONE_DAY, day_of, day_start

SHORT = ("hour", "day")
"""Means of slots; every channel is followed through them."""

LONG = ("hours8", "year")
"""Means of means; only where there is such a limit."""

_LENGTHS = {"hour": HOUR, "hours8": HOURS * HOUR, "day": ONE_DAY}
_STEPS = {"hour": HOUR, "hours8": HOUR, "day": ONE_DAY}


def end_of(period: str, start: datetime) -> datetime:
    """When the period that starts then is over."""
    return _new_year_after(start) if period == "year" else start + _LENGTHS[period]


def next_start(period: str, start: datetime) -> datetime:
    """Where the next period of the kind starts: before this one is over, where they overlap."""
    return _new_year_after(start) if period == "year" else start + _STEPS[period]


def starts_holding(period: str, hour: datetime) -> tuple[datetime, ...]:
    """The starts of all periods that hold an hour, the earliest first."""
    if period == "hours8":
        return tuple(hour - back * HOUR for back in range(HOURS - 1, -1, -1))
    return (_latest_start(period, hour),)


def first_ending_after(period: str, moment: datetime) -> datetime:
    """The start of the first period that is not over at that moment."""
    return starts_holding(period, _full_hour(moment))[0]


def starts_between(period: str, begin: datetime, end: datetime) -> Iterator[datetime]:
    """The starts from `begin` up to, not with, `end`."""
    start = _latest_start(period, _full_hour(begin))
    if start < begin:
        start = next_start(period, start)
    while start < end:
        yield start
        start = next_start(period, start)


def end_before(period: str, start: datetime) -> datetime:
    """When the period before this one was over: at its start, unless the kind overlaps."""
    return start + (HOURS - 1) * HOUR if period == "hours8" else start


def _latest_start(period: str, hour: datetime) -> datetime:
    """The latest start that is not after a full hour."""
    if period in ("hour", "hours8"):
        return hour
    day = day_of(hour)
    return day_start(date(day.year, 1, 1) if period == "year" else day)


def _new_year_after(start: datetime) -> datetime:
    return day_start(date(day_of(start).year + 1, 1, 1))


def _full_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
