"""Ambient stations with hour means as the flow leaves them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from monitoring.models import HourMean
from stations.models import AirClass, Station
from tests.factories import ChannelFactory, StationFactory

HOUR = timedelta(hours=1)


def air_station(*symbols: str, kind: str | None = "index", **columns: object) -> Station:
    """A station of ambient air with these channels, of that class since always (None: of none)."""
    station: Station = StationFactory(medium="ambient_air", **columns)
    for symbol in symbols or ("PM10", "PM2.5", "O3"):
        ChannelFactory(station=station, symbol=symbol)
    if kind is not None:
        air_class(station, kind)
    return station


def air_class(
    station: Station, kind: str, since: date | None = None, until: date | None = None
) -> None:
    AirClass.objects.create(station=station, kind=kind, valid_from=since, valid_until=until)


def hours(
    station: Station,
    symbol: str,
    begin: datetime,
    values: Sequence[str | None],
    *,
    n: int = 12,
    expected: int = 12,
) -> None:
    """An hour mean an hour from `begin` on, of `n` filled slots; None is an hour without a row."""
    slot = station.channels.get(symbol=symbol).slot
    rows = []
    for number, value in enumerate(values):
        if value is None:
            continue
        total = Fraction(value) * n
        rows.append(
            HourMean(
                station=station,
                slot=slot,
                start=begin + number * HOUR,
                basis="",
                numerator=Decimal(total.numerator),
                denominator=Decimal(total.denominator),
                n=n,
                expected=expected,
            )
        )
    HourMean.objects.bulk_create(rows)
