from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.domain.averaging import Mean
from monitoring.domain.judging import is_above
from monitoring.domain.warning import (
    OVER,
    TENDENCY,
    EarlyWarning,
    hours_to_watch,
    limits_for_hour,
    rest_of_day,
    valid_hours_of,
    warn,
)
from stations.domain.limits import PermitLimit, StationInputs, limits_on

DAY = datetime(2024, 5, 21).date()


def number(text):
    return None if text is None else Decimal(text)


def mean(value, n=12, expected=12):
    return Mean(Fraction(Decimal(value)) * n, n, expected)


def level(value, maximum=None, minimum=None):
    warning = warn(mean(value), period="hour", maximum=number(maximum), minimum=number(minimum))
    return warning and warning.level


@pytest.mark.parametrize(
    ("maximum", "minimum", "value", "expected"),
    [
        ("50", None, "39.99", None),
        ("50", None, "40", TENDENCY),
        ("50", None, "50", TENDENCY),
        ("50", None, "50.01", OVER),
        (None, "6", "7.51", None),
        (None, "6", "7.5", TENDENCY),
        (None, "6", "6", TENDENCY),
        (None, "6", "5.99", OVER),
        (None, "6", "0", OVER),
        (None, "6", "-1", OVER),
        ("9", "6", "8.99", None),
        ("9", "6", "9", None),
        ("9", "6", "9.01", OVER),
        ("9", "6", "5.99", OVER),
        ("0", None, "0", None),
        ("0", None, "0.01", OVER),
    ],
)
def test_the_level_of_a_warning(maximum, minimum, value, expected):
    assert level(value, maximum, minimum) == expected


@pytest.mark.parametrize(("n", "speaks"), [(9, True), (8, False), (0, False)])
def test_an_hour_speaks_from_three_quarters_of_its_slots(n, speaks):
    warning = warn(mean("60", n), period="hour", maximum=Decimal(50), minimum=None)
    assert (warning is not None) == speaks


@pytest.mark.parametrize(("hours", "speaks"), [(3, True), (2, False)])
def test_a_day_speaks_from_three_valid_hours(hours, speaks):
    so_far = mean("60", 36, 288)
    warning = warn(so_far, period="day", maximum=Decimal(50), minimum=None, valid_hours=hours)
    assert (warning is not None) == speaks


def test_a_warning_tells_value_and_ratio():
    warning = warn(mean("60"), period="hour", maximum=Decimal(50), minimum=None)
    assert warning == EarlyWarning(OVER, "hour", Fraction(60), Fraction(6, 5), None)


def test_a_warning_of_a_range_tells_the_distance():
    warning = warn(mean("9.5"), period="hour", maximum=Decimal(9), minimum=Decimal(6))
    assert (warning.ratio, warning.distance) == (None, Fraction(1, 2))


def test_an_hour_is_valid_at_the_minimum_capture():
    hours = [mean("1", 9), mean("1", 8), mean("1", 12), mean("1", 0)]
    assert valid_hours_of(hours, Decimal("0.75")) == 2


def test_the_running_hour_and_the_one_before_it_are_watched():
    now = datetime(2024, 5, 21, 0, 0, tzinfo=UTC)
    assert hours_to_watch(now) == (
        datetime(2024, 5, 20, 23, tzinfo=UTC),
        datetime(2024, 5, 21, 0, tzinfo=UTC),
    )


def limits(*periods):
    return limits_on(
        "CO",
        station=StationInputs(),
        editions={},
        permits=[PermitLimit(period, Decimal(1)) for period in periods],
        on=DAY,
    )


@pytest.mark.parametrize(
    ("periods", "watched"),
    [
        (["hour", "day"], ["hour"]),
        (["day", "year"], ["day"]),
        (["hours8", "year"], []),
    ],
)
def test_an_hour_is_held_against_the_days_limit_where_it_has_none(periods, watched):
    assert [limit.period for limit in limits_for_hour(limits(*periods))] == watched


def rest(value, n, *, passed=None, maximum="50", minimum=None, expected=24, negative=False):
    return rest_of_day(
        mean(value, n, expected),
        maximum=number(maximum),
        minimum=number(minimum),
        expected_slots=expected,
        filled_or_missed=n if passed is None else passed,
        can_be_negative=negative,
    )


def test_what_the_rest_of_the_day_must_average():
    told = rest("60", 12)
    assert (told.slots_left, told.at_most, told.at_least, told.certain) == (12, 40, None, False)


def test_missed_slots_make_the_day_smaller():
    told = rest("60", 8, passed=16)
    assert (told.slots_left, told.at_most) == (8, 40)


def test_nothing_is_left_of_a_day_that_is_over():
    assert (rest("60", 24).at_most, rest("60", 20, passed=24).slots_left) == (None, 0)


def test_a_minimum_says_at_least():
    assert rest("4", 12, maximum=None, minimum="6").at_least == 8


@pytest.mark.parametrize(("value", "certain"), [("100", False), ("100.01", True)])
def test_certain_is_above_even_with_zeros_to_come(value, certain):
    assert rest(value, 12).certain == certain


def test_below_zero_is_out_of_reach_but_certain_only_when_late_data_cannot_help():
    told = rest("90", 12, passed=20)
    assert told.at_most < 0
    assert not told.certain


def test_what_can_be_negative_is_never_certain():
    assert not rest("1000", 12, negative=True).certain


def test_the_advice_is_rounded_to_the_safe_side():
    told = rest("60", 11)
    assert (told.at_most_shown(1), told.at_least_shown(1)) == (Decimal("41.5"), None)
    assert rest("4", 11, maximum=None, minimum="6").at_least_shown(1) == Decimal("7.7")


sums = st.fractions(0, 5000, max_denominator=100)


@given(sums, st.integers(0, 23), st.integers(0, 5), st.decimals(0, 100, places=2))
def test_keeping_to_the_advice_ends_within_and_a_little_more_does_not(total, n, missed, maximum):
    passed = min(n + missed, 23)
    told = rest_of_day(
        Mean(total, n, 24),
        maximum=maximum,
        expected_slots=24,
        filled_or_missed=passed,
    )
    left = told.slots_left
    kept = Mean(total + told.at_most * left, n + left, 24)
    more = Mean(kept.total + Fraction(1, 10**9), n + left, 24)
    assert not is_above(kept, maximum)
    assert is_above(more, maximum)
    if told.certain:
        assert told.at_most < 0
