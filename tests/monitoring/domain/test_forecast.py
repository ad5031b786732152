"""Forecasts of a running day, by hand and by property."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.domain.forecast import (
    PAST_DAYS,
    PLAIN,
    Range,
    forecast,
    interval_score,
    like_past_days,
    plain,
    quantile,
    rest_beside,
)


def flat(value: float, hours: range = range(24)) -> dict[int, float]:
    return dict.fromkeys(hours, value)


def rising(low: float, high: float) -> dict[int, float]:
    """Low until noon, high after it."""
    return {hour: low if hour < 12 else high for hour in range(24)}


def test_the_plain_range_lies_between_the_extremes_of_the_last_24_hours():
    today = flat(60, range(12))
    assert plain(today, rising(20, 100), 12) == Range(
        low=(12 * 60 + 12 * 60) / 24, middle=60, high=(12 * 60 + 12 * 100) / 24
    )


def test_hours_that_are_missing_so_far_do_not_count():
    today = {0: 50.0, 11: 70.0}
    found = plain(today, {}, 12)
    assert found is not None
    assert found.middle == pytest.approx((50 + 70 + 12 * 60) / 14)


def test_the_rest_of_past_days_is_added_to_today():
    today = flat(30, range(12))
    found = like_past_days(today, 12, [10.0] * 10)
    assert found == Range(35, 35, 35)


def test_nine_past_days_are_too_few_and_ten_are_enough():
    today = flat(30, range(12))
    assert like_past_days(today, 12, [1.0] * 9) is None
    assert like_past_days(today, 12, [1.0] * 10) is not None


def test_before_the_first_hour_and_after_the_last_nothing_is_foretold():
    assert forecast({}, flat(1), []) is None
    assert forecast(flat(1), flat(1), []) is None


def test_days_with_a_pattern_are_foretold_by_past_days():
    """Every afternoon is 40 above its morning: plain arithmetic misses it, past days do not."""
    past = [(rising(20 + day, 60 + day), rising(21 + day, 61 + day)) for day in range(25)]
    told = forecast(flat(25, range(12)), rising(20, 60), past)
    assert told is not None
    assert told.way == PAST_DAYS
    assert told.range.middle == pytest.approx(45)
    assert told.past_days is not None
    assert told.plain is not None
    assert told.past_days.interval < told.plain.interval
    assert told.past_days.days == told.plain.days


def test_without_past_days_plain_arithmetic_is_used():
    told = forecast(flat(25, range(6)), flat(30), [])
    assert told is not None
    assert (told.way, told.plain, told.past_days) == (PLAIN, None, None)


def test_past_days_that_do_worse_are_not_used():
    """Afternoons jump up and down at random in the past, but steadily within the last day."""
    jumps = [0, 90, -20, 70, 5, 95, -30, 60, 0, 80] * 3
    past = [(rising(50, 50 + jump), rising(50, 50 + jump)) for jump in jumps]
    told = forecast(flat(50, range(12)), flat(50), past)
    assert told is not None
    assert told.way == PLAIN


@pytest.mark.parametrize(
    ("came", "score"), [(5, 10.0), (0, 10.0), (10, 10.0), (11, 20.0), (-2, 30.0)]
)
def test_what_lies_outside_a_range_costs_ten_times(came, score):
    assert interval_score(Range(0, 5, 10), came) == pytest.approx(score)


def test_a_quantile_lies_between_its_neighbours():
    assert quantile([0, 10, 20], 0.5) == 10
    assert quantile([0, 10], 0.1) == pytest.approx(1)


def test_the_rest_of_a_day_without_one_is_unknown():
    assert rest_beside(flat(5, range(12)), 12) is None
    assert rest_beside(rising(1, 4), 12) == 3


VALUES = st.floats(0, 500)
DAYS = st.dictionaries(st.integers(0, 23), VALUES, max_size=24)


@given(DAYS, DAYS, st.lists(st.tuples(DAYS, DAYS), max_size=15))
def test_a_range_is_in_order_and_holds_its_middle(today, before, past):
    told = forecast(today, before, past)
    if told is not None:
        slack = 1e-6
        assert told.range.low <= told.range.middle + slack
        assert told.range.middle <= told.range.high + slack
