"""One station brought up to date: its marked hours averaged, judged, warned of, and drawn."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Exists, Max, OuterRef, Q

from alerts.models import Maintenance
from alerts.services.deadlines import sharing_rules
from alerts.services.readers import sharing_readers
from monitoring.models import DirtyHour, Frontier, Link, StationState
from monitoring.services.average import average
from monitoring.services.changed import watch_changes
from monitoring.services.exclusions import keep_in_step
from monitoring.services.faults import watch_statuses
from monitoring.services.judge import judge_station
from monitoring.services.locks import lock_stations, try_lock_station
from monitoring.services.marks import Marks, take_marks
from monitoring.services.odd_values import watch_values
from monitoring.services.setup import StationSetup, setups_of
from monitoring.services.state import draw, draw_hours
from monitoring.services.totals import total_days
from monitoring.services.warnings import warn_station
from stations.services.limits import RuleBook

logger = logging.getLogger(__name__)

STATIONS_A_ROUND = 50
STATIONS_A_RUSH = 200
STALE_AFTER = timedelta(minutes=10)
"""How old a drawing may be: it tells of the present hour, which goes on without readings too."""

SHOWN = timedelta(hours=25)
"""How far back readings change what is drawn at once."""

AT_REST = timedelta(seconds=30)
"""How long after its last file a station that was not drawn is drawn by the clock."""


def settle_dirty(*, now: datetime, limit: int = STATIONS_A_ROUND) -> int:
    """Bring the stations with marked hours up to date; how many there were."""
    return settle_stations(_dirty(limit), now=now)


def settle_due(*, now: datetime, limit: int = STATIONS_A_ROUND) -> int:
    """Judge the stations that have a period come due by the clock; how many there were."""
    due = Frontier.objects.filter(next_due__lte=now).order_by().values_list("station", flat=True)
    return settle_stations(list(due.distinct()[:limit]), now=now)


def settle_stations(station_ids: Sequence[int], *, now: datetime) -> int:
    """Bring these stations up to date and draw them; how many came through.

    One that cannot be settled keeps its marks for the next time and holds up no other.
    """
    if not station_ids:
        return 0
    book = _Book.of(station_ids)
    with sharing_rules(), sharing_readers(station_ids):
        settled = [pk for pk in sorted(station_ids) if _came_through(book.settled, book, pk, now)]
    return sum(_came_through(_drawn, book, pk, now) for pk in settled)


def rush(*, now: datetime, settled: Callable[[], None], limit: int = STATIONS_A_RUSH) -> int:
    """As `settle_dirty`, for several workers at once: verdicts and alerts first, pages after.

    A station that another worker holds is left to that one, or to the bell that follows it; one
    to which only old readings came is drawn when they have all come (`redraw_stale`).
    `settled` is called when the desk knows all, before anything is drawn.
    """
    dirty = _dirty(limit)
    if not dirty:
        return 0
    random.shuffle(dirty)
    book = _Book.of(dirty)
    with sharing_rules(), sharing_readers(dirty):
        done = [pk for pk in dirty if _came_through(book.settled_if_free, book, pk, now)]
    settled()
    for pk in done:
        if book.newest_marks[pk] > now - SHOWN:
            _came_through(_drawn, book, pk, now)
    return len(done)


def _dirty(limit: int) -> list[int]:
    marked = DirtyHour.objects.order_by().values_list("station", flat=True)
    return list(marked.distinct()[:limit])


@dataclass(frozen=True, slots=True)
class _Book:
    """What the register says of the stations of a round.

    It is read before the stations are locked. What people decided about the past meanwhile
    (`decided`) is not in it, and must not be undone by it.
    """

    setups: dict[int, StationSetup]
    rules: RuleBook
    decided: dict[int, int] = field(default_factory=dict)
    newest_marks: dict[int, datetime] = field(default_factory=dict)

    @classmethod
    def of(cls, station_ids: Sequence[int]) -> _Book:
        decided = _decided(station_ids)
        return cls(setups_of(station_ids), RuleBook.load(station_ids), decided)

    @transaction.atomic
    def settled(self, setup: StationSetup, rules: RuleBook, now: datetime) -> bool:
        """Take a station's marks and bring everything that hangs on them up to `now`."""
        lock_stations([setup.station_id])
        self._settle(setup, rules, take_marks(setup.station_id), now)
        return True

    @transaction.atomic
    def settled_if_free(self, setup: StationSetup, rules: RuleBook, now: datetime) -> bool:
        """Settle a station that nobody holds and that still has marks; note the newest of them."""
        if not try_lock_station(setup.station_id):
            return False
        marks = take_marks(setup.station_id)
        if not marks.hours:
            return False
        self.newest_marks[setup.station_id] = max(marks.hours)
        self._settle(setup, rules, marks, now)
        return True

    def _settle(self, setup: StationSetup, rules: RuleBook, marks: Marks, now: datetime) -> None:
        """By the register as it stands under the station's lock."""
        pk = setup.station_id
        if _decided([pk]).get(pk) != self.decided.get(pk):
            setup, rules = setups_of([pk])[pk], RuleBook.load([pk])
        _settle(setup, rules, marks, now)


