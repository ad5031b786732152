"""The air quality index of ambient stations, from their stored hour means (values as they are).

Only a station of the class that may publish it has an index, and only on the days of that class; a
reference station, and one without a class, gives concentrations alone. The table in force on the
day decides. Nothing is stored: an index is worked out whenever it is asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from django.db import connection

from monitoring.domain.aqi import (
    HOURS_OF_DAY,
    AirIndex,
    Scale,
    daily_index,
    hourly_index,
    hours_before,
    scale_of,
)
from monitoring.domain.averaging import Mean, from_numerics
from monitoring.domain.judging import has_enough
from monitoring.domain.slots import HOUR, ONE_DAY, day_of, day_start, hours_of_day
from stations.domain.dated import Dated, in_force
from stations.models import AirClass, Channel, IndexTable

CODE = "VN_AQI"
PER_UNIT = {"µg/Nm³": 1, "mg/Nm³": 1000}
"""µg/m³ in one of a channel's unit; a channel in another unit has no part in the index."""

NO_CLASS, REFERENCE, NO_TABLE = "no_class", "reference", "no_table"
LONGEST_REACH = timedelta(days=1)
"""How far before the asked span its first index may look back."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the index with the paper that it comes from; `scale` None where it is broken."""

    scale: Scale | None
    source: str
    provenance: str
    unsure: Mapping[str, str]
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """The index of an hour or a day of a station, or why it has none.

    `withheld`: no_class, reference (it may not publish one), no_table; else `index` is there,
    though its value is None where the data do not suffice.
    """

    start: datetime
    index: AirIndex | None
    withheld: str = ""


class AirBook:
    """What some ambient stations may publish, by which table, and their hour means of a span."""

    def __init__(self, station_ids: Iterable[int], start: datetime, end: datetime) -> None:
        """Reads everything that the indices of `start` up to `end` need, in four queries."""
        self.stations = list(station_ids)
        self.tables = tables()
        self._kinds = _kinds(self.stations)
        pollutants = {name for each in self.tables for name in _pollutants(each.value)}
        self._hours = _hours(self.stations, pollutants, start - LONGEST_REACH, end)

    def kind(self, station_id: int, day: date) -> str | None:
        """What the station may publish on a day."""
        return in_force(self._kinds[station_id], day)

    def of_hour(self, station_id: int, hour: datetime) -> Told:
        """The index of the hour that begins then."""
        scale, withheld = self._scale(station_id, day_of(hour))
        if scale is None:
            return Told(hour, None, withheld)
        starts = [hour - HOUR * back for back in range(scale.nowcast_hours)]
        return Told(hour, hourly_index(scale, self._means(station_id, starts, scale)))

    def of_day(self, station_id: int, day: date) -> Told:
        """The index of a Vietnamese day."""
        scale, withheld = self._scale(station_id, day)
        if scale is None:
            return Told(day_start(day), None, withheld)
        before = [day_start(day) - HOUR * back for back in range(hours_before(scale), 0, -1)]
        starts = [*before, *hours_of_day(day)]
        return Told(day_start(day), daily_index(scale, self._means(station_id, starts, scale)))

    def _scale(self, station_id: int, day: date) -> tuple[Scale | None, str]:
        kind = self.kind(station_id, day)
        if kind != AirClass.Kind.INDEX:
            return None, REFERENCE if kind == AirClass.Kind.REFERENCE else NO_CLASS
        table = in_force(self.tables, day)
        scale = table.scale if table else None
        return scale, "" if scale else NO_TABLE

    def _means(
        self, station_id: int, starts: Sequence[datetime], scale: Scale
    ) -> dict[str, list[Fraction | None]]:
        own = self._hours[station_id]
        return {
            pollutant: [_counting(hours.get(start), scale) for start in starts]
            for pollutant, hours in own.items()
            if pollutant in scale.pollutants
        }


