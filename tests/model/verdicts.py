"""Which periods are judged, and what is said of each (§§2, 4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from tests.model.files import Said
from tests.model.limits import Limit, limits_on
from tests.model.register import Channel, Station
from tests.model.slots import (
    DAY,
    HOUR,
    NEEDED_OF_LONG,
    Filled,
    Mean,
    Slots,
    begin_of_day,
    counted_at,
    filled,
    slot_of,
    slots_of,
)

Key = tuple[str, str, datetime, Fraction | None]
"""Symbol, period kind, begin, reference oxygen: there is one verdict in effect for each."""


@dataclass(frozen=True)
class Verdict:
    """What is said of a period."""

    result: str
    mean: Mean
    limit: Limit


def end_of(period: str, begin: datetime) -> datetime:
    """Where a period ends. A year is a calendar year."""
    if period == "year":
        return begin.replace(year=begin.year + 1)
    return begin + {"hour": HOUR, "hours8": 8 * HOUR, "day": DAY}[period]


def periods(
    station: Station, channel: Channel, period: str, first: datetime, now: datetime
) -> Iterator[datetime]:
    """The begins of the periods that end after the first reading, up to `now` and the last day.

    The first is the one that holds the first reading, and of the running 8 hours the eight that do.
    """
    counted = slot_of(station, channel, first)
    begin = {
        "hour": counted.replace(minute=0),
        "hours8": counted.replace(minute=0) - 7 * HOUR,
        "day": begin_of_day(counted.date()),
        "year": datetime(counted.year, 1, 1),
    }[period]
    step = {"hour": HOUR, "hours8": HOUR, "day": DAY}.get(period)
    while begin < now and (channel.last_day is None or begin.date() <= channel.last_day):
        yield begin
        begin = end_of(period, begin) if step is None else begin + step


def judge(mean: Mean, limit: Limit) -> str:
    """Compare exactly: sum > Cmax × n, sum < Cmin × n. Equal to the limit is within."""
    long = limit.period in ("hours8", "year")
    if not mean.has(NEEDED_OF_LONG if long else limit.min_capture):
        return "not_enough_data"
    above = limit.maximum is not None and mean.total > limit.maximum * mean.n
    below = limit.minimum is not None and mean.total < limit.minimum * mean.n
    return "exceeded" if above or below else "within"


def mean_of(data: Filled, limit: Limit, begin: datetime) -> Mean:
    """The mean that a limit is about."""
    if limit.period == "hours8":
        return data.hours8(begin, limit.min_capture)
    if limit.period == "year":
        return data.year(begin, limit.min_capture)
    return data.mean(begin, end_of(limit.period, begin))


def verdicts_of(
    station: Station, cells: Mapping[tuple[str, datetime], Said], now: datetime
) -> dict[Key, Verdict]:
    """Every verdict in effect at `now`: the period is over, and its grace too."""
    readings: dict[str, dict[datetime, Said]] = {}
    for (symbol, stamp), said in cells.items():
        readings.setdefault(symbol, {})[stamp] = said
    slots = {
        channel.symbol: slots_of(station, channel, readings.get(channel.symbol, {}))
        for channel in station.channels
    }
    found: dict[Key, Verdict] = {}
    for channel in station.channels:
        if channel.symbol in readings:
            first = min(readings[channel.symbol], key=lambda stamp: counted_at(station, stamp))
            found.update(_of_channel(station, channel, slots, first, now))
    return found


def _of_channel(
    station: Station, channel: Channel, slots: Mapping[str, Slots], first: datetime, now: datetime
) -> Iterator[tuple[Key, Verdict]]:
    on_basis: dict[Fraction | None, Filled] = {}
    for period in ("hour", "hours8", "day", "year"):
        for begin in periods(station, channel, period, first, now):
            for limit in limits_on(station, channel, begin.date()):
                due = end_of(period, begin) + timedelta(minutes=limit.grace)
                if limit.period != period or due > now:
                    continue
                if limit.oxygen not in on_basis:
                    own, oxygen = slots[channel.symbol], slots.get("O2")
                    on_basis[limit.oxygen] = filled(station, channel, own, oxygen, limit.oxygen)
                mean = mean_of(on_basis[limit.oxygen], limit, begin)
                key = channel.symbol, period, begin, limit.oxygen
                yield key, Verdict(judge(mean, limit), mean, limit)
