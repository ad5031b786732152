"""Files of nobody that turn out to be somebody's: found by their names, or given by an officer.

The bytes, the id and the place in the order of reception stay; only whose it is changes. What was
said of the wrong sender stays as it was said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from monitoring.models import NOBODY, Delivery
from monitoring.services.arrivals import Arrival, entry_of, read_entry, senders_of
from monitoring.services.readmaps import Ways, keep, prefix_index
from monitoring.services.receive import store_arrivals
from monitoring.services.reread.plan import in_span

UNREAD = ("unfinished", "too_large")
"""Of these there is nothing to read."""


def strays_of(station_id: int, start: datetime, end: datetime) -> list[Delivery]:
    """Files of nobody, received or named in this span, whose name now fits the station."""
    strays = list(
        Delivery.objects.filter(in_span(start, end), station=NOBODY)
        .exclude(codes__overlap=list(UNREAD))
        .order_by("received_at", "id")
    )
    if not strays:
        return []
    _own, senders = senders_of([entry_of(each) for each in strays], prefix_index())
    return [
        stray
        for stray, sender in zip(strays, senders, strict=True)
        if sender.station_id == station_id
    ]


def arrivals_from(strays: Iterable[Delivery], station_id: int, *, mail: bool) -> list[Arrival]:
    """Files of nobody, read as this station's."""
    ways = Ways([station_id])
    return [_arrival(stray, station_id, ways, mail=mail) for stray in strays]


def _arrival(stray: Delivery, station_id: int, ways: Ways, *, mail: bool) -> Arrival:
    entry = entry_of(stray, mail=mail)
    arrival = read_entry(entry, station_id, ways.today(station_id, stray.name))
    arrival.stored_at = stray.stored_at
    return arrival


def take_over(arrivals: Sequence[Arrival], *, now: datetime) -> list[Arrival]:
    """Move files of nobody to the station they were read for; those that were still nobody's.

    Under the station's lock, in one transaction: the row's key begins with its station, so it is
    deleted and written anew.
    """
    gone = _taken_out([arrival.id for arrival in arrivals])
    moved = [arrival for arrival in arrivals if arrival.id in gone]
    keep({arrival.how for arrival in moved if arrival.how}, now=now)
    store_arrivals(moved, now=now)
    return moved


def _taken_out(ids: Sequence[UUID]) -> set[UUID]:
    """The ids of those that were there; whoever else takes the same finds nothing."""
    rows = Delivery.objects.filter(station=NOBODY, id__in=ids)
    there = set(rows.select_for_update().values_list("id", flat=True))
    rows.delete()
    return there
