"""Slots, means and captures (§1).

A mean is a sum and a count, never divided. Time is cut into intervals from midnight; the slot of a
reading is where its stamp falls, or the second before where stamps close their windows.
"""

from __future__ import annotations

import calendar
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from functools import cached_property

from tests.model.files import Said
from tests.model.register import Channel, Station, in_force

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AIR, IDLE_FROM = Fraction("20.9"), Fraction(18)
NEEDED_OF_LONG = Fraction(3, 4)
"""6 hours of 8, and 75 % of the days of a year."""


@dataclass(frozen=True)
class Mean:
    """The sum of n slots (or valid hours, or valid days), of so many expected."""

    total: Fraction
    n: int
    expected: int

    def has(self, share: Fraction) -> bool:
        """Whether n ÷ expected, never above 1, reaches a share. Nothing expected: it does not."""
        return self.n > 0 and self.expected > 0 and Fraction(self.n, self.expected) >= share


def begin_of_day(day: date) -> datetime:
    return datetime.combine(day, time())


def counted_at(station: Station, stamp: datetime) -> datetime:
    """The second for which a stamp counts; the setting of the day that the stamp names decides."""
    closes = in_force(station.closing, stamp.date())
    return stamp - timedelta(seconds=1) if closes else stamp


def slot_of(station: Station, channel: Channel, stamp: datetime) -> datetime:
    """Where the slot of a stamp begins."""
    second = counted_at(station, stamp)
    width = station.interval(channel, second.date())
    minute = second.hour * 60 + second.minute
    return begin_of_day(second.date()) + timedelta(minutes=minute // width * width)


Slots = dict[datetime, Fraction]
"""The value of each filled slot, by its begin."""


def slots_of(station: Station, channel: Channel, readings: Mapping[datetime, Said]) -> Slots:
    """A slot's value: the mean of its readings with status 00 and a value."""
    values: dict[datetime, list[Fraction]] = defaultdict(list)
    for stamp, (value, status) in readings.items():
        if status == "00" and value is not None:
            values[slot_of(station, channel, stamp)].append(value)
    return {slot: sum(own, Fraction()) / len(own) for slot, own in values.items()}


def slots_of_day(station: Station, channel: Channel, day: date) -> list[datetime]:
    """Every slot of a day, by its begin."""
    width = timedelta(minutes=station.interval(channel, day))
    return [begin_of_day(day) + number * width for number in range(DAY // width)]


@dataclass(frozen=True)
class Filled:
    """A channel's slots on one basis: those filled, and those in which the plant stood idle."""

    station: Station
    channel: Channel
    values: Slots
    idle: frozenset[datetime] = frozenset()

    @cached_property
    def _in_order(self) -> list[datetime]:
        return sorted(self.values)

    def mean(self, begin: datetime, end: datetime) -> Mean:
        """Of an hour or a day: the sum of its filled slots, and how many were expected."""
        first, last = (bisect_left(self._in_order, edge) for edge in (begin, end))
        own = [self.values[slot] for slot in self._in_order[first:last]]
        every = slots_of_day(self.station, self.channel, begin.date())
        expected = [slot for slot in every if begin <= slot < end and slot not in self.idle]
        return Mean(sum(own, Fraction()), len(own), len(expected))

    def hours8(self, begin: datetime, share: Fraction) -> Mean:
        """Of eight hours: the mean of the means of its valid hours."""
        hours = (self.mean(begin + i * HOUR, begin + (i + 1) * HOUR) for i in range(8))
        return _mean_of_means(hours, share, 8)

    def year(self, begin: datetime, share: Fraction) -> Mean:
        """Of a year: the mean of the means of its valid days."""
        count = 365 + calendar.isleap(begin.year)
        days = (self.mean(begin + i * DAY, begin + (i + 1) * DAY) for i in range(count))
        return _mean_of_means(days, share, count)


def _mean_of_means(parts: Iterable[Mean], share: Fraction, expected: int) -> Mean:
    values = [part.total / part.n for part in parts if part.has(share)]
    return Mean(sum(values, Fraction()), len(values), expected)


def filled(
    station: Station,
    channel: Channel,
    own: Slots,
    oxygen: Slots | None,
    reference: Fraction | None,
) -> Filled:
    """The slots of a channel, at the reference oxygen where the limit has one.

    `oxygen`: the filled slots of the station's O₂ channel, None where it has none.
    """
    if reference is None:
        return Filled(station, channel, own)
    matched = {} if oxygen is None else _matched(station, channel, oxygen)
    idle = frozenset(slot for slot, o2 in matched.items() if o2 >= IDLE_FROM)
    values = {
        slot: value * (AIR - reference) / (AIR - matched[slot])
        for slot, value in own.items()
        if slot in matched and slot not in idle
    }
    return Filled(station, channel, values, idle)


def _matched(station: Station, channel: Channel, oxygen: Slots) -> Slots:
    """O₂ for each slot of a channel: the mean of the filled O₂ slots that overlap it."""
    found: dict[datetime, list[Fraction]] = defaultdict(list)
    for begin, o2 in oxygen.items():
        day = begin.date()
        end = begin + timedelta(minutes=station.interval(station.channel("O2"), day))
        width = timedelta(minutes=station.interval(channel, day))
        for slot in slots_of_day(station, channel, day):
            if slot < end and begin < slot + width:
                found[slot].append(o2)
    return {slot: sum(values, Fraction()) / len(values) for slot, values in found.items()}
