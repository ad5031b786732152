"""Closed months: what an officer closed changes with the head's leave and reason alone.

Files that come late are kept and judged all the same: that is law, not a change by people.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from monitoring.domain.exclusions import is_over, month_span, months_of
from monitoring.models import (
    ClosedMonth,
    Correction,
    DirtyHour,
    Exclusion,
    Frontier,
    Revision,
    Verdict,
)
from monitoring.services.locks import lock_stations
from stations.models import Person, Station


class CannotClose(Exception):
    """The month stays open; the text says why, in the reader's language."""


class NotOver(CannotClose):
    """The month still runs."""

    def __init__(self, month: date) -> None:
        super().__init__(_("The month %(month)s is not over yet.") % {"month": _named(month)})


class StillWaiting(CannotClose):
    """Something of the month waits. `requests`: those to exclude data that nobody decided."""

    def __init__(self, station: Station, requests: Sequence[Exclusion]) -> None:
        told = {"station": station.code, "count": len(requests)}
        super().__init__(
            _("%(station)s: %(count)s requests to exclude data wait for a decision first.") % told
            if requests
            else _("%(station)s: the last data of the month are still being judged.") % told
        )
        self.requests = requests


class AlreadyClosed(CannotClose):
    """Someone was first."""

    def __init__(self, row: ClosedMonth) -> None:
        told = {"month": _named(row.month), "station": row.station.code, "who": row.closed_by}
        super().__init__(
            _("Someone was first: %(month)s of %(station)s was closed by %(who)s.") % told
        )
        self.row = row


class NeedsLeave(Exception):
    """A change touches closed months, and the head has not allowed it with a reason."""

    def __init__(self, months: Sequence[ClosedMonth], *, is_head: bool) -> None:
        names = ", ".join(sorted({f"{_named(row.month)} ({row.station.code})" for row in months}))
        super().__init__(
            _("%(months)s is closed: give the reason for which it is changed.") % {"months": names}
            if is_head
            else _("%(months)s is closed: ask the head, who alone may change it, with a reason.")
            % {"months": names}
        )
        self.months = months
        self.is_head = is_head


@dataclass(frozen=True, slots=True)
class Leave:
    """Who allowed a change of closed months and why; nobody where none is touched."""

    head: Person | None = None
    reason: str = ""


def closed_in(station_ids: Collection[int], start: datetime, end: datetime) -> list[ClosedMonth]:
    """The closed months of these stations that [start, end) touches."""
    rows = ClosedMonth.objects.filter(station__in=station_ids, month__in=months_of(start, end))
    return list(rows.select_related("station", "closed_by").order_by("month", "station__code"))


def require_leave(
    station_ids: Collection[int], start: datetime, end: datetime, *, by: Person, reason: str = ""
) -> Leave:
    """Whose leave a change of [start, end) has. Raises NeedsLeave where it lacks one.

    Ask it under the stations' locks, in the transaction of the change: a month that is being
    closed then comes before or after it.
    """
    closed = closed_in(station_ids, start, end)
    if not closed:
        return Leave()
    wanted = {row.station_id for row in closed}
    mine = Station.objects.for_user(by, "change_closed").filter(pk__in=wanted)
    is_head = mine.count() == len(wanted)
    if not is_head or not reason.strip():
        raise NeedsLeave(closed, is_head=is_head)
    return Leave(by, reason.strip())


@transaction.atomic
def close_month(
    *, station: Station, month: date, by: Person, note: str = "", now: datetime | None = None
) -> ClosedMonth:
    """Closes a month of a station. Raises CannotClose."""
    return close_months(stations=[station], month=month, by=by, note=note, now=now)[0]


@transaction.atomic
def close_months(
    *,
    stations: Iterable[Station],
    month: date,
    by: Person,
    note: str = "",
    now: datetime | None = None,
) -> list[ClosedMonth]:
    """Closes a month of all these stations, or of none. Raises CannotClose."""
    at = now or timezone.now()
    rows = sorted(stations, key=lambda station: station.pk)
    if not is_over(month, at):
        raise NotOver(month)
    lock_stations([station.pk for station in rows])
    for station in rows:
        _check(station, month, at)
    return [
        ClosedMonth.objects.create(
            station=station, month=month, closed_by=by, closed_at=at, note=note.strip()[:500]
        )
        for station in rows
    ]


def _check(station: Station, month: date, now: datetime) -> None:
    closed = ClosedMonth.objects.filter(station=station, month=month).select_related("station")
    if row := closed.select_related("closed_by").first():
        raise AlreadyClosed(row)
    requests = waiting_requests(station, month)
    if requests or not is_judged(station, month, now):
        raise StillWaiting(station, requests)


def waiting_requests(station: Station, month: date) -> list[Exclusion]:
    """The requests to exclude data of a month that nobody decided."""
    rows = Exclusion.objects.filter(station=station, state=Exclusion.State.ASKED)
    return list(rows.overlapping(*month_span(month)).select_related("channel").order_by("start"))


def is_judged(station: Station, month: date, now: datetime) -> bool:
    """Whether all that has come of a month is worked in, and its last day is judged.

    A correction that was ordered while the month was open is done before it is closed: later it
    would change a closed month without the head.
    """
    start, end = month_span(month)
    marks = DirtyHour.objects.filter(station=station.pk, hour__gte=start, hour__lt=end)
    behind = Frontier.objects.filter(
        station=station.pk,
        until__lt=end,
        next_due__lte=end + timedelta(days=1),
    )
    ordered = Correction.objects.filter(
        station=station.pk, done_at=None, failure="", start__lt=end, end__gt=start
    )
    return not (marks.exists() or behind.exists() or ordered.exists())


@dataclass(frozen=True, slots=True)
class ChangedSince:
    """What changed in a month after it was closed."""

    verdicts: list[Verdict]
    revisions: int


def changed_since(row: ClosedMonth) -> ChangedSince:
    """What late files, corrections and the head's exclusions did to a closed month."""
    start, end = month_span(row.month)
    verdicts = Verdict.objects.filter(
        station=row.station_id, start__gte=start, start__lt=end, judged_at__gt=row.closed_at
    )
    revisions = Revision.objects.filter(
        station=row.station_id, time__gte=start, time__lt=end, received_at__gt=row.closed_at
    )
    return ChangedSince(list(verdicts.order_by("start", "slot", "judged_at")), revisions.count())


def _named(month: date) -> str:
    return f"{month:%m/%Y}"
