"""A small timeline for the tests of the flow: files come, the clock goes on, stations settle."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from alerts.models import Alert
from monitoring.models import Verdict
from monitoring.services.receive import store_entries
from monitoring.services.settle import settle_dirty, settle_due
from stations.models import Station
from tests.flow.register import NOON, file_of

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
MIDNIGHT = NOON - 12 * HOUR
"""21/5/2024 00:00 in Vietnam."""


def settle(now: datetime) -> None:
    """Every due step of averaging and judging; not without end if a step never ends."""
    for _ in range(20):
        if not settle_dirty(now=now) + settle_due(now=now):
            return
    raise AssertionError("settling finds work for ever")


def send(
    station: Station,
    begin: datetime,
    values: Sequence[str],
    *,
    status: str = "00",
    received: datetime | None = None,
    mail: bool = True,
    interval: int = 5,
    symbol: str = "COD",
) -> None:
    """A file a slot from `begin` on, received a minute after its stamp or all at `received`."""
    moments = (begin + timedelta(minutes=interval * i) for i in range(len(values)))
    files = [
        file_of(station, at, (symbol, value, status), received=received, mail=mail)
        for at, value in zip(moments, values, strict=True)
    ]
    store_entries(files, now=max(file.received_at for file in files))


def send_hour(station: Station, begin: datetime, value: str, **named: object) -> None:
    """Twelve files of one hour with the same value."""
    send(station, begin, [value] * 12, **named)  # type: ignore[arg-type]


def results(station: Station, period: str = "hour") -> dict[datetime, str]:
    """The verdicts in effect by the start of their periods."""
    rows = Verdict.objects.in_effect().filter(station=station, period=period)
    return dict(rows.values_list("start", "result"))


def exceedance(station: Station) -> Alert:
    """The one exceedance of a station."""
    return Alert.objects.get(station=station, kind="exceedance")


def kinds(station: Station) -> list[str]:
    return sorted(Alert.objects.filter(station=station).values_list("kind", flat=True))


def whats(alert: Alert) -> Iterable[str]:
    """What happened with an alert, in order."""
    return list(alert.events.values_list("what", flat=True))
