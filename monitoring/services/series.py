"""The one reader of readings for charts, the API and exports: raw, by hour or by day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from django.db import connection

from monitoring.domain.averaging import from_numerics
from monitoring.domain.exclusions import Excluded
from monitoring.domain.slots import HOUR, VIETNAM, day_of, day_start
from monitoring.domain.thinning import thinned
from monitoring.models import Layer
from monitoring.services.approved import excluded_of
from monitoring.services.approved_means import ApprovedMeans, PeriodOf, Touching
from monitoring.services.computing import Sample, counting_for
from monitoring.services.setup import StationSetup, setups_of
from monitoring.services.store import MEASURED
from stations.domain.quantities import json_number
from stations.domain.stricter import Limit
from stations.models import Channel
from stations.services.limits import RuleBook

Step = Literal["raw", "hour", "day"]
ONE_DAY = timedelta(days=1)
_MEANS = {"hour": "monitoring_hourmean", "day": "monitoring_daymean"}


@dataclass(frozen=True, slots=True)
class Series:
    """A channel through time, in columns of one length, in the order of time.

    Raw: `seconds` (since 1970) is when it was measured, `status` its status, `capture` None. By
    hour or day: `seconds` is the start of the period, `capture` the share of its slots that are
    filled (None where none was expected), `status` None. A value is None where there is a
    status, or a period, without one.
    """

    seconds: list[int]
    value: list[float | None]
    status: list[str] | None
    capture: list[float | None] | None

    @property
    def time(self) -> list[datetime]:
        """The moments, at +07:00. (Kept as numbers: a year of them is read four times faster.)"""
        return [datetime.fromtimestamp(each, VIETNAM) for each in self.seconds]

    def at(self, places: list[int]) -> Series:
        """Only these places of it."""
        status, capture = self.status, self.capture
        return Series(
            [self.seconds[i] for i in places],
            [self.value[i] for i in places],
            None if status is None else [status[i] for i in places],
            None if capture is None else [capture[i] for i in places],
        )


def series(
    channel: Channel,
    start: datetime,
    end: datetime,
    step: Step = "raw",
    points: int | None = None,
    layer: str = Layer.RAW,
) -> Series:
    """A channel from `start` up to, not with, `end`; in the approved layer without what officers
    excluded.

    With `points` at most so many of them, chosen so that extremes, gaps and statuses stay.
    """
    found = _raw(channel, start, end) if step == "raw" else _means(channel, start, end, step)
    if layer == Layer.APPROVED:
        found = without_excluded(channel, found, step)
    if points is None or len(found.seconds) <= points:
        return found
    return found.at(thinned(found.seconds, found.value, found.status, points=points))


def _raw(channel: Channel, start: datetime, end: datetime) -> Series:
    """Straight from the arrays: only this channel's place of each leaves the database."""
    rows = _rows(
        "SELECT extract(epoch FROM time)::bigint, values[%(slot)s], statuses[%(slot)s]"
        " FROM monitoring_reading"
        " WHERE station_id = %(station)s AND time >= %(start)s AND time < %(end)s"
        " AND (values[%(slot)s] IS NOT NULL OR statuses[%(slot)s] IS NOT NULL) ORDER BY time",
        channel,
        start=start,
        end=end,
    )
    seconds, value, status = _columns(rows, 3)
    return Series(seconds, value, [MEASURED if each is None else each for each in status], None)


def _means(channel: Channel, start: datetime, end: datetime, step: str) -> Series:
    """The stored means of the values as they are; an hour or day without a reading has no row."""
    rows = _rows(
        "SELECT extract(epoch FROM start)::bigint, numerator, denominator, n, expected"  # noqa: S608
        f" FROM {_MEANS[step]}"
        " WHERE station_id = %(station)s AND slot = %(slot)s AND basis = ''"
        " AND start >= %(start)s AND start < %(end)s ORDER BY start",
        channel,
        start=start,
        end=end,
    )
    seconds, numerator, denominator, filled, expected = _columns(rows, 5)
    return Series(
        seconds,
        [
            float(from_numerics(sum_of, over) / n) if n else None
            for sum_of, over, n in zip(numerator, denominator, filled, strict=True)
        ],
        None,
        [min(1.0, n / slots) if slots else None for n, slots in zip(filled, expected, strict=True)],
    )


def without_excluded(channel: Channel, found: Series, step: Step) -> Series:
    """The same line in the approved layer."""
    excluded = excluded_of(channel.station_id)
    if channel.slot not in excluded:
        return found
    setup = setups_of([channel.station_id])[channel.station_id]
    if step != "raw":
        return _approved_means(channel, found, step, setup, excluded)
    pace = next(each.pace for each in setup.channels if each.slot == channel.slot)
    rows: list[Sample] = [(at, None, "") for at in found.time]
    counts = excluded[channel.slot].counts
    return found.at([place for place, row in enumerate(counting_for(pace, rows)) if counts(row[0])])


def _approved_means(
    channel: Channel,
    found: Series,
    step: Step,
    setup: StationSetup,
    excluded: Mapping[int, Excluded],
) -> Series:
    touching, length = Touching(setup, excluded), {"hour": HOUR}.get(step, ONE_DAY)
    place = channel.slot, ""
    periods = {
        number: PeriodOf(place, step, start.astimezone(UTC), start.astimezone(UTC) + length)
        for number, start in enumerate(found.time)
        if touching(place, start, start + length)
    }
    means = ApprovedMeans(setup, excluded, periods.values())
    value, capture = list(found.value), list(found.capture or [])
    for number, period in periods.items():
        mean = means.of(period)
        value[number] = None if mean.value is None else float(mean.value)
        capture[number] = None if mean.capture is None else float(mean.capture)
    return Series(found.seconds, value, None, capture)


def _rows(sql: str, channel: Channel, **values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"station": channel.station_id, "slot": channel.slot, **values})
        return cursor.fetchall()


def _columns(rows: list[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]


@dataclass(frozen=True, slots=True)
class LimitStretch:
    """A limit, and from when up to when it was in force within what was asked for."""

    start: datetime
    end: datetime
    limit: Limit

    def as_json(self) -> dict[str, Any]:
        """`{"min", "max", "period"}`, numbers as numbers."""
        sides = {"min": self.limit.minimum, "max": self.limit.maximum}
        numbers = {side: None if x is None else json_number(x) for side, x in sides.items()}
        return {**numbers, "period": self.limit.period}


def limit_stretches(channel: Channel, start: datetime, end: datetime) -> list[LimitStretch]:
    """The limits of a channel from `start` up to `end`, by period, then time; a step a change."""
    rules = RuleBook.load([channel.station_id])
    done: list[LimitStretch] = []
    running: dict[tuple[Any, ...], LimitStretch] = {}
    for begins, ends in _days(start, end):
        limits = rules.limits_on(channel.station_id, channel.slot, day_of(begins))
        today = {_kind(limit): LimitStretch(begins, ends, limit) for limit in limits}
        for kind, stretch in today.items():
            before = running.pop(kind, None)
            today[kind] = stretch if before is None else replace(before, end=ends)
        done += running.values()
        running = today
    done += running.values()
    return sorted(done, key=lambda each: (each.limit.period, each.start))


def _kind(limit: Limit) -> tuple[Any, ...]:
    """What makes the line of a chart step."""
    return limit.period, limit.reference_oxygen, limit.minimum, limit.maximum


def _days(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The Vietnamese days from `start` up to `end`, the first and the last as far as they go."""
    while start < end:
        following = min(day_start(day_of(start) + ONE_DAY), end)
        yield start, following
        start = following
