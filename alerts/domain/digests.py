"""Which digest is due when, and of which time it tells. Days and clocks are Vietnamese."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

from alerts.domain.working_time import Calendar

VIETNAM = timezone(timedelta(hours=7))
MORNING, WEEK, MONTH = "morning", "week", "month"
LEAVES_AT = time(7)
END_OF_OFFICE = time(17)
STILL_USEFUL = {
    MORNING: timedelta(hours=5),
    WEEK: timedelta(hours=36),
    MONTH: timedelta(hours=72),
}
"""A digest that could not be made in time is made within this; later nobody needs it."""


@dataclass(frozen=True, slots=True)
class Due:
    """A digest of [start, end) that leaves from `at` on."""

    sort: str
    start: datetime
    end: datetime
    at: datetime


def due_digests(now: datetime, calendar: Calendar) -> list[Due]:
    """The digests that may leave at this moment."""
    today = now.astimezone(VIETNAM).date()
    candidates = [_morning(today, calendar), _week(today), _month(today)]
    candidates += [_week(today - timedelta(days=1))]
    candidates += [_month(today - timedelta(days=back)) for back in (1, 2)]
    return [
        due
        for due in candidates
        if due is not None and due.at <= now < due.at + STILL_USEFUL[due.sort]
    ]


def _morning(day: date, calendar: Calendar) -> Due | None:
    """On a working day, of the time since the offices closed."""
    if not calendar.works_on(day):
        return None
    before = day - timedelta(days=1)
    for _back in range(30):
        if calendar.works_on(before):
            break
        before -= timedelta(days=1)
    leaves = _at(day, LEAVES_AT)
    return Due(MORNING, _at(before, END_OF_OFFICE), leaves, leaves)


def _week(day: date) -> Due | None:
    """On Monday, of the seven days before."""
    if day.weekday() != 0:
        return None
    return Due(
        WEEK, _at(day - timedelta(days=7), time.min), _at(day, time.min), _at(day, LEAVES_AT)
    )


def _month(day: date) -> Due | None:
    """On the first, of the month before."""
    if day.day != 1:
        return None
    first = (day - timedelta(days=1)).replace(day=1)
    return Due(MONTH, _at(first, time.min), _at(day, time.min), _at(day, LEAVES_AT))


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, VIETNAM)
