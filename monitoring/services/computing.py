"""From readings to means, in memory: nothing is locked and nothing is written.

What the flow stores (`average`) and what a question asks about the past (`rejudge`) are the same
computation.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from django.db import connection

from monitoring.domain.averaging import HourMean, Mean, add, hour_means, slot_values
from monitoring.domain.oxygen import Normalised, hour_at_reference, normalise
from monitoring.domain.slots import (
    HOUR,
    ONE_SECOND,
    Pace,
    day_of,
    day_start,
    expected_in_day,
    expected_in_hour,
    stamps_of_hour,
)
from monitoring.domain.stops import slots_stopped
from monitoring.services.means import MeanKey, MeanRow, Rows, basis_of, stopped_in, stopped_slots
from monitoring.services.setup import ChannelSetup, StationSetup
from monitoring.services.store import MEASURED
from stations.services.limits import RuleBook
from stations.services.settings import Key as SettingKey

OXYGEN = "O2"

Sample = tuple[datetime, float | None, str]
ReadingRow = tuple[datetime, Sequence[float | None], Sequence[str | None] | None, datetime]
"""Time, values, statuses and reception of one row of readings."""


def hours_from_raw(
    setup: StationSetup, hours: Iterable[datetime], rules: RuleBook
) -> dict[MeanKey, MeanRow]:
    """The means of these hours, on every basis that the rules ask for. An hour of a channel
    without a reading is not there, save at a reference oxygen where the plant stood idle."""
    found: dict[MeanKey, MeanRow] = {}
    for stretch in stretches(sorted(set(hours))):
        rows = rows_of_hours(setup, stretch, day_of(stretch[0]))
        found.update(means_of_rows(setup, stretch, rows, rules))
    return found


def stretches(hours: Sequence[datetime]) -> Iterator[list[datetime]]:
    """Hours that follow on each other within a Vietnamese day."""
    stretch: list[datetime] = []
    for hour in hours:
        if stretch and (hour - stretch[-1] != HOUR or day_of(hour) != day_of(stretch[-1])):
            yield stretch
            stretch = []
        stretch.append(hour)
    if stretch:
        yield stretch


def means_of_rows(
    setup: StationSetup, hours: list[datetime], rows: Iterable[ReadingRow], rules: RuleBook
) -> dict[MeanKey, MeanRow]:
    """The means of hours of one Vietnamese day, from the rows of readings that can count in them.

    Those hours alone whose every stamp is among the rows.
    """
    day = day_of(hours[0])
    came = _came(rows)
    counting = {c.slot: counting_for(c.pace, came[c.slot].samples) for c in setup.channels}
    oxygen = next((c for c in setup.channels if c.parameter == OXYGEN), None)
    found: dict[MeanKey, MeanRow] = {}
    for channel in setup.channels:
        own = counting[channel.slot]
        interval = channel.pace.interval(day)
        references = _references(setup.station_id, channel, day, rules)
        if interval is None or not (own or references):
            continue
        plain = _plain_means(own, interval, hours)
        _note_newest(plain, own, came[channel.slot].received, interval)
        for reference in references:
            at_reference = brought_to_reference(
                own,
                oxygen,
                counting,
                reference,
                day=day,
                interval=interval,
                idle_from=rules.settings.on(SettingKey.IDLE_OXYGEN, day),
            )
            left_out = {*at_reference.filled, *at_reference.idle}
            for hour in hours:
                if hour in plain or any(hour <= slot < hour + HOUR for slot in at_reference.idle):
                    beside = plain.get(hour) or _nothing_came(hour, interval)
                    row = _at_reference(at_reference, hour, interval, beside)
                    _leave_out_stops(setup, channel, hour, interval, row, left_out)
                    found[channel.slot, hour, basis_of(reference)] = row
        if setup.stops:
            filled = set(slot_values(own, interval=interval))
            for hour, row in plain.items():
                _leave_out_stops(setup, channel, hour, interval, row, filled)
        found.update(((channel.slot, hour, ""), row) for hour, row in plain.items())
    return found


def rows_of_hours(setup: StationSetup, hours: list[datetime], day: date) -> list[ReadingRow]:
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


def reading_rows(station_id: int, begin: datetime, end: datetime) -> list[ReadingRow]:
    """A station's rows of readings from `begin` up to `end`, by time."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT time, values, statuses, received_at FROM monitoring_reading"
            " WHERE station_id = %s AND time >= %s AND time < %s ORDER BY time",
            [station_id, begin, end],
        )
        return cursor.fetchall()


def samples_of(station_id: int, begin: datetime, end: datetime) -> dict[int, list[Sample]]:
    """A station's readings from `begin` up to `end`, by slot, each in the order of time."""
    return by_slot(reading_rows(station_id, begin, end))