def _decided(station_ids: Sequence[int]) -> dict[int, int]:
    """How many corrections were done and stops decided of stations, for those that have any."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT station_id, sum(many)::int FROM"
            " (SELECT station_id, count(done_at) AS many FROM monitoring_correction"
            "  WHERE station_id = ANY(%s) GROUP BY station_id UNION ALL"
            "  SELECT station_id, count(decided_at) + count(cancelled_at)"
            "  + count(ended_early_at) FROM alerts_maintenance"
            "  WHERE station_id = ANY(%s) AND what = %s GROUP BY station_id) AS found"
            " GROUP BY station_id",
            [list(station_ids), list(station_ids), Maintenance.What.STOP],
        )
        return dict(cursor.fetchall())


Step = Callable[[StationSetup, RuleBook, datetime], bool]


def _came_through(step: Step, book: _Book, station_id: int, now: datetime) -> bool:
    try:
        return step(book.setups[station_id], book.rules, now)
    except (OperationalError, InterfaceError):
        raise  # the database is away: nobody can be settled
    except Exception:  # whatever it is, the other stations must not wait for it
        logger.exception("Station %s cannot be settled", station_id)
        return False


@transaction.atomic
def settle_station(setup: StationSetup, rules: RuleBook, now: datetime) -> bool:
    """Take a station's marks and bring everything that hangs on them up to `now`."""
    lock_stations([setup.station_id])
    _settle(setup, rules, take_marks(setup.station_id), now)
    return True


def _settle(setup: StationSetup, rules: RuleBook, marks: Marks, now: datetime) -> None:
    if marks.hours:
        total_days(setup, average(setup, marks.hours, rules))
    looked_at = _day_running_when_last_settled(setup.station_id)
    judged = judge_station(setup, marks, rules, now=now)
    warn_station(setup, marks, rules, now=now)
    keep_in_step(setup, marks.hours, judged, now=now)
    watch_statuses(setup, marks, now=now)
    watch_values(setup, marks, rules, now=now)
    watch_changes(setup, marks, rules, looked_at=looked_at, now=now)
    hours = {each.start for each in judged if each.period == "hour" and each.mean.n}
    draw_hours(setup, hours.union(marks.hours), rules)


def _day_running_when_last_settled(station_id: int) -> datetime | None:
    """Its begin: where the frontiers of days stand; None for a station never settled."""
    frontiers = Frontier.objects.filter(station=station_id, period="day")
    until: datetime | None = frontiers.aggregate(until=Max("until"))["until"]
    return until


@transaction.atomic
def _drawn(setup: StationSetup, rules: RuleBook, now: datetime) -> bool:
    lock_stations([setup.station_id])
    draw(setup, rules, now=now)
    return True


def redraw(station_ids: Iterable[int], *, now: datetime) -> None:
    """Draw stations anew whose readings did not change but whose state did.

    One that cannot be drawn holds up neither the others nor the alert that asked for it.
    """
    heard = list(Link.objects.filter(pk__in=list(station_ids)).values_list("pk", flat=True))
    book = _Book.of(heard)
    for pk in heard:
        _came_through(_drawn, book, pk, now)


def redraw_known(setup: StationSetup, rules: RuleBook, *, now: datetime) -> None:
    """Draw a station anew with what has been loaded already; one never heard has no drawing."""
    if Link.objects.filter(pk=setup.station_id).exists():
        _came_through(_drawn, _Book({setup.station_id: setup}, rules), setup.station_id, now)


def redraw_stale(*, now: datetime, limit: int = STATIONS_A_ROUND) -> int:
    """Draw the stations whose drawing is old, or was lost between verdict and page."""
    drawn = StationState.objects.filter(station=OuterRef("station"))
    young = drawn.filter(drawn_at__gt=now - STALE_AFTER)
    lost = Q(last_received_at__lt=now - AT_REST) & Exists(
        drawn.filter(drawn_at__lt=OuterRef("last_received_at"))
    )
    links = Link.objects.filter(~Exists(young) | lost).order_by("?")  # none stands first for ever
    stale = list(links.values_list("pk", flat=True)[:limit])
    redraw(stale, now=now)
    return len(stale)
