"""Approved data: a channel's readings without those of the spans that an officer excluded.

Spans are closed at their start and open at their end, in the seconds for which readings count. In
a stop without discharge nothing is expected either: such slots leave the base of the capture.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from monitoring.domain.averaging import Row
from monitoring.domain.slots import HOUR, ONE_SECOND, day_of, day_start, slot_start

Span = tuple[datetime, datetime]
"""From the first moment up to, not with, the second."""


def union(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same moments as spans that neither overlap nor touch, in order."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        elif start < end:
            joined.append((start, end))
    return tuple(joined)


def meets(spans: Sequence[Span], start: datetime, end: datetime) -> bool:
    """Whether any moment of [start, end) lies in spans that `union` put in order."""
    place = bisect_left(spans, end, key=lambda span: span[0])
    return place > 0 and spans[place - 1][1] > start


@dataclass(frozen=True, slots=True)
class Excluded:
    """What of a channel does not count: all of it, and the part of it that was a stop."""

    spans: tuple[Span, ...] = ()
    stops: tuple[Span, ...] = ()

    @classmethod
    def of(cls, exclusions: Iterable[tuple[datetime, datetime, bool]]) -> Excluded:
        """From the start, the end, and whether it was a stop; overlapping ones are fine."""
        rows = list(exclusions)
        return cls(
            union((start, end) for start, end, _ in rows),
            union((start, end) for start, end, stop in rows if stop),
        )

    def touches(self, start: datetime, end: datetime) -> bool:
        """Whether anything of [start, end) is excluded."""
        return meets(self.spans, start, end)

    def counts(self, at: datetime) -> bool:
        """Whether a reading that counts for this second stays."""
        return not meets(self.spans, at, at + ONE_SECOND)

    def without(self, rows: Iterable[Row]) -> list[Row]:
        """The readings that stay; their times are the seconds for which they count."""
        return [row for row in rows if self.counts(row[0])]

    def not_expected(self, hour: datetime, interval: int, filled: Collection[datetime]) -> int:
        """How many slots that begin in an hour a stop touches, with nothing left to fill them."""
        if not meets(self.stops, hour, hour + max(HOUR, timedelta(minutes=interval))):
            return 0
        width = timedelta(minutes=interval)
        start = slot_start(hour, interval=interval)
        start = start if start >= hour else start + width
        empty = 0
        while start < hour + HOUR:
            empty += start not in filled and meets(self.stops, start, start + width)
            start += width
        return empty


def stretches(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The whole hours that these spans touch, joined."""
    return union((_hour(start), _next_hour(end)) for start, end in spans)


def hours_of(span: Span) -> list[datetime]:
    """The starts of the hours that a span touches."""
    start, end = _hour(span[0]), span[1]
    return [start + n * HOUR for n in range(-((start - end) // HOUR))]


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _next_hour(at: datetime) -> datetime:
    return -((_hour(at) - at) // HOUR) * HOUR + _hour(at)


def last_day_to_ask(end: datetime, days: int) -> date:
    """The last Vietnamese day on which an operator may ask: so many after that of the span's end.

    A span that ends at midnight ended with the day before.
    """
    return day_of(end - ONE_SECOND) + timedelta(days=days)


def months_of(start: datetime, end: datetime) -> list[date]:
    """The first days of the Vietnamese months that [start, end) touches."""
    month = day_of(start).replace(day=1)
    found = []
    while day_start(month) < end:
        found.append(month)
        month = next_month(month)
    return found


def next_month(month: date) -> date:
    """The first day of the month after."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def month_span(month: date) -> Span:
    """Its Vietnamese midnights."""
    return day_start(month), day_start(next_month(month))


def is_over(month: date, now: datetime) -> bool:
    """Whether the last moment of a month has passed."""
    return now >= month_span(month)[1]
