from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from monitoring.domain.averaging import Mean
from monitoring.domain.judging import EXCEEDED, NOT_ENOUGH_DATA, judge
from monitoring.domain.long_periods import capture_needed, hours8_mean, hours8_start, year_mean

CAPTURE = Decimal("0.75")


def mean(value, n=12, expected=12):
    return Mean(Fraction(value) * n, n, expected)


def test_eight_hours_are_a_mean_of_hour_means():
    full, sparse = mean(10), mean(40, n=9)
    found = hours8_mean([full] * 7 + [sparse], CAPTURE)
    assert found == Mean(Fraction(110), 8, 8)


def test_an_hour_below_the_minimum_capture_does_not_count():
    found = hours8_mean([mean(10)] * 7 + [mean(1000, n=8)], CAPTURE)
    assert (found.value, found.n, found.capture) == (10, 7, Fraction(7, 8))


@pytest.mark.parametrize(("hours", "verdict"), [(6, EXCEEDED), (5, NOT_ENOUGH_DATA)])
@pytest.mark.parametrize("min_capture", [Decimal("0.5"), Decimal("0.75"), Decimal("0.9")])
def test_six_valid_hours_are_needed_whatever_the_limits_capture(hours, verdict, min_capture):
    found = hours8_mean([mean(10)] * hours, min_capture)
    needed = capture_needed("hours8", min_capture)
    assert judge(found, maximum=Decimal(9), minimum=None, min_capture=needed).verdict == verdict


def test_eight_hours_end_at_a_full_hour():
    assert hours8_start(datetime(2024, 5, 21, 3, tzinfo=UTC)) == datetime(
        2024, 5, 20, 19, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("year", "days", "verdict"),
    [
        (2023, 274, EXCEEDED),
        (2023, 273, NOT_ENOUGH_DATA),
        (2024, 275, EXCEEDED),
        (2024, 274, NOT_ENOUGH_DATA),
    ],
)
def test_a_year_needs_three_quarters_of_its_own_days(year, days, verdict):
    found = year_mean([mean(10, 288, 288)] * days, CAPTURE, year=year)
    needed = capture_needed("year", CAPTURE)
    assert judge(found, maximum=Decimal(9), minimum=None, min_capture=needed).verdict == verdict


def test_a_day_below_the_minimum_capture_is_no_day_of_the_year():
    found = year_mean([mean(10, 216, 288), mean(99, 215, 288)], CAPTURE, year=2024)
    assert found == Mean(Fraction(10), 1, 366)


@pytest.mark.parametrize("period", ["hour", "day"])
def test_hour_and_day_need_the_capture_of_their_limit(period):
    assert capture_needed(period, Decimal("0.9")) == Decimal("0.9")
