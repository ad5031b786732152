from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.domain.slots import (
    VIETNAM,
    Pace,
    check_interval,
    day_of,
    day_start,
    expected_in_day,
    expected_in_hour,
    hour_of,
    hours_of_day,
    slot_start,
    slots_begun,
    stamps_of_hour,
)
from stations.domain.dated import Dated

DAY = date(2024, 5, 21)
INTERVALS = [m for m in range(1, 1441) if 1440 % m == 0 and (60 % m == 0 or m % 60 == 0)]


def vn(hour, minute=0, second=0, day=21):
    return datetime(2024, 5, day, hour, minute, second, tzinfo=VIETNAM)


@pytest.mark.parametrize("interval", INTERVALS)
def test_an_interval_that_cuts_evenly_is_taken(interval):
    assert check_interval(interval) == interval


@pytest.mark.parametrize("interval", [0, -5, 7, 25, 40, 45, 90, 96, 160, 300, 1441, 2880])
def test_an_interval_that_does_not_is_refused(interval):
    with pytest.raises(ValueError, match="even slots"):
        check_interval(interval)


@pytest.mark.parametrize(
    ("at", "closes", "starts"),
    [
        (vn(8, 35), False, vn(8, 35)),
        (vn(8, 39, 59), False, vn(8, 35)),
        (vn(8, 40), False, vn(8, 40)),
        (vn(0), False, vn(0)),
        (vn(8, 35), True, vn(8, 30)),
        (vn(8, 35, 1), True, vn(8, 35)),
        (vn(8, 40), True, vn(8, 35)),
        (vn(0), True, vn(23, 55, day=20)),
    ],
)
def test_the_slot_of_a_stamp(at, closes, starts):
    assert slot_start(at, interval=5, closes_window=closes) == starts


def test_a_slot_is_the_same_in_whatever_zone_its_stamp_is_written():
    elsewhere = vn(8, 37).astimezone(timezone(timedelta(hours=-3)))
    assert slot_start(elsewhere, interval=5) == vn(8, 35)
    assert slot_start(elsewhere, interval=5).tzinfo is UTC


@pytest.mark.parametrize(
    ("at", "closes", "day"),
    [
        (vn(0), False, DAY),
        (vn(23, 59, 59, day=20), False, date(2024, 5, 20)),
        (vn(0), True, date(2024, 5, 20)),
        (vn(0, 0, 1), True, DAY),
    ],
)
def test_midnight_belongs_to_the_day_it_names_unless_stamps_close_their_window(at, closes, day):
    assert day_of(at, closes_window=closes) == day


@pytest.mark.parametrize(
    ("interval", "at", "closes", "hour"),
    [
        (5, vn(9, 0), False, vn(9)),
        (5, vn(9, 0), True, vn(8)),
        (60, vn(9, 59), False, vn(9)),
        (120, vn(9, 30), False, vn(8)),
        (120, vn(10, 0), False, vn(10)),
        (120, vn(10, 0), True, vn(8)),
        (1440, vn(23, 59), False, vn(0)),
    ],
)
def test_a_reading_counts_in_the_hour_where_its_slot_begins(interval, at, closes, hour):
    assert hour_of(at, interval=interval, closes_window=closes) == hour


@pytest.mark.parametrize("interval", INTERVALS)
def test_the_hours_of_a_day_expect_what_the_day_expects(interval):
    hours = hours_of_day(DAY)
    assert len(hours) == 24
    assert sum(expected_in_hour(hour, interval) for hour in hours) == expected_in_day(interval)


def test_above_an_hour_only_hours_in_which_a_slot_begins_expect_one():
    expected = [expected_in_hour(hour, 480) for hour in hours_of_day(DAY)]
    assert [number for number, slots in enumerate(expected) if slots] == [0, 8, 16]


def test_a_vietnamese_day_begins_seven_hours_before_that_of_utc():
    assert day_start(DAY) == datetime(2024, 5, 20, 17, tzinfo=UTC)
    assert hours_of_day(DAY)[-1] == vn(23)


@pytest.mark.parametrize(
    ("now", "begun"),
    [
        (vn(23, 59, 59, day=20), 0),
        (vn(0), 1),
        (vn(0, 4, 59), 1),
        (vn(0, 5), 2),
        (vn(23, 55), 288),
        (vn(5, day=22), 288),
    ],
)
def test_slots_that_have_begun(now, begun):
    assert slots_begun(DAY, now, 5) == begun


def test_the_stamps_of_an_hour():
    assert stamps_of_hour(vn(8), interval=5) == (vn(8), vn(9))
    assert stamps_of_hour(vn(8), interval=5, closes_window=True) == (vn(8, 0, 1), vn(9, 0, 1))
    assert stamps_of_hour(vn(8), interval=120) == (vn(8), vn(10))
    assert stamps_of_hour(vn(9), interval=120) is None


stamps = st.datetimes(datetime(2024, 1, 1), datetime(2024, 2, 1), timezones=st.just(UTC)).map(
    lambda at: at.replace(microsecond=0)
)


@given(stamps, st.sampled_from(INTERVALS), st.booleans())
def test_a_stamp_is_among_the_stamps_of_its_hour(at, interval, closes):
    hour = hour_of(at, interval=interval, closes_window=closes)
    first, end = stamps_of_hour(hour, interval=interval, closes_window=closes)
    assert first <= at < end


@given(stamps, st.sampled_from(INTERVALS), st.booleans())
def test_hour_and_day_of_a_stamp_agree(at, interval, closes):
    hour = hour_of(at, interval=interval, closes_window=closes)
    assert hour in hours_of_day(day_of(at, closes_window=closes))


PACE = Pace(
    intervals=(Dated(5, None, date(2024, 5, 20)), Dated(120, DAY)),
    closing=(Dated(True, DAY),),
)


@pytest.mark.parametrize(
    ("at", "hour"),
    [
        (vn(23, 57, day=20), vn(23, day=20)),
        (vn(0), vn(23, day=20)),  # names the 21st, which closes; counts in the 20th, at 5 min
        (vn(0, 0, 1), vn(0)),
        (vn(1, 30), vn(0)),
        (vn(2), vn(0)),
    ],
)
def test_settings_change_at_midnight(at, hour):
    assert PACE.hour_of(at) == hour


def test_before_any_interval_there_is_no_hour():
    assert Pace(intervals=(Dated(5, DAY),)).hour_of(vn(12, day=20)) is None


def test_a_channel_s_own_interval_counts_on_its_days_alone() -> None:
    pace = Pace(intervals=(Dated(15, since=DAY),), otherwise=((Dated(5),),))
    assert pace.interval(DAY - timedelta(days=1)) == 5
    assert pace.interval(DAY) == 15
