"""Which digest is due when, and of which time it tells."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from alerts.domain.digests import VIETNAM, due_digests
from alerts.services.deadlines import load_calendar

pytestmark = pytest.mark.django_db


def at(day: int, clock: str = "07:00", month: int = 5) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return datetime(2024, month, day, hour, minute, tzinfo=VIETNAM)


def sorts(now: datetime) -> set[str]:
    return {due.sort for due in due_digests(now, load_calendar())}


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (at(22, "06:59"), set()),
        (at(22), {"morning"}),  # a Wednesday
        (at(22, "11:59"), {"morning"}),
        (at(22, "12:00"), set()),
        (at(20), {"morning", "week"}),  # a Monday
        (at(20, "18:00"), {"week"}),
        (at(21, "18:59"), {"week"}),
        (at(21, "19:00"), set()),
        (at(25), set()),  # a Saturday
        (at(1), {"month"}),  # Labour Day: nobody works
        (at(2), {"morning", "month"}),
        (at(4, "08:00"), {"morning"}),  # a Saturday that was swapped for a Monday
    ],
)
def test_when_a_digest_may_leave(now: datetime, due: set[str]) -> None:
    assert sorts(now) == due


def test_a_morning_tells_of_the_time_since_the_offices_closed() -> None:
    calendar = load_calendar()
    (wednesday,) = due_digests(at(22), calendar)
    assert (wednesday.start, wednesday.end) == (at(21, "17:00"), at(22))
    monday = next(due for due in due_digests(at(20), calendar) if due.sort == "morning")
    assert monday.start == at(17, "17:00")


def test_a_week_and_a_month_are_whole() -> None:
    calendar = load_calendar()
    week = next(due for due in due_digests(at(20), calendar) if due.sort == "week")
    assert (week.start, week.end) == (at(13, "00:00"), at(20, "00:00"))
    month = next(due for due in due_digests(at(3, month=6), calendar) if due.sort == "month")
    assert (month.start.date(), month.end.date()) == (date(2024, 5, 1), date(2024, 6, 1))
    assert month.end - month.start == timedelta(days=31)
