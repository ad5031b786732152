"""Approved stops change what is expected of the past: their hours are averaged and judged anew."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from monitoring.domain.periods import starts_between
from monitoring.models import ChannelLink
from monitoring.services.locks import lock_stations
from monitoring.services.store import mark_dirty
from stations.models import Station


@transaction.atomic
def stop_changed(
    station: Station, start: datetime, end: datetime, *, now: datetime | None = None
) -> int:
    """Have the hours that a stop touches averaged and judged again; how many.

    Called in the transaction in which a stop is approved, changed or withdrawn, with both of its
    spans where it moved; whoever calls rings `monitoring.tasks.AVERAGE` after commit. Nobody is
    mailed about what it changes: the department itself did it. Hours before the first reading, and
    such as have not begun, need nothing.
    """
    lock_stations([station.pk])
    heard = ChannelLink.objects.filter(station=station.pk).order_by("first_time").first()
    if heard is None:
        return 0
    now = now or timezone.now()
    begin = max(start, heard.first_time).replace(minute=0, second=0, microsecond=0)
    hours = list(starts_between("hour", begin, min(end, now)))
    mark_dirty((station.pk, hour, now, True) for hour in hours)
    return len(hours)
