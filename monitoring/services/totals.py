"""The volumes, loads and balances of a station's days, always anew from its readings as sent.

A day is worked out whole whenever any of its hours changed, under the station's lock, so the order
in which its files were processed cannot matter. Rows: `DayTotal` for each flow (m³) and for each
concentration that has an outflow beside it (kg); `DayBalance` where both flows are measured. What
has no filled slot has no row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from django.db import connection, transaction

from monitoring.domain.averaging import numerics
from monitoring.domain.slots import ONE_DAY, ONE_SECOND, day_of, hours_of_day, slot_number
from monitoring.domain.stops import slots_stopped
from monitoring.domain.totals import (
    FLOW_UNITS,
    IN,
    KG_PER_M3,
    LOAD,
    OUT,
    VOLUME,
    Balance,
    Series,
    Stopped,
    Total,
    balance,
    day_slots,
    load,
    volume,
)
from monitoring.models import DayMean
from monitoring.services.computing import counting_for, samples_of
from monitoring.services.locks import lock_stations
from monitoring.services.setup import ChannelSetup, StationSetup, setups_of
from monitoring.services.store import copy_rows

TotalRow = tuple[int, str, Total]
"""Slot, unit and amount."""


def flow_channel(setup: StationSetup, parameters: Sequence[str], day: date) -> ChannelSetup | None:
    """The channel that measures the in- or the outflow on a day: of the first of these parameters
    that the station has then, in a unit of flow; of two of a kind the first."""
    flows = [
        channel
        for channel in setup.channels
        if channel.unit in FLOW_UNITS and (channel.ended_on is None or channel.ended_on >= day)
    ]
    found = (c for parameter in parameters for c in flows if c.parameter == parameter)
    return next(found, None)


def total_days(setup: StationSetup, days: Iterable[datetime]) -> None:
    """Work out these days (their starts) of a station. The caller holds the station's lock."""
    starts = sorted(set(days))
    if not starts or not any(channel.parameter in (*IN, *OUT) for channel in setup.channels):
        return
    totals: list[tuple[datetime, TotalRow]] = []
    balances: list[tuple[datetime, Balance]] = []
    for start in starts:
        series = _series_of_day(setup, start)
        inflow, outflow = (flow_channel(setup, each, day_of(start)) for each in (IN, OUT))
        totals += [(start, row) for row in _totals(setup, series, outflow, start)]
        if inflow and outflow and inflow.slot in series and outflow.slot in series:
            flow = series[outflow.slot]
            stopped = _stopped(setup, [inflow, outflow], start, flow.interval)
            found = balance(series[inflow.slot], flow, stopped)
            balances.extend([(start, found)] if found.n else [])
    _replace(setup.station_id, starts, totals, balances)


@transaction.atomic
def redo_totals(*, station_id: int, start: datetime, end: datetime) -> int:
    """Work out the days of a station that have readings from `start` up to `end`; how many."""
    lock_stations([station_id])
    setup = setups_of([station_id])[station_id]
    rows = DayMean.objects.filter(station=station_id, start__gte=start, start__lt=end)
    days = set(rows.order_by().values_list("start", flat=True).distinct())
    total_days(setup, days)
    return len(days)


def _series_of_day(setup: StationSetup, start: datetime) -> dict[int, Series]:
    """The filled slots of a day by channel, flows in m³/h and concentrations in kg/m³."""
    end, day = start + ONE_DAY, day_of(start)
    samples = samples_of(setup.station_id, start, end + ONE_SECOND)
    found: dict[int, Series] = {}
    for channel in setup.channels:
        unit = FLOW_UNITS.get(channel.unit) or KG_PER_M3.get(channel.unit)
        interval = channel.pace.interval(day)
        own = samples.get(channel.slot)
        if unit is None or interval is None or not own:
            continue
        rows = counting_for(channel.pace, own)
        series = day_slots(rows, interval=interval, start=start, end=end, unit=unit)
        if series.slots:
            found[channel.slot] = series
    return found


def _stopped(
    setup: StationSetup, channels: Iterable[ChannelSetup], start: datetime, interval: int
) -> Stopped:
    """The slots of a day in which an approved stop of any of these channels leaves nothing to
    expect."""
    if not setup.stops:
        return frozenset()
    stops = [stop for channel in channels for stop in setup.stops_of(channel)]
    return frozenset(
        slot_number(slot, interval=interval)
        for hour in hours_of_day(day_of(start))
        for slot in slots_stopped(stops, hour, interval)
    )


def _totals(
    setup: StationSetup,
    series: Mapping[int, Series],
    outflow: ChannelSetup | None,
    start: datetime,
) -> Iterable[TotalRow]:
    for channel in setup.channels:
        own = series.get(channel.slot)
        if own is None:
            continue
        if channel.unit in FLOW_UNITS:
            stopped = _stopped(setup, [channel], start, own.interval)
            yield channel.slot, VOLUME, volume(own, stopped)
        elif outflow is not None and outflow.slot in series:
            flow = series[outflow.slot]
            stopped = _stopped(setup, [channel, outflow], start, flow.interval)
            total = load(own, flow, stopped)
            if total.n:
                yield channel.slot, LOAD, total


def _replace(
    station_id: int,
    starts: list[datetime],
    totals: Iterable[tuple[datetime, TotalRow]],
    balances: Iterable[tuple[datetime, Balance]],
) -> None:
    with connection.cursor() as cursor:
        for table in ("monitoring_daytotal", "monitoring_daybalance"):
            cursor.execute(
                f"DELETE FROM {table} WHERE station_id = %s AND start = ANY(%s)",  # noqa: S608
                [station_id, starts],
            )
    copy_rows(
        "monitoring_daytotal",
        ("station_id", "slot", "start", "unit", "numerator", "denominator", "n", "expected"),
        (
            (station_id, slot, start, unit, *numerics(each.amount), each.n, each.expected)
            for start, (slot, unit, each) in totals
        ),
    )
    copy_rows(
        "monitoring_daybalance",
        (
            *("station_id", "start", "in_numerator", "in_denominator", "out_numerator"),
            *("out_denominator", "n", "expected"),
        ),
        (
            (station_id, start, *_both(each.inflow, each.outflow), each.n, each.expected)
            for start, each in balances
        ),
    )


def _both(one: Fraction, other: Fraction) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    return (*numerics(one), *numerics(other))
