"""Files read again, in one transaction under the station's lock: whole, or not at all.

What is to be done are the files that were read with other maps than today's, so doing it twice
changes nothing the second time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from monitoring.domain.slots import day_of
from monitoring.models import ClosedMonth, Correction, Delivery, Verdict
from monitoring.services import store
from monitoring.services.arrivals import Arrival
from monitoring.services.file_runs import watch_files
from monitoring.services.links import recount_links, update_links
from monitoring.services.locks import lock_stations
from monitoring.services.partitions import ensure_partitions
from monitoring.services.readmaps import keep
from monitoring.services.reread.plan import (
    Again,
    RowChange,
    differing,
    pages,
    row_changes,
)
from monitoring.services.reread.strays import arrivals_from, strays_of, take_over
from monitoring.services.settle import settle_station
from monitoring.services.setup import StationSetup, setups_of
from stations.services.limits import RuleBook


class NotNobodys(Exception):
    """The file has been given to a station meanwhile."""


class TouchesClosedMonth(Exception):
    """Readings of a month that was closed would change, without the leave of a head."""


@transaction.atomic
def apply(correction: Correction, *, now: datetime) -> tuple[int, int]:
    """Read the files of a correction again and judge what comes of it; readings and verdicts
    that changed.

    Files of nobody whose name fits the station are taken over first.
    """
    lock_stations([correction.station_id])
    with _Judging(correction, now=now) as judging:
        strays = strays_of(correction.station_id, correction.start, correction.end)
        taken = _take_over(correction, strays, now=now)
        changed = sum(each.readings for each in taken)
        for page in pages(correction.station_id, correction.start, correction.end):
            changed += _read_page(correction, page.files, now=now)
    return changed, judging.verdicts


@transaction.atomic
def give(correction: Correction, stray: Delivery, *, now: datetime) -> tuple[int, int]:
    """Give a file of nobody to the correction's station; readings and verdicts that changed.

    Raises NotNobodys where somebody gave it away meanwhile.
    """
    lock_stations([correction.station_id])
    with _Judging(correction, now=now) as judging:
        moved = _take_over(correction, [stray], now=now)
    if not moved:
        raise NotNobodys(stray.name)
    return sum(each.readings for each in moved), judging.verdicts


class _Judging:
    """Judges the station before and after, so that what changed in between can be told."""

    def __init__(self, correction: Correction, *, now: datetime) -> None:
        self.correction = correction
        self.now = now
        self.verdicts = 0

    def __enter__(self) -> _Judging:
        self._settle()
        self._before = self._judged_now()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            return
        self._settle()
        made = self._judged_now() - self._before
        self.verdicts = Verdict.objects.filter(
            station=self.correction.station_id, id__in=made
        ).update(correction=self.correction.pk)

    def _settle(self) -> None:
        ids = [self.correction.station_id]
        settle_station(setups_of(ids)[ids[0]], RuleBook.load(ids), self.now)

    def _judged_now(self) -> set[UUID]:
        rows = Verdict.objects.filter(station=self.correction.station_id, judged_at=self.now)
        return set(rows.values_list("id", flat=True))


def _read_page(correction: Correction, files: Sequence[Again], *, now: datetime) -> int:
    """Lay what these files say now in the place of what they said; how many readings changed."""
    if not files:
        return 0
    station_id = correction.station_id
    setup = setups_of([station_id])[station_id]
    ensure_partitions(row.time for each in files for row in each.now.parsed.rows)
    keep({each.now.how for each in files if each.now.how}, now=now)
    changes = list(row_changes(differing(files)))
    _refuse_closed(correction, (change.key[1] for change in changes))
    _store_rows(changes, setup)
    _store_files(files)
    store.forget_changes([change.key for change in changes])
    store.store_changes((station_id, one) for change in changes for one in change.revisions)
    _recount(station_id, changes)
    _mark(correction, setup, {change.key[1] for change in changes}, now)
    heard = [each.now for each in files if not each.is_duplicate]
    if heard:
        update_links(heard, {station_id: setup}, now=now)
        watch_files(heard, now=now)
    lost = {slot for change in changes for slot, _was, comes in change.readings() if comes is None}
    if lost:
        recount_links(setup, lost)
    return sum(1 for change in changes for _ in change.readings())


def _take_over(
    correction: Correction, strays: Sequence[Delivery], *, now: datetime
) -> list[Arrival]:
    """Take files of nobody over for the correction's station; those that still were nobody's."""
    if not strays:
        return []
    station_id = correction.station_id
    arrivals = arrivals_from(strays, station_id, mail=correction.mail)
    times = {row.time for each in arrivals for row in each.parsed.rows}
    _refuse_closed(correction, times)
    ensure_partitions(times)
    moved = take_over(arrivals, now=now)
    setup = setups_of([station_id])[station_id]
    _mark(correction, setup, {row.time for each in moved for row in each.kept}, now)
    return moved


def _refuse_closed(correction: Correction, times: Iterable[datetime]) -> None:
    if correction.head_id is not None:
        return
    months = closed_months(correction.station_id, times)
    if months:
        named = ", ".join(f"{month:%m/%Y}" for month in sorted(months))
        raise TouchesClosedMonth(named)


def closed_months(station_id: int, times: Iterable[datetime]) -> set[date]:
    """Of the months in which these moments lie, those that were closed: their first days."""
    touched = {day_of(time).replace(day=1) for time in times}
    closed = ClosedMonth.objects.filter(station=station_id, month__in=touched)
    return set(closed.values_list("month", flat=True))


def _store_rows(changes: Sequence[RowChange], setup: StationSetup) -> None:
    rows = {change.key: change.after for change in changes if change.after.deliveries}
    fresh = {change.key for change in changes if change.before is None}
    new = {key: row for key, row in rows.items() if key in fresh}
    standing = {change.key: change.after for change in changes if change.before is not None}
    store.store_rows(new, standing, {setup.station_id: setup.size})


def _store_files(files: Sequence[Again]) -> None:
    """What became of each file, as it is read now."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE monitoring_delivery SET outcome = %s, readings = %s, problems = %s, codes = %s,"
            " first_time = %s, last_time = %s, read_with = %s WHERE station_id = %s AND id = %s",
            [_told(each.now) for each in files],
        )


def _told(arrival: Arrival) -> tuple[Any, ...]:
    return (
        *(arrival.outcome, arrival.readings, *store.what_it_gave(arrival), arrival.read_with),
        *(arrival.station_id, arrival.id),
    )


def _recount(station_id: int, changes: Sequence[RowChange]) -> None:
    involved = {pk for change in changes for pk in change.deliveries}
    if involved:
        store.recount_revisions([station_id], list(involved))


def _mark(
    correction: Correction, setup: StationSetup, times: Iterable[datetime], now: datetime
) -> None:
    """Whatever comes of it came to be known now: alerts that it opens are late ones."""
    hours = {hour for time in times for hour in setup.hours_touched(time)}
    store.mark_dirty((setup.station_id, hour, now, not correction.mail) for hour in sorted(hours))
