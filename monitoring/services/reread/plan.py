"""What reading files again would come to: each file then and now, and the rows that would change.

Nothing here writes. A file is read again when the register reads it with other maps than those it
was read with; what it says now takes, at each second, the place of what it said (judging.md §4).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from monitoring.domain.window import FASTEST_CLOCK
from monitoring.models import Delivery
from monitoring.services import store
from monitoring.services.arrivals import Arrival, entry_of, read_entry
from monitoring.services.merge import Change, Contribution, Row, Said, contributions_of, rebuilt
from monitoring.services.readmaps import Ways
from monitoring.services.receive import said_again
from monitoring.services.store import Key

FILES_A_PAGE = 500
ROWS_AT_ONCE = 2000
Place = tuple[datetime, UUID]
"""Where a file stands in the order of reception."""


@dataclass(frozen=True, slots=True)
class Again:
    """A file as it was read, and as it is read now."""

    delivery: Delivery
    then: Arrival
    now: Arrival

    @property
    def is_duplicate(self) -> bool:
        """A repetition says nothing; it only remembers how it would be read."""
        return bool(self.delivery.outcome == Delivery.Outcome.DUPLICATE)


@dataclass(slots=True)
class Page:
    """Some files that are to be read again, in the order of reception; `end`: where they end."""

    files: list[Again]
    end: Place | None


def in_span(start: datetime, end: datetime) -> Q:
    """The files that were received, or measured something, from `start` up to `end`."""
    measured = Q(first_time__lt=end, last_time__gte=start)
    # No file measures more than this ahead of its reception, so the index of receptions serves.
    return Q(received_at__gte=start - FASTEST_CLOCK) & (
        Q(received_at__gte=start, received_at__lt=end) | measured
    )


def pages(station_id: int, start: datetime, end: datetime) -> Iterator[Page]:
    """The files of a station that are to be read again; the last page may be empty.

    The register is looked at anew for each page: whoever goes on for long must not go on wrongly.
    """
    after: Place | None = None
    while True:
        page = _page(station_id, start, end, after)
        yield page
        if page.end is None:
            return
        after = page.end


def _page(station_id: int, start: datetime, end: datetime, after: Place | None) -> Page:
    ways = Ways([station_id])
    usual = ways.today(station_id, "").fingerprint
    wanted = Delivery.objects.filter(in_span(start, end), station=station_id)
    wanted = wanted.exclude(read_with__in=["", usual]).order_by("received_at", "id")
    if after is not None:
        wanted = wanted.filter(
            Q(received_at__gt=after[0]) | Q(received_at=after[0], id__gt=after[1])
        )
    found = list(wanted[:FILES_A_PAGE])
    ways.look_up(found)
    files = [_again(each, ways) for each in found if _differs(each, ways)]
    last = found[-1] if len(found) == FILES_A_PAGE else None
    return Page(files, (last.received_at, last.id) if last else None)


def _differs(delivery: Delivery, ways: Ways) -> bool:
    return ways.today(delivery.station_id, delivery.name).fingerprint != delivery.read_with


def _again(delivery: Delivery, ways: Ways) -> Again:
    entry, station_id = entry_of(delivery), delivery.station_id
    now = read_entry(entry, station_id, ways.today(station_id, delivery.name))
    then = read_entry(entry, station_id, ways.then(delivery))
    then.duplicate = now.duplicate = delivery.outcome == Delivery.Outcome.DUPLICATE
    return Again(delivery, then, now)


Differing = dict[Key, dict[UUID, Contribution | None]]
"""By row, what the files that now say something else of it say; None: nothing any more."""


def differing(files: Iterable[Again]) -> Differing:
    """The rows of which some file says something else than it said."""
    found: Differing = defaultdict(dict)
    for again in files:
        if again.is_duplicate:
            continue
        then, now = said_by(again.then), said_by(again.now)
        for time in then.keys() | now.keys():
            before, after = then.get(time), now.get(time)
            if before is None or after is None or before.slots != after.slots:
                found[again.now.station_id, time][again.now.id] = after
    return found


def said_by(arrival: Arrival) -> Mapping[datetime, Contribution]:
    """What a file says, second by second."""
    return contributions_of(
        arrival.parsed, delivery=arrival.id, received_at=arrival.entry.received_at
    )


@dataclass(slots=True)
class RowChange:
    """A row of readings as it stands and as it comes out; its revisions anew."""

    key: Key
    before: Row | None
    after: Row
    revisions: list[Change]

    def readings(self) -> Iterator[tuple[int, Said | None, Said | None]]:
        """Each reading that changes: slot, what stands, what comes."""
        before = self.before.slots if self.before else {}
        for slot in sorted(before.keys() | self.after.slots.keys()):
            was, comes = before.get(slot), self.after.slots.get(slot)
            if was != comes:
                yield slot, was, comes

    @property
    def deliveries(self) -> set[UUID]:
        """All that stand in it, before or after."""
        return {*self.after.deliveries, *(self.before.deliveries if self.before else ())}


def row_changes(differences: Differing) -> Iterator[RowChange]:
    """The rows as they come out, built from all that stands in them and what is said now."""
    keys = sorted(differences)
    for chunk in (keys[i : i + ROWS_AT_ONCE] for i in range(0, len(keys), ROWS_AT_ONCE)):
        yield from _row_changes({key: differences[key] for key in chunk})


def _row_changes(differences: Differing) -> Iterator[RowChange]:
    standing = store.stored_rows(list(differences))
    others = said_again(
        {
            key: [pk for pk in row.deliveries if pk not in differences[key]]
            for key, row in standing.items()
        }
    )
    for key, said in differences.items():
        contributions = [*others.get(key, ()), *(each for each in said.values() if each)]
        row, revisions = rebuilt(key[1], contributions)
        yield RowChange(key, standing.get(key), row, revisions)
