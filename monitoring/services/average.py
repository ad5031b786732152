"""From readings to means: the dirty hours of a station, and the days they lie in, anew from raw."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db import connection

from monitoring.domain.averaging import (
    HourMean,
    Mean,
    add,
    from_numerics,
    hour_means,
    numerics,
    slot_values,
)
from monitoring.domain.oxygen import Normalised, hour_at_reference, normalise
from monitoring.domain.slots import (
    HOUR,
    ONE_SECOND,
    Pace,
    day_of,
    day_start,
    expected_in_day,
    stamps_of_hour,
)
from monitoring.services.setup import ChannelSetup, StationSetup
from monitoring.services.store import MEASURED, copy_rows
from stations.services.limits import RuleBook

OXYGEN = "O2"
ONE_DAY = timedelta(days=1)

Sample = tuple[datetime, float | None, str]
Touched = set[tuple[int, datetime]]


@dataclass(slots=True)
class MeanRow:
    """An hour's or a day's mean of a channel on a basis, with what is told beside it."""

    mean: Mean
    calibrating: int = 0
    faulty: int = 0
    idle: int = 0
    low: float | None = None
    high: float | None = None


def basis_of(reference_oxygen: Decimal | None) -> str:
    """How means at this reference oxygen are keyed; "" for values as they are."""
    return "" if reference_oxygen is None else f"{reference_oxygen.normalize():f}"


def average(setup: StationSetup, hours: Iterable[datetime], rules: RuleBook) -> set[datetime]:
    """Recompute these hours of a station and their days. Returns the starts of the days touched.

    The caller holds the station's lock. Hours without a reading have no row.
    """
    wanted = sorted(set(hours))
    found: dict[tuple[int, datetime, str], MeanRow] = {}
    for stretch in _stretches(wanted):
        found.update(_stretch_means(setup, stretch, rules))
    _replace("monitoring_hourmean", setup.station_id, wanted, found)
    days = {day_start(day_of(hour)) for hour in wanted}
    _replace("monitoring_daymean", setup.station_id, sorted(days), _day_means(setup, days))
    return days


def _stretches(hours: Sequence[datetime]) -> Iterator[list[datetime]]:
    """Hours that follow on each other within a Vietnamese day."""
    stretch: list[datetime] = []
    for hour in hours:
        if stretch and (hour - stretch[-1] != HOUR or day_of(hour) != day_of(stretch[-1])):
            yield stretch
            stretch = []
        stretch.append(hour)
    if stretch:
        yield stretch


def _stretch_means(
    setup: StationSetup, hours: list[datetime], rules: RuleBook
) -> dict[tuple[int, datetime, str], MeanRow]:
    day = day_of(hours[0])
    samples = by_slot(rows_of_hours(setup, hours, day))
    counting = {c.slot: counting_for(c.pace, samples.get(c.slot, [])) for c in setup.channels}
    oxygen = next((c for c in setup.channels if c.parameter == OXYGEN), None)
    found: dict[tuple[int, datetime, str], MeanRow] = {}
    for channel in setup.channels:
        own = counting[channel.slot]
        interval = channel.pace.interval(day)
        if not own or interval is None:
            continue
        plain = _plain_means(own, interval, hours)
        found.update(((channel.slot, hour, ""), row) for hour, row in plain.items())
        for reference in _references(setup.station_id, channel, day, rules):
            at_reference = brought_to_reference(
                own, oxygen, counting, reference, day=day, interval=interval
            )
            for hour in plain:
                row = _at_reference(at_reference, hour, interval, plain[hour])
                found[channel.slot, hour, basis_of(reference)] = row
    return found


def rows_of_hours(setup: StationSetup, hours: list[datetime], day: date) -> list[tuple[Any, ...]]:
    """The readings that can count in these hours, whichever channel's pace is looked at."""
    edges = [
        edge
        for channel in setup.channels
        if (interval := channel.pace.interval(day)) is not None
        for hour in (hours[0], hours[-1])
        if (
            edge := stamps_of_hour(
                hour, interval=interval, closes_window=bool(channel.pace.closing)
            )
        )
    ]
    begin = min([hours[0], *(edge[0] for edge in edges)])
    end = max([hours[-1] + HOUR, *(edge[1] for edge in edges)])
    return reading_rows(setup.station_id, begin, end)


def counting_for(pace: Pace, samples: list[Sample]) -> list[Sample]:
    """The readings with the second for which they count: the one before a stamp that closes."""
    if not pace.closing:
        return samples
    return [
        (time - ONE_SECOND if pace.closes_window(day_of(time)) else time, value, status)
        for time, value, status in samples
    ]


def reading_rows(station_id: int, begin: datetime, end: datetime) -> list[tuple[Any, ...]]:
    """Time, values and statuses of a station's readings from `begin` up to `end`, by time."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT time, values, statuses FROM monitoring_reading"
            " WHERE station_id = %s AND time >= %s AND time < %s ORDER BY time",
            [station_id, begin, end],
        )
        return cursor.fetchall()


def samples_of(station_id: int, begin: datetime, end: datetime) -> dict[int, list[Sample]]:
    """A station's readings from `begin` up to `end`, by slot, each in the order of time."""
    return by_slot(reading_rows(station_id, begin, end))


def by_slot(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[Sample]]:
    """Readings by slot."""
    samples: dict[int, list[Sample]] = defaultdict(list)
    for time, values, statuses in rows:
        if statuses is None:
            for slot, value in enumerate(values, 1):
                if value is not None:
                    samples[slot].append((time, value, MEASURED))
        else:
            for slot, (value, status) in enumerate(zip(values, statuses, strict=True), 1):
                if status is not None:
                    samples[slot].append((time, value, status))
    return samples


