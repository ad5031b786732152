"""The past corrected on purpose: asked for by a person with a reason, done a station at a time.

The row of a correction is the order, the queue and the record (decision 0022).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction
from psycopg.errors import DeadlockDetected, SerializationFailure
from uuid_utils.compat import uuid7

from monitoring.models import Correction
from monitoring.services import approved, reread
from monitoring.services.locks import lock_stations
from monitoring.services.months import require_leave
from monitoring.services.rejudge import rejudge
from monitoring.services.settle import redraw, redraw_known
from monitoring.services.setup import setups_of
from stations.models import Document, Person, Station
from stations.services.limits import RuleBook

logger = logging.getLogger(__name__)

Apply = Callable[..., tuple[int, int]]
"""`apply(correction, *, now)`, under the station's lock: readings changed, verdicts changed."""

LONGEST_FAILURE = 2000

IN_THE_WAY = DeadlockDetected, SerializationFailure
"""What another transaction did, and the next attempt does not meet again."""


@transaction.atomic
def ask_correction(
    *,
    stations: Iterable[Station],
    what: str,
    start: datetime,
    end: datetime,
    reason: str,
    by: Person,
    document: Document | None = None,
    mail: bool = False,
    head: Person | None = None,
    head_reason: str = "",
    now: datetime,
) -> UUID:
    """Order a correction of the periods that start in [start, end): one row a station.

    The number of the batch. Who asks rings `monitoring.tasks.CORRECT` once this is committed.
    Raises NeedsLeave where it touches a closed month without the head's leave and reason.
    """
    ids = sorted({station.pk for station in stations})
    lock_stations(ids)
    leave = require_leave(ids, start, end, by=head or by, reason=head_reason)
    batch = uuid7()
    Correction.objects.bulk_create(
        Correction(
            station_id=pk,
            what=what,
            batch=batch,
            start=start,
            end=end,
            reason=reason.strip(),
            document=document,
            mail=mail,
            asked_by=by,
            asked_at=now,
            head=leave.head,
            head_reason=leave.reason,
        )
        for pk in ids
    )
    return batch


def correct_one(*, now: datetime) -> bool:
    """Do the oldest correction that waits and that nobody else is doing; False if there is none.

    In one transaction, under its station's lock. One that fails keeps the reason, and is not tried
    again: what it had changed is undone, and the others go on. It has not failed where only others
    were in the way.
    """
    with transaction.atomic():
        waiting = Correction.objects.filter(done_at=None, failure="")
        oldest = waiting.order_by("asked_at", "pk").select_for_update(skip_locked=True)
        correction = oldest.first()
        if correction is None:
            return False
        try:
            with transaction.atomic():
                lock_stations([correction.station_id])
                readings, verdicts = APPLYING[correction.what](correction, now=now)
        except Exception as error:
            if others_were_in_the_way(error):
                raise
            logger.exception("Correction %s cannot be done", correction.pk)
            correction.failure = f"{type(error).__name__}: {error}"[:LONGEST_FAILURE]
            correction.save(update_fields=["failure"])
            return True
        correction.done_at = now
        correction.readings_changed, correction.verdicts_changed = readings, verdicts
        correction.save(update_fields=["done_at", "readings_changed", "verdicts_changed"])
        return True


def others_were_in_the_way(error: Exception) -> bool:
    """Whether the work may well be done another time: others were first, or the database is away.
    A statement that took too long would only take as long again."""
    if not isinstance(error, (OperationalError, InterfaceError)):
        return False
    return isinstance(error.__cause__, IN_THE_WAY) or not _still_there()


def _still_there() -> bool:
    return not connection.closed_in_transaction and connection.is_usable()


def judge_again(correction: Correction, *, now: datetime) -> tuple[int, int]:
    """The limits of the past: its periods by the rules that the register holds for them now."""
    station_id = correction.station_id
    setup, rules = setups_of([station_id])[station_id], RuleBook.load([station_id])
    changed = rejudge(
        setup,
        rules,
        start=correction.start,
        end=correction.end,
        now=now,
        correction=correction,
        mail=correction.mail,
    )
    redraw_known(setup, rules, now=now)
    return 0, changed


def _and_drawn(apply: Apply) -> Apply:
    def applied(correction: Correction, *, now: datetime) -> tuple[int, int]:
        changed = apply(correction, now=now)
        redraw([correction.station_id], now=now)
        return changed

    return applied


APPLYING: dict[str, Apply] = {
    Correction.What.RULES: judge_again,
    Correction.What.READINGS: _and_drawn(reread.apply),
    Correction.What.EXCLUSION: approved.apply,
}
