"""From the spool into the database: a micro-batch in one transaction, safe to run twice.

Whatever the order in which deliveries are processed, the same deliveries and readings result:
the value received last counts, and of two equal files the one received first (judging.md §4).
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.db import (
    DatabaseError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    connection,
    transaction,
)

from monitoring.models import NOBODY, Delivery
from monitoring.services import store
from monitoring.services.arrivals import Arrival, arrivals_of, entry_of, read_entry
from monitoring.services.file_runs import watch_files
from monitoring.services.links import update_links
from monitoring.services.locks import lock_stations
from monitoring.services.merge import Change, Contribution, Row, contributions_of, rebuilt
from monitoring.services.partitions import ensure_partitions
from monitoring.services.readmaps import Ways, keep
from monitoring.services.senders import report_wrong_senders
from monitoring.services.setup import StationSetup, setups_of
from monitoring.services.spool import Entry, Spool
from monitoring.services.store import Key

logger = logging.getLogger(__name__)

ENTRIES_A_BATCH = 1000

NOT_THE_ENTRY = (OperationalError, InterfaceError, ProgrammingError)
"""The database is away, or has not been migrated yet: no file is to blame for that."""


@dataclass(slots=True)
class Received:
    """What a batch came to: arrivals as they were stored, and whether there was anything."""

    arrivals: list[Arrival] = field(default_factory=list)
    files: int = 0


def receive_batch(spool: Spool, *, now: datetime, limit: int = ENTRIES_A_BATCH) -> Received:
    """Store the oldest waiting spool files; `files` is 0 when nothing waits.

    A batch that the database refuses is tried again entry by entry, so that one bad entry fails
    alone: it goes to quarantine with the reason, and the rest is stored.
    """
    batch = _take(spool, limit)
    entries = [entry for _, found in batch for entry in found]
    if not entries:
        return Received()
    try:
        arrivals = store_entries(entries, now=now)
    except NOT_THE_ENTRY:
        raise  # everything stays in the spool
    except (DatabaseError, ValueError, TypeError, ArithmeticError):
        logger.exception("A batch of %s entries was refused; trying one by one", len(entries))
        arrivals = _one_by_one(spool, entries, now)
    spool.remove([path for path, _ in batch])
    return Received(arrivals, len(entries))


def _take(spool: Spool, limit: int) -> list[tuple[Path, list[Entry]]]:
    batch: list[tuple[Path, list[Entry]]] = []
    taken = 0
    for path, entries in spool.pending(limit):
        if batch and taken + len(entries) > limit:
            break
        batch.append((path, entries))
        taken += len(entries)
    return batch


def _one_by_one(spool: Spool, entries: Sequence[Entry], now: datetime) -> list[Arrival]:
    stored = []
    for entry in entries:
        try:
            stored += store_entries([entry], now=now)
        except NOT_THE_ENTRY:
            raise
        except Exception as error:  # whatever it is, this entry must not hold up the others
            logger.exception("Entry %s cannot be stored; it goes to quarantine", entry.id)
            spool.set_aside(entry, f"{type(error).__name__}: {error}")
    return stored


def store_entries(entries: Sequence[Entry], *, now: datetime) -> list[Arrival]:
    """Read and store entries in one transaction; what is stored already stays as it is."""
    arrivals = arrivals_of(entries)
    ensure_partitions(row.time for arrival in arrivals for row in arrival.parsed.rows)
    with transaction.atomic():
        lock_stations(pk for a in arrivals for pk in (a.station_id, *a.sent_by))
        known = _Known.about(arrivals)
        if known.overtaken:
            arrivals = read_anew(arrivals, known.overtaken)
        fresh = [arrival for arrival in arrivals if arrival.id not in known.stored]
        keep({a.how for a in fresh if a.how and a.read_with not in known.ways}, now=now)
        store_arrivals(fresh, now=now)
    return arrivals


def store_arrivals(arrivals: list[Arrival], *, now: datetime) -> None:
    """Store arrivals that are not stored yet; under the locks of all their stations.

    How they were read has been kept before.
    """
    _Batch(arrivals, now).store()


@dataclass(frozen=True, slots=True)
class _Known:
    """What the database knows of arrivals that are to be stored, asked in one query."""

    stored: set[UUID] = field(default_factory=set)
    """By their ids alone: the register may have given a file to another station meanwhile."""
    overtaken: set[int] = field(default_factory=set)
    """Stations of which files as old as these were read again meanwhile, perhaps for a change in
    the register that came after these were read."""
    ways: set[str] = field(default_factory=set)
    """Fingerprints of ways of reading that are kept already."""

    @classmethod
    def about(cls, arrivals: Sequence[Arrival]) -> _Known:
        received = [arrival.entry.received_at for arrival in arrivals]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id, NULL, NULL FROM monitoring_delivery WHERE id = ANY(%s) UNION ALL"
                " SELECT NULL, station_id, NULL FROM monitoring_correction WHERE what = 'readings'"
                ' AND station_id = ANY(%s) AND start <= %s AND "end" > %s UNION ALL'
                " SELECT NULL, NULL, fingerprint FROM monitoring_readmap"
                " WHERE fingerprint = ANY(%s)",
                [
                    [arrival.id for arrival in arrivals],
                    sorted({arrival.station_id for arrival in arrivals}),
                    max(received),
                    min(received),
                    sorted({arrival.read_with for arrival in arrivals}),
                ],
            )
            columns = list(zip(*cursor.fetchall(), strict=True)) or [(), (), ()]
        return cls(*({each for each in column if each is not None} for column in columns))


def read_anew(arrivals: Sequence[Arrival], station_ids: set[int]) -> list[Arrival]:
    """Arrivals with those of these stations read as the register stands now."""
    ways = Ways(station_ids)

    def now_read(arrival: Arrival) -> Arrival:
        if arrival.how is None or arrival.station_id not in station_ids:
            return arrival
        how = ways.today(arrival.station_id, arrival.entry.name)
        if how.fingerprint == arrival.read_with:
            return arrival
        return read_entry(arrival.entry, arrival.station_id, how)

    anew = [now_read(arrival) for arrival in arrivals]
    ensure_partitions(row.time for arrival in anew for row in arrival.parsed.rows)
    return anew


class _Batch:
    """The work of one transaction, under the locks of all its stations."""

    def __init__(self, arrivals: list[Arrival], now: datetime) -> None:
        self.arrivals = arrivals
        self.now = now
        ids = {arrival.station_id for arrival in arrivals} - {NOBODY}
        self.setups: dict[int, StationSetup] = setups_of(ids)
        self.quiet = {arrival.id: not arrival.entry.mail for arrival in arrivals}
        self.demoted: dict[UUID, int] = {}  # deliveries that turned out to be repeats, by station
        self.marks: dict[tuple[int, datetime], tuple[datetime, bool]] = {}

    def store(self) -> None:
        if not self.arrivals:
            return
        self._find_duplicates()
        new, changed, changes, rebuilt_keys = self._merge()
        self._tell_repeats()
        store.store_deliveries(self.arrivals, now=self.now)
        store.store_rows(new, changed, {pk: s.size for pk, s in self.setups.items()})
        self._store_changes(changes, rebuilt_keys, {**new, **changed})
        store.mark_dirty((*key, *mark) for key, mark in self.marks.items())
        update_links(self.arrivals, self.setups, now=self.now)
        report_wrong_senders(self.arrivals, now=self.now)
        watch_files(self.arrivals, now=self.now)

    def _find_duplicates(self) -> None:
        """Of equal files of one station the one received first stands; the rest are repeats."""
        first: dict[tuple[int, str, str], tuple[tuple[datetime, int], UUID | Arrival]] = {
            key: (order, pk) for key, order, pk in _seen_before(self.arrivals)
        }
        for arrival in self.arrivals:
            if not arrival.can_repeat:
                continue
            known = first.get(arrival.key)
            if known is not None and known[0] < arrival.order:
                arrival.duplicate = True
                continue
            if known is not None and isinstance(known[1], UUID):
                self.demoted[known[1]] = arrival.station_id
            first[arrival.key] = (arrival.order, arrival)

    def _tell_repeats(self) -> None:
        """What was stored first but received later is the repeat; its rows have been taken out."""
        if not self.demoted:
            return
        Delivery.objects.filter(
            station__in=set(self.demoted.values()), id__in=list(self.demoted)
        ).update(
            outcome=Delivery.Outcome.DUPLICATE,
            readings=0,
            revisions=0,
            problems=[],
            codes=[],
            first_time=None,
            last_time=None,
        )

    def _merge(
        self,
    ) -> tuple[dict[Key, Row], dict[Key, Row], list[tuple[int, Change]], list[Key]]:
        """Lay the arrivals over what stands; which rows are new, which changed, and how."""
        coming = self._contributions()
        for key in store.keys_of_deliveries(self.demoted):
            coming.setdefault(key, [])
        standing = store.stored_rows(list(coming))
        rebuild = {
            key: row
            for key, row in standing.items()
            if not self._simple(row, coming[key]) or self.demoted.keys() & set(row.deliveries)
        }
        earlier = self._earlier_contributions(rebuild)
        new: dict[Key, Row] = {}
        changed: dict[Key, Row] = {}
        changes: list[tuple[int, Change]] = []
        for key, contributions in coming.items():
            row = standing.get(key)
            before = dict(row.slots) if row is not None else {}
            if row is None or key in rebuild:
                row, made = rebuilt(key[1], [*contributions, *earlier[key]])
            else:
                made = [change for each in contributions for change in row.lay(each)]
            (changed if key in standing else new)[key] = row
            changes += [(key[0], change) for change in made]
            if row.slots != before or made or key in rebuild:  # revisions count as well
                self._mark(key, contributions)
        return new, changed, changes, list(rebuild)

    def _contributions(self) -> dict[Key, list[Contribution]]:
        coming: dict[Key, list[Contribution]] = defaultdict(list)
        for arrival in self.arrivals:
            if arrival.duplicate:
                continue
            found = contributions_of(
                arrival.parsed, delivery=arrival.id, received_at=arrival.entry.received_at
            )
            for time, contribution in found.items():
                coming[arrival.station_id, time].append(contribution)
        return coming

    @staticmethod
    def _simple(row: Row, contributions: Sequence[Contribution]) -> bool:
        """Whether these contributions come after all that stands, which one delivery said."""
        if row.order is None or len(row.deliveries) > 1 or not contributions:
            return False
        return row.order < contributions[0].order

    def _earlier_contributions(self, rows: dict[Key, Row]) -> dict[Key, list[Contribution]]:
        """What the stored deliveries of these rows say, read anew from their bytes."""
        return said_again(
            {
                key: [pk for pk in row.deliveries if pk not in self.demoted]
                for key, row in rows.items()
            }
        )

    def _mark(self, key: Key, contributions: Sequence[Contribution]) -> None:
        station, time = key
        received = max((each.received_at for each in contributions), default=self.now)
        quiet = all(self.quiet[each.delivery] for each in contributions)
        for hour in self.setups[station].hours_touched(time):
            newest, silent = self.marks.get((station, hour), (received, True))
            self.marks[station, hour] = (max(received, newest), quiet and silent)

    def _store_changes(
        self, changes: list[tuple[int, Change]], anew: list[Key], rows: dict[Key, Row]
    ) -> None:
        if anew:
            store.forget_changes(anew)
        store.store_changes(changes)
        counted = {change.delivery for _, change in changes}
        counted |= {pk for key in anew for pk in rows[key].deliveries}
        if counted:
            store.recount_revisions(sorted(self.setups), list(counted))
            self._tell_revisions()

    def _tell_revisions(self) -> None:
        counts = dict(
            Delivery.objects.filter(
                station__in=list(self.setups), id__in=[arrival.id for arrival in self.arrivals]
            ).values_list("id", "revisions")
        )
        for arrival in self.arrivals:
            arrival.revisions = counts.get(arrival.id, 0)


def _seen_before(
    arrivals: Sequence[Arrival],
) -> Iterable[tuple[tuple[int, str, str], tuple[datetime, int], UUID]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.station_id, d.name, d.sha256, d.received_at, d.id FROM monitoring_delivery d"
            " JOIN (SELECT DISTINCT * FROM unnest(%s::bigint[], %s::text[], %s::text[]))"
            " AS k(station_id, name, sha256) USING (station_id, name, sha256)"
            " WHERE d.outcome <> 'duplicate'",
            [list(column) for column in zip(*(a.key for a in arrivals), strict=True)],
        )
        for station, name, sha256, received_at, pk in cursor.fetchall():
            yield (station, name, sha256), (received_at, pk.int), pk


def said_again(wanted: Mapping[Key, Collection[UUID]]) -> dict[Key, list[Contribution]]:
    """What stored deliveries say of these rows: their raw bytes, read as they were read."""
    found: dict[Key, list[Contribution]] = defaultdict(list)
    for arrival in _read_again({(key[0], pk) for key, pks in wanted.items() for pk in pks}):
        contributions = contributions_of(
            arrival.parsed, delivery=arrival.id, received_at=arrival.entry.received_at
        )
        for time, contribution in contributions.items():
            if arrival.id in wanted.get((arrival.station_id, time), ()):
                found[arrival.station_id, time].append(contribution)
    return found


def _read_again(wanted: set[tuple[int, UUID]]) -> list[Arrival]:
    """Stored deliveries as arrivals: their raw bytes, read as they were read."""
    if not wanted:
        return []
    stations = {station for station, _ in wanted}
    ways = Ways(stations)
    stored = list(Delivery.objects.filter(station__in=stations, id__in=[pk for _, pk in wanted]))
    ways.look_up(stored)
    return [read_entry(entry_of(each), each.station_id, ways.then(each)) for each in stored]
