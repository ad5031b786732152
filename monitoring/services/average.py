"""From readings to means: the dirty hours of a station, and the days they lie in, anew from raw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import connection

from monitoring.domain.averaging import numerics
from monitoring.domain.slots import ONE_DAY, day_of, day_start
from monitoring.services.computing import days_from_hours, hours_from_raw
from monitoring.services.means import TABLES, MeanKey, MeanRow, hour_rows
from monitoring.services.setup import StationSetup
from monitoring.services.store import copy_rows
from stations.services.limits import RuleBook


def average(setup: StationSetup, hours: Iterable[datetime], rules: RuleBook) -> set[datetime]:
    """Recompute these hours of a station and their days. Returns the starts of the days touched.

    The caller holds the station's lock. Hours without a reading have no row.
    """
    wanted = sorted(set(hours))
    _replace("hour", setup.station_id, wanted, hours_from_raw(setup, wanted, rules))
    days = {day_start(day_of(hour)) for hour in wanted}
    found: dict[MeanKey, MeanRow] = {}
    for start in days:
        hours_of_day = hour_rows(setup.station_id, start, start + ONE_DAY)
        found.update(days_from_hours(setup, [start], hours_of_day))
    _replace("day", setup.station_id, sorted(days), found)
    return days


def _replace(
    period: str, station_id: int, starts: Sequence[datetime], rows: Mapping[MeanKey, MeanRow]
) -> None:
    table = TABLES[period]
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {table} WHERE station_id = %s AND start = ANY(%s)",  # noqa: S608
            [station_id, list(starts)],
        )
    copy_rows(
        table,
        (
            *("station_id", "slot", "start", "basis", "numerator", "denominator", "n"),
            *("expected", "calibrating", "faulty", "idle", "low", "high", "newest"),
        ),
        (
            (
                *(station_id, slot, start, basis, *numerics(row.mean.total), row.mean.n),
                *(row.mean.expected, row.calibrating, row.faulty, row.idle, row.low, row.high),
                row.newest,
            )
            for (slot, start, basis), row in rows.items()
        ),
    )
