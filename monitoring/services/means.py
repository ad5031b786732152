"""Stored means as the rest of the flow takes them, and the means of means made from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db import connection

from monitoring.domain.averaging import Mean, from_numerics
from monitoring.domain.long_periods import hours8_mean, year_mean
from monitoring.domain.periods import end_of, starts_between
from monitoring.domain.slots import (
    HOUR,
    ONE_DAY,
    VIETNAM,
    day_of,
    expected_in_day,
    expected_in_hour,
    hours_of_day,
)
from monitoring.domain.stops import slots_stopped
from monitoring.services.setup import ChannelSetup, StationSetup
from stations.domain.stricter import Limit

TABLES = {"hour": "monitoring_hourmean", "day": "monitoring_daymean"}


@dataclass(slots=True)
class MeanRow:
    """An hour's or a day's mean of a channel on a basis, with what is told beside it.

    `mean.expected` leaves out idle slots and those of approved stops: see `stopped_in`. `newest`:
    when the newest delivery under it was received.
    """

    mean: Mean
    calibrating: int = 0
    faulty: int = 0
    idle: int = 0
    low: float | None = None
    high: float | None = None
    newest: datetime | None = None


MeanKey = tuple[int, datetime, str]
"""A channel's slot, where the hour or day starts, and the basis."""

Rows = Mapping[MeanKey, MeanRow]
MeanReader = Callable[[str, Sequence[datetime]], Rows]
"""Gives the means of the hours or days (`hour`, `day`) that start at these moments."""


def basis_of(reference_oxygen: Decimal | None) -> str:
    """How means at this reference oxygen are keyed; "" for values as they are."""
    return "" if reference_oxygen is None else f"{reference_oxygen.normalize():f}"


def hour_rows(station_id: int, begin: datetime, end: datetime) -> dict[MeanKey, MeanRow]:
    """The stored hour means of a station from `begin` up to `end`, by (slot, start, basis)."""
    return _stored("hour", station_id, "start >= %s AND start < %s", [begin, end])


def mean_rows(period: str, station_id: int, starts: Sequence[datetime]) -> dict[MeanKey, MeanRow]:
    """The stored means of these hours or days (`period`: hour, day)."""
    if not starts:
        return {}
    begin, end = min(starts), max(starts)
    step = HOUR if period == "hour" else ONE_DAY
    if (end - begin) / step < 2 * len(starts):
        rows = _stored(period, station_id, "start >= %s AND start <= %s", [begin, end])
        wanted = set(starts)
        return {key: row for key, row in rows.items() if key[1] in wanted}
    return _stored(period, station_id, "start = ANY(%s)", [list(starts)])


def _stored(
    period: str, station_id: int, condition: str, values: list[Any]
) -> dict[MeanKey, MeanRow]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT slot, extract(epoch FROM start)::bigint, basis, numerator, denominator, n,"  # noqa: S608
            " expected, calibrating, faulty, idle, low, high,"
            " (extract(epoch FROM newest) * 1000000)::bigint"
            f" FROM {TABLES[period]}"
            f" WHERE station_id = %s AND {condition}",
            [station_id, *values],
        )
        moments = Moments()
        return {
            (slot, moments[at * MICROSECONDS], basis): MeanRow(
                Mean(from_numerics(over, under), n, expected),
                *(calibrating, faulty, idle, low, high),
                None if newest is None else moments[newest],
            )
            for (
                slot,
                at,
                basis,
                over,
                under,
                n,
                expected,
                calibrating,
                faulty,
                idle,
                low,
                high,
                newest,
            ) in cursor.fetchall()
        }


MICROSECONDS = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Moments(dict[int, datetime]):
    """Microseconds since 1970 as moments, each made once: ten times faster than as text."""

    def __missing__(self, microseconds: int) -> datetime:
        moment = self[microseconds] = _EPOCH + timedelta(microseconds=microseconds)
        return moment


def empty_mean(setup: StationSetup, channel: ChannelSetup, period: str, start: datetime) -> Mean:
    """The mean of an hour or day of which nothing came: what was expected."""
    interval = channel.pace.interval(day_of(start))
    if interval is None:
        return Mean(Fraction(), 0, 0)
    slots = expected_in_day(interval) if period == "day" else expected_in_hour(start, interval)
    return Mean(Fraction(), 0, slots - stopped_slots(setup, channel, period, start, interval))


def stopped_slots(
    setup: StationSetup, channel: ChannelSetup, period: str, start: datetime, interval: int
) -> int:
    """How many slots of an hour or day lie in approved stops, filled or not."""
    stops = setup.stops_of(channel)
    if not stops:
        return 0
    hours = hours_of_day(day_of(start)) if period == "day" else (start,)
    return sum(len(slots_stopped(stops, hour, interval)) for hour in hours)


def stopped_in(row: MeanRow, slots: int) -> int:
    """The slots, of those of its hour or day, that an approved stop took out of a mean."""
    return max(slots - row.idle - row.mean.expected, 0)


Key = tuple[int, str, datetime]
"""A channel's slot, a kind of period, and where the period starts."""


class Means:
    """The means of some periods of a station as limits ask for them, read at once.

    `read` gives those of hours and days; the running 8 hours and the year are made of them, each
    part valid by the limit's minimum capture.
    """

    def __init__(self, setup: StationSetup, keys: Iterable[Key], read: MeanReader) -> None:
        starts: dict[str, set[datetime]] = defaultdict(set)
        for _, period, start in keys:
            starts[period].add(start)
        self._setup = setup
        self._rows: dict[str, Rows] = {
            part: read(part, sorted(wanted)) if wanted else {}
            for part, wanted in (
                ("hour", starts["hour"] | _parts("hours8", starts["hours8"])),
                ("day", starts["day"] | _parts("year", starts["year"])),
            )
        }

    def of(
        self, channel: ChannelSetup, period: str, start: datetime, limit: Limit
    ) -> tuple[Mean, datetime | None]:
        """A period's mean, and when the newest delivery under it was received."""
        basis = basis_of(limit.reference_oxygen)
        if period in ("hours8", "year"):
            return self._of_means(channel, period, start, limit, basis)
        row = self._rows[period].get((channel.slot, start, basis))
        if row is None:
            return empty_mean(self._setup, channel, period, start), None
        return row.mean, row.newest

    def _of_means(
        self, channel: ChannelSetup, period: str, start: datetime, limit: Limit, basis: str
    ) -> tuple[Mean, datetime | None]:
        part = "hour" if period == "hours8" else "day"
        known = self._rows[part]
        found = (known.get((channel.slot, begin, basis)) for begin in _part_starts(period, start))
        rows = [row for row in found if row is not None]
        newest = max((row.newest for row in rows if row.newest is not None), default=None)
        means = [row.mean for row in rows]
        if period == "hours8":
            return hours8_mean(means, limit.min_capture), newest
        year = start.astimezone(VIETNAM).year
        return year_mean(means, limit.min_capture, year=year), newest


def _parts(period: str, starts: Iterable[datetime]) -> set[datetime]:
    return {part for start in starts for part in _part_starts(period, start)}


def _part_starts(period: str, start: datetime) -> Iterable[datetime]:
    """The hours of the running 8, the days of a year."""
    return starts_between("hour" if period == "hours8" else "day", start, end_of(period, start))
