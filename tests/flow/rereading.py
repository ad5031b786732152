"""For the tests of re-reading: corrections as someone asked for them, and all that is stored."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from uuid_utils.compat import uuid7

from alerts.models import Alert
from monitoring.models import (
    ChannelLink,
    Correction,
    DayMean,
    Delivery,
    DirtyHour,
    Frontier,
    HourMean,
    Link,
    Reading,
    Revision,
    Verdict,
)
from monitoring.services.settle import settle_dirty, settle_due
from stations.models import Channel, Instrument, Station
from tests.factories import PersonFactory

FAR = timedelta(days=500)


def reread_of(
    station: Station, *, at: datetime, since: datetime | None = None, until: datetime | None = None
) -> Correction:
    """An order to read a station's files again; of all its time unless said."""
    return Correction.objects.create(
        station=station,
        what=Correction.What.READINGS,
        batch=uuid7(),
        start=since or at - FAR,
        end=until or at + FAR,
        reason="Thêm ký hiệu",
        asked_by=PersonFactory(),
        asked_at=at,
    )


def instrument(station: Station, symbol: str = "COD", **columns: Any) -> Instrument:
    """How a channel's rows are to be read, from now on in the register."""
    channel = Channel.objects.get(station=station, symbol=symbol)
    return Instrument.objects.create(channel=channel, **columns)


def settle(now: datetime) -> None:
    """Every due step of averaging and judging."""
    for _ in range(20):
        if not settle_dirty(now=now) + settle_due(now=now):
            assert not DirtyHour.objects.exists()
            return
    raise AssertionError("settling finds work for ever")


def everything(station: Station) -> dict[str, Any]:
    """All that is stored of a station, save when it was written down and under which number."""
    return {
        "deliveries": _rows(Delivery, station, "stored_at", "quiet"),
        "readings": _rows(Reading, station),
        "revisions": _rows(Revision, station, "id"),
        "hours": _rows(HourMean, station),
        "days": _rows(DayMean, station),
        "channels": _rows(ChannelLink, station),
        "links": _rows(Link, station),
        "frontiers": _rows(Frontier, station),
        "verdicts": sorted(
            Verdict.objects.in_effect()
            .filter(station=station)
            .values_list(
                *("slot", "period", "start", "basis", "result", "numerator", "denominator"),
                *("n", "expected", "minimum", "maximum", "source"),
            )
        ),
        "alerts": _alerts(station),
    }


def _rows(model: Any, station: Station, *left_out: str) -> list[tuple[Any, ...]]:
    names = [
        field.attname for field in model._meta.concrete_fields if field.attname not in left_out
    ]
    rows = model.objects.filter(station=station).values_list(*names)
    return sorted((_plain(row) for row in rows), key=repr)


def _plain(row: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(bytes(each) if isinstance(each, memoryview) else each for each in row)


def _alerts(station: Station) -> dict[tuple[str, str], Any]:
    """The alerts that stand, with their periods and whether they are over."""
    found = {}
    for alert in Alert.objects.filter(station=station, withdrawn=False):
        spans = alert.spans.filter(withdrawn_at=None)
        found[alert.kind, alert.parameter] = (
            sorted(spans.values_list("start", "end")),
            alert.resolved_at is not None,
        )
    return found