def by_slot(rows: Iterable[ReadingRow]) -> dict[int, list[Sample]]:
    """Readings by slot."""
    return {slot: own.samples for slot, own in _came(rows).items()}


@dataclass(slots=True)
class _Came:
    """The readings of a channel, and when each was received."""

    samples: list[Sample] = field(default_factory=list)
    received: list[datetime] = field(default_factory=list)


def _came(rows: Iterable[ReadingRow]) -> dict[int, _Came]:
    came: dict[int, _Came] = defaultdict(_Came)
    for time, values, statuses, received_at in rows:
        said = statuses or ()
        for i, value in enumerate(values):
            status = said[i] if said else (None if value is None else MEASURED)
            if status is not None:
                own = came[i + 1]
                own.samples.append((time, value, status))
                own.received.append(received_at)
    return came


def counting_for(pace: Pace, samples: list[Sample]) -> list[Sample]:
    """The readings with the second for which they count: the one before a stamp that closes."""
    if not pace.closing:
        return samples
    return [
        (time - ONE_SECOND if pace.closes_window(day_of(time)) else time, value, status)
        for time, value, status in samples
    ]


def _plain_means(
    samples: list[Sample], interval: int, hours: list[datetime]
) -> dict[datetime, MeanRow]:
    """Hour means by hour; those hours alone whose every stamp was read."""
    means = hour_means(samples, interval=interval)
    return {hour: _mean_row(means[hour]) for hour in hours if hour in means}


def _mean_row(mean: HourMean) -> MeanRow:
    return MeanRow(mean.mean, mean.calibrating, mean.faulty, 0, mean.minimum, mean.maximum)


def _nothing_came(hour: datetime, interval: int) -> MeanRow:
    """An hour of which a channel sent nothing: its idle slots are not expected all the same."""
    return MeanRow(Mean(Fraction(), 0, expected_in_hour(hour, interval)))


def _note_newest(
    means: Mapping[datetime, MeanRow],
    samples: list[Sample],
    received: list[datetime],
    interval: int,
) -> None:
    """When the newest delivery under each hour was received. `samples` are in the order of time."""
    length = timedelta(minutes=max(interval, 60))
    for hour, row in means.items():
        first = bisect_left(samples, (hour,))
        after = bisect_left(samples, (hour + length,))
        row.newest = max(received[first:after])


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
    idle_from: Decimal,
) -> Normalised:
    """The channel's slots at reference oxygen; none filled where the station measures no O₂.

    `counting` are the readings of each channel with the second for which they count."""
    oxygen_interval = oxygen.pace.interval(day) if oxygen else None
    if oxygen is None or oxygen_interval is None:
        return Normalised({}, frozenset())
    return normalise(
        slot_values(own, interval=interval),
        slot_values(counting[oxygen.slot], interval=oxygen_interval),
        reference=reference,
        interval=interval,
        oxygen_interval=oxygen_interval,
        idle_from=idle_from,
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
        plain.newest,
    )


def _leave_out_stops(
    setup: StationSetup,
    channel: ChannelSetup,
    hour: datetime,
    interval: int,
    row: MeanRow,
    but: set[datetime],
) -> None:
    """Expect no slot of an approved stop, but those that are filled or left out already."""
    stopped = slots_stopped(setup.stops_of(channel), hour, interval) - but
    if stopped:
        row.mean = replace(row.mean, expected=row.mean.expected - len(stopped))


def days_from_hours(
    setup: StationSetup, days: Iterable[datetime], hours: Rows
) -> dict[MeanKey, MeanRow]:
    """The means of days from those of their hours, which must all be given."""
    found: dict[MeanKey, MeanRow] = {}
    channels = {channel.slot: channel for channel in setup.channels}
    wanted = set(days)
    by_day: dict[MeanKey, dict[datetime, MeanRow]] = defaultdict(dict)
    for (slot, hour, basis), row in hours.items():
        by_day[slot, day_start(day_of(hour)), basis][hour] = row
    for (slot, start, basis), rows in by_day.items():
        channel = channels.get(slot)
        interval = channel.pace.interval(day_of(start)) if channel else None
        if channel is not None and interval is not None and start in wanted:
            stopped = _stopped_in_day(setup, channel, start, rows, interval)
            found[slot, start, basis] = _day(
                list(rows.values()), expected_in_day(interval) - stopped
            )
    return found


def _stopped_in_day(
    setup: StationSetup,
    channel: ChannelSetup,
    day: datetime,
    rows: Mapping[datetime, MeanRow],
    interval: int,
) -> int:
    if not setup.stops_of(channel):
        return 0
    return sum(
        stopped_in(rows[hour], expected_in_hour(hour, interval))
        if hour in rows
        else stopped_slots(setup, channel, "hour", hour, interval)
        for hour in (day + number * HOUR for number in range(24))
    )


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
        max((row.newest for row in hours if row.newest is not None), default=None),
    )
