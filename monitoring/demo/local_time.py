"""Vietnamese wall time as plain numbers: what a logger's clock counts.

A *minute* is the number of minutes since 1970-01-01 00:00 in Vietnam (UTC+7, no daylight saving), a
*second* the same in seconds, a *day* in days. Integers keep the patterns exact and quick.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

OFFSET_SECONDS = 7 * 3600
HOUR = 60
DAY = 24 * HOUR
_EPOCH = date(1970, 1, 1)
_CLOCK_FACES = tuple(f"{minute // 60:02d}{minute % 60:02d}00" for minute in range(DAY))


def local_second(moment: datetime) -> float:
    """The Vietnamese second of an aware moment."""
    return moment.timestamp() + OFFSET_SECONDS


def moment_of(second: float) -> datetime:
    """The aware moment of a Vietnamese second."""
    return datetime.fromtimestamp(second - OFFSET_SECONDS, UTC)


def date_of(day: int) -> date:
    """The calendar date of a day number."""
    return _EPOCH + timedelta(days=day)


def weekday_of(day: int) -> int:
    """0 for Monday to 6 for Sunday."""
    return (day + 3) % 7


@lru_cache(maxsize=64)
def day_digits(day: int) -> str:
    """The day as yyyyMMdd."""
    return date_of(day).strftime("%Y%m%d")


def stamp(minute: int) -> str:
    """The minute as the 14 digits yyyyMMddHHmmss of a station file."""
    return day_digits(minute // DAY) + _CLOCK_FACES[minute % DAY]
