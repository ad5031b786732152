"""Working time: which hours of which days an office works, and when a deadline falls.

A deadline of eight working hours that is set on a Friday at 16:00 falls on Monday. Days are
Vietnamese calendar days; moments are aware, whatever their zone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from itertools import pairwise

from stations.domain.dated import Dated, in_force

VIETNAM = timezone(timedelta(hours=7))
ONE_DAY = timedelta(days=1)
FURTHEST = 3700
"""Days looked ahead: an office that never works again has no deadline."""

Half = tuple[time, time]


class NobodyWorks(Exception):
    """The calendar has no working time left for this deadline."""


@dataclass(frozen=True, slots=True)
class Office:
    """The hours of a working week: weekdays from 1 (Monday) to 7, and the halves of such a day."""

    weekdays: frozenset[int]
    halves: tuple[Half, ...]

    def __post_init__(self) -> None:
        if any(begin >= end for begin, end in self.halves):
            raise ValueError("a half of a working day ends before it begins")
        if any(one[1] > other[0] for one, other in pairwise(self.halves)):
            raise ValueError("the halves of a working day overlap")


@dataclass(frozen=True, slots=True)
class Calendar:
    """The office as it changed, and the days that are not what their weekday says.

    `special`: True for a day that is worked, False for a day off.
    """

    offices: Sequence[Dated[Office]]
    special: Mapping[date, bool] = field(default_factory=dict)

    def works_on(self, day: date) -> bool:
        """Whether anybody works on that day."""
        office = in_force(self.offices, day)
        if office is None or not office.halves:
            return False
        return self.special.get(day, day.isoweekday() in office.weekdays)

    def hours_of(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """The working hours of a day, as moments; none on a day off."""
        office = in_force(self.offices, day)
        if office is None or not self.works_on(day):
            return ()
        return tuple((_moment(day, begin), _moment(day, end)) for begin, end in office.halves)

    def after(self, start: datetime, needed: timedelta) -> datetime:
        """The moment when so much working time has passed since `start`.

        Nothing needed: `start` itself, also at night. Raises NobodyWorks.
        """
        if needed <= timedelta(0):
            return self.before(start, -needed) if needed else start
        left = needed
        for opens, closes in self._hours_from(start):
            here = closes - max(opens, start)
            if here >= left:
                return closes - here + left
            left -= max(here, timedelta(0))
        raise NobodyWorks(f"{needed} after {start.isoformat()}")

    def before(self, end: datetime, needed: timedelta) -> datetime:
        """The moment from which so much working time is left until `end`. Raises NobodyWorks."""
        left = needed
        for opens, closes in self._hours_before(end):
            here = min(closes, end) - opens
            if here >= left:
                return opens + here - left
            left -= max(here, timedelta(0))
        raise NobodyWorks(f"{needed} before {end.isoformat()}")

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much working time lies in [start, end)."""
        total = timedelta(0)
        for begin, closes in self._hours_from(start):
            if begin >= end:
                break
            total += max(min(closes, end) - max(begin, start), timedelta(0))
        return total

    def _hours_from(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        day = start.astimezone(VIETNAM).date()
        for step in range(FURTHEST):
            yield from self.hours_of(day + step * ONE_DAY)

    def _hours_before(self, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        day = end.astimezone(VIETNAM).date()
        for step in range(FURTHEST):
            yield from reversed(self.hours_of(day - step * ONE_DAY))


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, VIETNAM).astimezone(UTC)
