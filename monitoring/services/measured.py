"""What an analyser measured between two moments, for whoever holds a laboratory's result beside."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from alerts.services.asking import HourValue, Measured
from monitoring.domain.averaging import slot_values
from monitoring.domain.slots import day_of, day_start
from monitoring.models import HourMean
from monitoring.services.computing import samples_of
from monitoring.services.means import basis_of
from monitoring.services.setup import USUAL_INTERVAL, setups_of
from stations.domain.quantities import scaled
from stations.models import Channel

DIGITS = 6


def measured_between(
    station_id: int, parameter: str, start: datetime, end: datetime
) -> Measured | None:
    """The mean of the filled slots that touch [start, end]; None where there are none.

    `parameter` is a channel's symbol. The readings are those that count now.
    """
    setup = setups_of([station_id])[station_id]
    channel = next((c for c in setup.channels if c.symbol == parameter), None)
    if channel is None:
        return None
    interval = channel.pace.interval(day_of(start)) or USUAL_INTERVAL[0].value
    width = timedelta(minutes=interval)
    samples = samples_of(station_id, start - width, end + width).get(channel.slot, [])
    slots = {
        at: value
        for at, value in slot_values(
            samples,
            interval=interval,
            closes_window=channel.pace.closes_window(day_of(start)),
        ).items()
        if at > start - width and at <= end
    }
    if not slots:
        return None
    mean = sum(slots.values(), Fraction()) / len(slots)
    midnight = day_start(day_of(start))
    expected = (end - midnight) // width - (start - width - midnight) // width
    return Measured(scaled(round(mean * 10**DIGITS), DIGITS), len(slots), expected, channel.unit)


def hours_between(
    station_id: int,
    parameter: str,
    start: datetime,
    end: datetime,
    reference_oxygen: Decimal | None = None,
) -> list[HourValue]:
    """The stored means of the hours that begin in [start, end), by time; an hour without a
    reading has no row. With a reference oxygen they are normalised as the limit reads them."""
    channel = Channel.objects.filter(station=station_id, symbol=parameter).first()
    if channel is None:
        return []
    rows = HourMean.objects.filter(
        station_id=station_id,
        slot=channel.slot,
        basis=basis_of(reference_oxygen),
        start__gte=start,
        start__lt=end,
    )
    return [HourValue(row.start, _mean_of(row)) for row in rows.order_by("start")]


def _mean_of(row: HourMean) -> Decimal | None:
    if not row.n:
        return None
    return scaled(round(row.total / row.n * 10**DIGITS), DIGITS)