def hourly(book: AirBook, station_id: int, start: datetime, end: datetime) -> list[Told]:
    """The index of each whole hour from `start` up to `end`."""
    first = -(-start.timestamp() // 3600)
    hours = range(int(first), int(end.timestamp() // 3600))
    return [
        book.of_hour(station_id, datetime.fromtimestamp(number * 3600, start.tzinfo))
        for number in hours
    ]


def daily(book: AirBook, station_id: int, first: date, last: date) -> list[Told]:
    """The index of each day from the first to the last, both included."""
    days = (last - first).days + 1
    return [book.of_day(station_id, first + ONE_DAY * number) for number in range(days)]


def newest(book: AirBook, station_id: int, now: datetime) -> Told | None:
    """The newest whole hour of the last day that has an index; None where none has."""
    running = now.replace(minute=0, second=0, microsecond=0)
    hours = (book.of_hour(station_id, running - HOUR * back) for back in range(1, HOURS_OF_DAY + 1))
    return next((told for told in hours if told.index and told.index.value is not None), None)


def tables() -> tuple[Dated[Table], ...]:
    """Every table of VN_AQI with its days, in one query."""
    rows = IndexTable.objects.filter(code=CODE)
    return tuple(Dated(_table(row), row.valid_from, row.valid_until) for row in rows)


def _table(row: IndexTable) -> Table:
    told: dict[str, Any] = {"source": row.source, "provenance": row.provenance}
    told["unsure"] = {key: str(text) for key, text in row.content.get("unsure", {}).items()}
    try:
        return Table(scale_of(row.content), **told)
    except ValueError as wrong:  # an officer's typing must not take the pages away
        return Table(None, **told, wrong=str(wrong))


def _kinds(station_ids: Sequence[int]) -> dict[int, list[Dated[str]]]:
    found: dict[int, list[Dated[str]]] = defaultdict(list)
    for row in AirClass.objects.filter(station__in=station_ids):
        found[row.station_id].append(Dated(row.kind, row.valid_from, row.valid_until))
    return found


Hours = dict[int, dict[str, dict[datetime, Mean]]]
"""Hour means in µg/m³ by station and parameter."""


def _pollutants(table: Table) -> tuple[str, ...]:
    return table.scale.pollutants if table.scale else ()


def _hours(
    station_ids: Sequence[int], pollutants: set[str], start: datetime, end: datetime
) -> Hours:
    channels = _channels(station_ids, pollutants)
    found: Hours = defaultdict(lambda: defaultdict(dict))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT station_id, slot, start, numerator, denominator, n, expected"
            " FROM monitoring_hourmean WHERE station_id = ANY(%s) AND basis = ''"
            " AND slot = ANY(%s) AND start >= %s AND start < %s",
            [list(station_ids), list({slot for _, slot in channels}), start, end],
        )
        for station, slot, at, numerator, denominator, n, expected in cursor.fetchall():
            if (station, slot) in channels:
                parameter, per_unit = channels[station, slot]
                total = from_numerics(numerator, denominator) * per_unit
                found[station][parameter][at] = Mean(total, n, expected)
    return found


def _channels(
    station_ids: Sequence[int], pollutants: set[str]
) -> dict[tuple[int, int], tuple[str, int]]:
    """The channel of each pollutant with its factor to µg/m³; of two of a kind the first."""
    rows = Channel.objects.filter(
        station__in=station_ids, unit__in=PER_UNIT, parameter__symbol__in=pollutants
    ).order_by("slot")
    found: dict[tuple[int, str], tuple[int, int]] = {}
    for station, slot, unit, symbol in rows.values_list(
        "station_id", "slot", "unit", "parameter__symbol"
    ):
        found.setdefault((station, symbol), (slot, PER_UNIT[unit]))
    return {(pk, slot): (symbol, factor) for (pk, symbol), (slot, factor) in found.items()}


def _counting(mean: Mean | None, scale: Scale) -> Fraction | None:
    """An hour's mean where its slots suffice."""
    if mean is None or not has_enough(mean, scale.hour_capture):
        return None
    return mean.value