def _plain_means(
    samples: list[Sample], interval: int, hours: list[datetime]
) -> dict[datetime, MeanRow]:
    """Hour means by hour; those hours alone whose every stamp was read."""
    means = hour_means(samples, interval=interval)
    return {hour: _mean_row(means[hour]) for hour in hours if hour in means}


def _mean_row(mean: HourMean) -> MeanRow:
    return MeanRow(mean.mean, mean.calibrating, mean.faulty, 0, mean.minimum, mean.maximum)


def _references(station_id: int, channel: ChannelSetup, day: date, rules: RuleBook) -> set[Decimal]:
    limits = rules.limits_on(station_id, channel.slot, day)
    return {limit.reference_oxygen for limit in limits if limit.reference_oxygen is not None}


def brought_to_reference(
    own: list[Sample],
    oxygen: ChannelSetup | None,
    counting: Mapping[int, list[Sample]],
    reference: Decimal,
    *,
    day: date,
    interval: int,
) -> Normalised:
    """The channel's slots at reference oxygen; none filled where the station measures no O₂."""
    oxygen_interval = oxygen.pace.interval(day) if oxygen else None
    if oxygen is None or oxygen_interval is None:
        return Normalised({}, frozenset())
    return normalise(
        slot_values(own, interval=interval),
        slot_values(counting[oxygen.slot], interval=oxygen_interval),
        reference=reference,
        interval=interval,
        oxygen_interval=oxygen_interval,
    )


def _at_reference(normalised: Normalised, hour: datetime, interval: int, plain: MeanRow) -> MeanRow:
    mean = hour_at_reference(normalised, hour, interval)
    values = [float(v) for start, v in normalised.filled.items() if hour <= start < hour + HOUR]
    return MeanRow(
        mean,
        plain.calibrating,
        plain.faulty,
        plain.mean.expected - mean.expected,
        min(values, default=None),
        max(values, default=None),
    )


def _replace(
    table: str,
    station_id: int,
    starts: list[datetime],
    rows: Mapping[tuple[int, datetime, str], MeanRow],
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {table} WHERE station_id = %s AND start = ANY(%s)",  # noqa: S608
            [station_id, starts],
        )
    copy_rows(
        table,
        (
            *("station_id", "slot", "start", "basis", "numerator", "denominator", "n"),
            *("expected", "calibrating", "faulty", "idle", "low", "high"),
        ),
        (
            (
                *(station_id, slot, start, basis, *_written(row.mean.total), row.mean.n),
                *(row.mean.expected, row.calibrating, row.faulty, row.idle, row.low, row.high),
            )
            for (slot, start, basis), row in rows.items()
        ),
    )


def _written(total: Fraction) -> tuple[Decimal, Decimal]:
    return numerics(total)


def _day_means(
    setup: StationSetup, days: set[datetime]
) -> dict[tuple[int, datetime, str], MeanRow]:
    """Day means from the hours that stand, those just recomputed among them."""
    found: dict[tuple[int, datetime, str], MeanRow] = {}
    channels = {channel.slot: channel for channel in setup.channels}
    for start in days:
        by_channel: dict[tuple[int, str], list[MeanRow]] = defaultdict(list)
        for (slot, _, basis), row in hour_rows(setup.station_id, start, start + ONE_DAY).items():
            by_channel[slot, basis].append(row)
        for (slot, basis), rows in by_channel.items():
            interval = channels[slot].pace.interval(day_of(start)) if slot in channels else None
            if interval is not None:
                found[slot, start, basis] = _day(rows, expected_in_day(interval))
    return found


def _day(hours: Sequence[MeanRow], slots: int) -> MeanRow:
    idle = sum(row.idle for row in hours)
    lows = [row.low for row in hours if row.low is not None]
    highs = [row.high for row in hours if row.high is not None]
    return MeanRow(
        add([row.mean for row in hours], expected=slots - idle),
        sum(row.calibrating for row in hours),
        sum(row.faulty for row in hours),
        idle,
        min(lows, default=None),
        max(highs, default=None),
    )


def hour_rows(
    station_id: int, begin: datetime, end: datetime
) -> dict[tuple[int, datetime, str], MeanRow]:
    """The stored hour means of a station from `begin` up to `end`, by (slot, start, basis)."""
    return _stored("monitoring_hourmean", station_id, "start >= %s AND start < %s", [begin, end])


def mean_rows(
    period: str, station_id: int, starts: Sequence[datetime]
) -> dict[tuple[int, datetime, str], MeanRow]:
    """The stored means of these hours or days (`period`: hour, day)."""
    table = {"hour": "monitoring_hourmean", "day": "monitoring_daymean"}[period]
    return _stored(table, station_id, "start = ANY(%s)", [list(starts)])


def _stored(
    table: str, station_id: int, condition: str, values: list[Any]
) -> dict[tuple[int, datetime, str], MeanRow]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT slot, start, basis, numerator, denominator, n, expected, calibrating,"  # noqa: S608
            f" faulty, idle, low, high FROM {table}"
            f" WHERE station_id = %s AND {condition}",
            [station_id, *values],
        )
        return {
            (slot, start, basis): MeanRow(
                Mean(from_numerics(numerator, denominator), n, expected), *rest
            )
            for slot, start, basis, numerator, denominator, n, expected, *rest in cursor.fetchall()
        }
