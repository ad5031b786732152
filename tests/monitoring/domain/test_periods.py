"""Where periods start and end, and which hold an hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitoring.domain.periods import (
    LONG,
    SHORT,
    end_of,
    first_ending_after,
    next_start,
    starts_between,
    starts_holding,
)

HOUR = timedelta(hours=1)
NOON = datetime(2024, 5, 21, 5, tzinfo=UTC)
MIDNIGHT = datetime(2024, 5, 20, 17, tzinfo=UTC)
"""Both in Vietnam."""

NEW_YEAR = datetime(2023, 12, 31, 17, tzinfo=UTC)
NEXT_YEAR = datetime(2024, 12, 31, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        ("hour", NOON, NOON + HOUR),
        ("hours8", NOON, NOON + 8 * HOUR),
        ("day", MIDNIGHT, MIDNIGHT + 24 * HOUR),
        ("year", NEW_YEAR, NEXT_YEAR),
        ("year", NEXT_YEAR, datetime(2025, 12, 31, 17, tzinfo=UTC)),
    ],
)
def test_a_period_ends(period: str, start: datetime, end: datetime) -> None:
    assert end_of(period, start) == end


@pytest.mark.parametrize(
    ("period", "starts"),
    [
        ("hour", [NOON]),
        ("hours8", [NOON - back * HOUR for back in range(7, -1, -1)]),
        ("day", [MIDNIGHT]),
        ("year", [NEW_YEAR]),
    ],
)
def test_periods_that_hold_an_hour(period: str, starts: list[datetime]) -> None:
    assert list(starts_holding(period, NOON)) == starts


@pytest.mark.parametrize("period", [*SHORT, *LONG])
@pytest.mark.parametrize(
    "moment", [NOON, NOON + 59 * timedelta(minutes=1), MIDNIGHT, NEW_YEAR, NEXT_YEAR - HOUR]
)
def test_the_first_that_is_not_over_ends_later_and_the_one_before_does_not(
    period: str, moment: datetime
) -> None:
    first = first_ending_after(period, moment)
    assert end_of(period, first) > moment
    before = [
        start
        for start in starts_between(period, first - timedelta(days=800), first)
        if next_start(period, start) == first
    ]
    assert len(before) == 1
    assert end_of(period, before[0]) <= moment


@pytest.mark.parametrize("period", [*SHORT, *LONG])
def test_between_counts_its_first_and_not_its_end(period: str) -> None:
    first = first_ending_after(period, NOON)
    second = next_start(period, first)
    third = next_start(period, second)
    assert list(starts_between(period, first, third)) == [first, second]
    assert list(starts_between(period, first + HOUR / 60, third)) == [second]
    assert list(starts_between(period, first, third + HOUR / 60)) == [first, second, third]
    assert list(starts_between(period, third, first)) == []


@pytest.mark.parametrize("period", [*SHORT, *LONG])
def test_whatever_holds_an_hour_starts_no_later_and_ends_after_it(period: str) -> None:
    around = starts_between(period, NOON - timedelta(days=800), NOON + timedelta(days=2))
    holding = [start for start in around if start <= NOON < end_of(period, start)]
    assert holding == list(starts_holding(period, NOON))
