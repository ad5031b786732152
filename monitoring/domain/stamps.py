"""Stamps: the fourteen digits `yyyyMMddHHmmss` of file names and lines, by Vietnam's clock.

UTC+7, no daylight saving (Thông tư 10/2021/TT-BTNMT).
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from typing import NamedTuple

from monitoring.domain.slots import VIETNAM

STAMP_DIGITS = 14


class Moment(NamedTuple):
    """A measured time, and the Vietnamese calendar day it falls on."""

    time: datetime
    """Aware, UTC, whole second."""
    day: date


def is_digits(text: str) -> bool:
    """Whether there are only ASCII digits, and at least one."""
    return text.isdigit() and text.isascii()


def is_stamp(text: str) -> bool:
    """Whether these are fourteen ASCII digits, be they a date or not."""
    return len(text) == STAMP_DIGITS and is_digits(text)


def moment_of(stamp: str) -> Moment | None:
    """The moment that a stamp names; None when it is no stamp or names no date."""
    return _moment(stamp) if is_stamp(stamp) else None


def moment_at(time: datetime) -> Moment:
    """An aware time with its Vietnamese day."""
    return Moment(time, time.astimezone(VIETNAM).date())


@lru_cache(maxsize=8192)
def _moment(digits: str) -> Moment | None:
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:8])
    hour, minute, second = int(digits[8:10]), int(digits[10:12]), int(digits[12:])
    try:
        local = datetime(year, month, day, hour, minute, second, tzinfo=VIETNAM)
    except ValueError:
        return None
    return Moment(_in_utc(local), local.date())


def _in_utc(local: datetime) -> datetime:
    try:
        return local.astimezone(UTC)
    except OverflowError:  # the first seven hours of year 1 are in no UTC year; too old anyhow
        return datetime.min.replace(tzinfo=UTC)
