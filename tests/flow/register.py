"""Stations for the tests of the flow, and the files their loggers would send."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from uuid_utils.compat import uuid7

from monitoring.services.spool import Entry
from stations.models import (
    FilePrefix,
    PermitLimit,
    SamplingInterval,
    Station,
)
from tests.factories import ChannelFactory, FtpAccountFactory, StationFactory

NOON = datetime(2024, 5, 21, 5, 0, tzinfo=UTC)
"""Twelve o'clock in Vietnam."""

Said = tuple[str, str, str]
"""Symbol, value, status, as they are written in a file."""


def station_with(
    *,
    interval: int = 5,
    maximum: str = "60",
    period: str = "hour",
    min_capture: str = "0.75",
    symbols: Iterable[str] = ("COD",),
    medium: str = "wastewater",
) -> Station:
    """A station whose every channel has one confirmed maximum; its account is `logger-CODE`."""
    station = StationFactory(medium=medium)
    FilePrefix.objects.create(station=station, prefix=prefix_of(station))
    SamplingInterval.objects.create(station=station, minutes=interval)
    FtpAccountFactory(username=f"logger-{station.code}", stations=[station])
    for symbol in symbols:
        PermitLimit.objects.create(
            channel=ChannelFactory(station=station, symbol=symbol),
            period=period,
            maximum=Decimal(maximum),
            source="GPMT số 1",
            confirmed="GPMT số 1",
            min_capture=Decimal(min_capture),
        )
    return station


def prefix_of(station: Station) -> str:
    return f"BG_FLOW_{station.code}"


def file_of(
    station: Station,
    measured: datetime,
    *said: Said,
    received: datetime | None = None,
    number: UUID | None = None,
    name: str = "",
    mail: bool = True,
) -> Entry:
    """What a door lays into the spool: a file with its rows, received a minute after its stamp."""
    stamp = f"{measured.astimezone(UTC) + timedelta(hours=7):%Y%m%d%H%M%S}"
    lines = [f"{symbol}\t{value}\t\t{stamp}\t{status}\n" for symbol, value, status in said]
    return Entry(
        id=number or uuid7(),
        received_at=received or measured + timedelta(minutes=1),
        door="ftp",
        account=f"logger-{station.code}",
        peer="127.0.0.1",
        name=name or f"{prefix_of(station)}_{stamp}.txt",
        raw="".join(lines).encode(),
        mail=mail,
    )


def hour_of_files(
    station: Station, begin: datetime, value: str, *, interval: int = 5, count: int = 12
) -> list[Entry]:
    """A file a slot, with the same value of COD in each."""
    moments = (begin + timedelta(minutes=interval * i) for i in range(count))
    return [file_of(station, at, ("COD", value, "00")) for at in moments]
