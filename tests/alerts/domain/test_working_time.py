"""Working time, by hand: an office from Monday to Friday, 7:30–11:30 and 13:30–17:00."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.domain.working_time import VIETNAM, Calendar, NobodyWorks, Office
from stations.domain.dated import Dated

WEEK = Office(
    frozenset({1, 2, 3, 4, 5}), ((time(7, 30), time(11, 30)), (time(13, 30), time(17, 0)))
)
OFF, WORKED = False, True
CALENDAR = Calendar(
    (Dated(WEEK),), {date(2024, 4, 29): OFF, date(2024, 4, 30): OFF, date(2024, 5, 4): WORKED}
)
HOUR = timedelta(hours=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


@pytest.mark.parametrize(
    ("start", "needed", "end"),
    [
        ("2024-05-21 08:00", 1 * HOUR, "2024-05-21 09:00"),
        ("2024-05-21 08:00", 3.5 * HOUR, "2024-05-21 11:30"),  # to the last minute of the morning
        ("2024-05-21 08:00", 4 * HOUR, "2024-05-21 14:00"),  # over noon
        ("2024-05-21 12:00", 1 * HOUR, "2024-05-21 14:30"),  # begun at noon
        ("2024-05-21 02:00", 1 * HOUR, "2024-05-21 08:30"),  # begun at night
        ("2024-05-24 16:00", 2 * HOUR, "2024-05-27 08:30"),  # Friday to Monday
        ("2024-05-25 10:00", 7.5 * HOUR, "2024-05-27 17:00"),  # a whole day after a Saturday
        ("2024-04-26 16:00", 2 * HOUR, "2024-05-01 08:30"),  # over two days off
        ("2024-05-03 16:00", 2 * HOUR, "2024-05-04 08:30"),  # a Saturday that is worked
        ("2024-05-21 02:00", 0 * HOUR, "2024-05-21 02:00"),  # nothing is due at once
    ],
)
def test_a_deadline_counts_working_hours_alone(start, needed, end):
    assert CALENDAR.after(at(start), needed) == at(end)


@pytest.mark.parametrize(
    ("end", "needed", "start"),
    [
        ("2024-05-21 09:00", 1 * HOUR, "2024-05-21 08:00"),
        ("2024-05-21 14:00", 4 * HOUR, "2024-05-21 08:00"),
        ("2024-05-27 08:30", 2 * HOUR, "2024-05-24 16:00"),
    ],
)
def test_a_reminder_looks_back_over_working_hours(end, needed, start):
    assert CALENDAR.before(at(end), needed) == at(start)
    assert CALENDAR.after(at(end), -needed) == at(start)


def test_a_day_off_and_a_swapped_day():
    assert not CALENDAR.works_on(date(2024, 4, 29))
    assert CALENDAR.works_on(date(2024, 5, 4))
    assert not CALENDAR.works_on(date(2024, 5, 5))
    assert CALENDAR.hours_of(date(2024, 4, 29)) == ()


def test_hours_that_change_hold_from_their_day():
    summer = Office(frozenset({1, 2, 3, 4, 5}), ((time(7, 0), time(15, 0)),))
    changed = Calendar((Dated(WEEK, until=date(2024, 5, 31)), Dated(summer, date(2024, 6, 1))))
    assert changed.after(at("2024-05-31 16:30"), HOUR) == at("2024-06-03 07:30")


def test_where_nobody_works_there_is_no_deadline():
    with pytest.raises(NobodyWorks):
        Calendar(()).after(at("2024-05-21 08:00"), HOUR)


def test_halves_must_not_overlap():
    with pytest.raises(ValueError, match="overlap"):
        Office(frozenset({1}), ((time(7), time(12)), (time(11), time(17))))


MOMENTS = st.datetimes(datetime(2024, 4, 1), datetime(2024, 6, 30)).map(
    lambda naive: naive.replace(tzinfo=VIETNAM)
)


@given(MOMENTS, st.timedeltas(timedelta(minutes=1), timedelta(hours=60)))
def test_what_a_deadline_gives_is_what_lies_before_it(start, needed):
    end = CALENDAR.after(start, needed)
    assert CALENDAR.between(start, end) == needed


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(hours=9)), st.timedeltas(timedelta(0)))
def test_more_time_is_never_sooner(start, one, more):
    more = min(more, timedelta(hours=100))
    assert CALENDAR.after(start, one) <= CALENDAR.after(start, one + more)
