"""Re-reads as a person orders them: with a reason, and with the head's leave for closed months."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from uuid_utils.compat import uuid7

from monitoring.domain.slots import day_of, day_start
from monitoring.models import Correction, Delivery
from monitoring.services.corrections import ask_correction
from monitoring.services.locks import lock_stations
from monitoring.services.months import require_leave
from monitoring.services.rejudge import supposed
from monitoring.services.reread.applying import give
from monitoring.services.reread.previewing import Preview, preview
from monitoring.services.reread.strays import arrivals_from
from stations.models import Channel, Person, Station
from stations.services.instruments import change_reading


@dataclass(frozen=True, slots=True)
class ReadingChange:
    """How a channel's rows are to be read from a day on; empty: as before."""

    channel: Channel
    since: date
    alias: str = ""
    file_unit: str = ""
    factor: Decimal | None = None

    def save(self, *, reason: str = "") -> None:
        """Enter it into the register. Raises CannotRead."""
        change_reading(
            channel=self.channel,
            since=self.since,
            alias=self.alias,
            file_unit=self.file_unit,
            factor=self.factor,
            reason=reason,
        )


def foresee(
    station: Station,
    change: ReadingChange | None,
    *,
    start: datetime,
    end: datetime,
    now: datetime,
) -> Preview:
    """What a re-read would change once this were entered; nothing stays. Raises CannotRead."""
    with _as_if(change):
        return preview(station, start=start, end=end, now=now)


@contextmanager
def _as_if(change: ReadingChange | None) -> Iterator[None]:
    if change is None:
        yield
        return
    with supposed():
        change.save()
        yield


@transaction.atomic
def order_reread(
    *,
    station: Station,
    change: ReadingChange | None = None,
    start: datetime,
    end: datetime,
    reason: str,
    by: Person,
    head_reason: str = "",
    mail: bool = False,
    now: datetime,
) -> UUID:
    """Enter the change, if any, and order the re-read, month by month; the number of the batch.

    Each month is done by itself, so that the station's lock is never held for long: whoever
    receives for the whole province waits for it. Raises CannotRead, and NeedsLeave where it
    touches a closed month.
    """
    if change is not None:
        change.save(reason=reason)
    batch = uuid7()
    for begin, until in _by_month(start, end):
        own = ask_correction(
            stations=[station],
            what=Correction.What.READINGS,
            start=begin,
            end=until,
            reason=reason,
            by=by,
            head_reason=head_reason,
            mail=mail,
            now=now,
        )
        Correction.objects.filter(batch=own).update(batch=batch)
    return batch


def _by_month(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """A stretch of time cut where Vietnamese months begin."""
    while start < end:
        first = day_of(start).replace(day=1)
        following = day_start((first + timedelta(days=32)).replace(day=1))
        yield start, min(following, end)
        start = following


@transaction.atomic
def give_stray(
    *,
    stray: Delivery,
    station: Station,
    reason: str,
    by: Person,
    head_reason: str = "",
    now: datetime,
) -> Correction:
    """Give a file of nobody to a station, at once; the record of it.

    Raises NotNobodys where somebody gave it away meanwhile, NeedsLeave where it brings readings of
    a closed month.
    """
    lock_stations([station.pk])
    start, end = _measured(stray, station)
    leave = require_leave([station.pk], start, end, by=by, reason=head_reason)
    correction = Correction.objects.create(
        station=station,
        what=Correction.What.READINGS,
        batch=uuid7(),
        start=start,
        end=end,
        reason=reason.strip(),
        asked_by=by,
        asked_at=now,
        head=leave.head,
        head_reason=leave.reason,
    )
    readings, verdicts = give(correction, stray, now=now)
    correction.done_at = now
    correction.readings_changed, correction.verdicts_changed = readings, verdicts
    correction.save(update_fields=["done_at", "readings_changed", "verdicts_changed"])
    return correction


def _measured(stray: Delivery, station: Station) -> tuple[datetime, datetime]:
    """From the first to the last second that the file would bring; else when it was received."""
    rows = arrivals_from([stray], station.pk, mail=False)[0].parsed.rows
    first = rows[0].time if rows else stray.received_at
    last = rows[-1].time if rows else stray.received_at
    return first, last + timedelta(seconds=1)
