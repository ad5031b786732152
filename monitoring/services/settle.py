"""One station brought up to date: its marked hours averaged, judged, warned of, and drawn."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import InterfaceError, OperationalError, transaction

from monitoring.models import DirtyHour, Frontier, Link
from monitoring.services.average import average
from monitoring.services.faults import watch_statuses
from monitoring.services.judge import judge_station
from monitoring.services.locks import lock_stations
from monitoring.services.marks import take_marks
from monitoring.services.setup import StationSetup, setups_of
from monitoring.services.state import draw, draw_hours
from monitoring.services.warnings import warn_station
from stations.services.limits import RuleBook

logger = logging.getLogger(__name__)

STATIONS_A_ROUND = 50


def settle_dirty(*, now: datetime, limit: int = STATIONS_A_ROUND) -> int:
    """Bring the stations with marked hours up to date; how many there were."""
    dirty = DirtyHour.objects.order_by().values_list("station", flat=True).distinct()[:limit]
    return settle_stations(list(dirty), now=now)


def settle_due(*, now: datetime, limit: int = STATIONS_A_ROUND) -> int:
    """Judge the stations that have a period come due by the clock; how many there were."""
    due = Frontier.objects.filter(next_due__lte=now).order_by().values_list("station", flat=True)
    return settle_stations(list(due.distinct()[:limit]), now=now)


def settle_stations(station_ids: Sequence[int], *, now: datetime) -> int:
    """Bring these stations up to date, each in a transaction of its own; how many came through.

    One that cannot be settled keeps its marks for the next time and holds up no other.
    """
    if not station_ids:
        return 0
    setups = setups_of(station_ids)
    rules = RuleBook.load(station_ids)
    return sum(_settled(setups[pk], rules, now) for pk in sorted(station_ids))


def _settled(setup: StationSetup, rules: RuleBook, now: datetime) -> bool:
    try:
        settle_station(setup, rules, now=now)
    except (OperationalError, InterfaceError):
        raise  # the database is away: nobody can be settled
    except Exception:  # whatever it is, the other stations must not wait for it
        logger.exception("Station %s cannot be settled", setup.station_id)
        return False
    return True


@transaction.atomic
def settle_station(setup: StationSetup, rules: RuleBook, *, now: datetime) -> None:
    """Take a station's marks and bring everything that hangs on them up to `now`."""
    lock_stations([setup.station_id])
    marks = take_marks(setup.station_id)
    if marks.hours:
        average(setup, marks.hours, rules)
    judged = judge_station(setup, marks, rules, now=now)
    warn_station(setup, marks, rules, now=now)
    watch_statuses(setup, marks, now=now)
    hours = {each.start for each in judged if each.period == "hour" and each.mean.n}
    draw_hours(setup, hours.union(marks.hours), rules)
    draw(setup, rules, now=now)


def redraw(station_ids: Iterable[int], *, now: datetime) -> None:
    """Draw stations anew whose readings did not change but whose state did."""
    ids = list(station_ids)
    rules = RuleBook.load(ids)
    for setup in setups_of(ids).values():
        with transaction.atomic():
            lock_stations([setup.station_id])
            if Link.objects.filter(station=setup.station_id).exists():
                draw(setup, rules, now=now)
