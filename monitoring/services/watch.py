"""The clock alone: who should have spoken by now (judging.md §6)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from alerts.domain.kinds import SILENT_STATION, WRONG_SENDER
from alerts.models import Alert
from alerts.services.easing import resolve
from alerts.services.findings import Finding
from alerts.services.raising import report
from monitoring.domain.silence import GATHERING, received_through
from monitoring.domain.slots import day_of
from monitoring.models import Link
from monitoring.services.locks import lock_stations
from monitoring.services.settle import redraw
from monitoring.services.spool import Spool

SENDER_QUIET = timedelta(hours=24)
"""A wrong sender is over when this long no such file has come."""


def watch(spool: Spool, *, now: datetime, door_back_at: datetime | None = None) -> int:
    """Open the alerts of stations that are silent; how many. `door_back_at`: since when we listen.

    Never judges beyond what has been received and stored; after the door came back one full
    allowance passes first.
    """
    oldest = spool.oldest_received_at()
    through = min(received_through([oldest] if oldest else [], now), now)
    going = Q(station__ended_on=None) | Q(station__ended_on__gte=day_of(through))
    silent = Link.objects.filter(going, silent_after__lte=through - GATHERING, silent_since=None)
    if door_back_at is not None:
        silent = silent.annotate(allowed=F("silent_after") - F("newest_received_at")).filter(
            allowed__lte=through - GATHERING - door_back_at
        )
    opened = sum(_open(pk, through, now) for pk in silent.values_list("pk", flat=True))
    _end_wrong_senders(through, now)
    return opened


@transaction.atomic
def _open(station_id: int, through: datetime, now: datetime) -> bool:
    """Open one, unless the station has spoken meanwhile."""
    lock_stations([station_id])
    changed = Link.objects.filter(
        pk=station_id, silent_since=None, silent_after__lte=through - GATHERING
    ).update(silent_since=F("newest_received_at"))
    if not changed:
        return False
    link = Link.objects.get(pk=station_id)
    report(
        Finding(
            kind=SILENT_STATION,
            station_id=station_id,
            start=link.newest_received_at,
            end=now,
            evidence={
                "last_received": link.newest_received_at.isoformat(),
                "last_measured": link.newest_measured_at.isoformat(),
                "silent_after": link.silent_after.isoformat(),
            },
        ),
        now=now,
    )
    redraw([station_id], now=now)
    return True


def _end_wrong_senders(through: datetime, now: datetime) -> None:
    going = Alert.objects.unclosed().filter(kind=WRONG_SENDER, resolved_at=None)
    over = going.filter(ends_at__lte=through - SENDER_QUIET)
    for station_id in over.values_list("station", flat=True):
        _end_wrong_sender(station_id, through, now)


@transaction.atomic
def _end_wrong_sender(station_id: int, through: datetime, now: datetime) -> None:
    """End one, unless another such file has come meanwhile."""
    lock_stations([station_id])
    alert = Alert.objects.unclosed().get(kind=WRONG_SENDER, station=station_id)
    over_at = alert.ends_at + SENDER_QUIET
    if alert.resolved_at is None and over_at <= through:
        resolve(kind=WRONG_SENDER, station_id=station_id, at=over_at, now=now)
