"""Which readings an exclusion leaves, which slots are still expected, until when one may ask."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from monitoring.domain.exclusions import (
    Excluded,
    Span,
    hours_of,
    is_over,
    last_day_to_ask,
    meets,
    month_span,
    months_of,
    next_month,
    stretches,
    union,
)

NOON = datetime(2024, 5, 21, 5, tzinfo=UTC)
"""Twelve o'clock in Vietnam."""
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def span(start: float, end: float) -> Span:
    return at(start), at(end)


@pytest.mark.parametrize(
    ("given", "joined"),
    [
        ([], []),
        ([(0, 10)], [(0, 10)]),
        ([(10, 20), (0, 5)], [(0, 5), (10, 20)]),
        ([(0, 10), (10, 20)], [(0, 20)]),
        ([(0, 30), (10, 20)], [(0, 30)]),
        ([(0, 10), (5, 20), (19, 25)], [(0, 25)]),
        ([(5, 5)], []),
    ],
    ids=["none", "one", "apart", "touching", "within", "a chain", "nothing in it"],
)
def test_spans_of_one_channel_are_a_union(
    given: list[tuple[int, int]], joined: list[tuple[int, int]]
) -> None:
    assert union(span(*each) for each in given) == tuple(span(*each) for each in joined)


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [(-5, 0, False), (-5, 0.1, True), (3, 4, True), (10, 20, False), (9, 30, True), (20, 30, True),
     (19, 20, False), (40, 50, False), (-9, 90, True)],
)  # fmt: skip
def test_a_moment_of_either_span_is_met_and_none_between_them(
    start: float, end: float, found: bool
) -> None:
    assert meets(union([span(0, 10), span(20, 40)]), at(start), at(end)) is found


@pytest.mark.parametrize(
    ("second", "stays"),
    [(NOON - SECOND, True), (NOON, False), (at(10) - SECOND, False), (at(10), True)],
    ids=["before", "its first second", "its last second", "its end"],
)
def test_a_reading_stays_unless_its_second_is_excluded(second: datetime, stays: bool) -> None:
    excluded = Excluded.of([(*span(0, 10), False)])
    assert bool(excluded.without([(second, 1.0, "00")])) is stays


def slots(*minutes: int) -> set[datetime]:
    return {at(minute) for minute in minutes}


@pytest.mark.parametrize(
    ("stop", "filled", "left_out"),
    [
        ((0, 60), slots(), 12),
        ((10, 20), slots(0, 5, 20), 2),
        ((7, 20), slots(0, 5, 20), 2),
        ((7, 20), slots(0, 20), 3),
        ((-60, 0), slots(), 0),
        ((60, 90), slots(), 0),
    ],
    ids=[
        "the whole hour",
        "two slots",
        "a slot that begins before keeps its reading",
        "a slot that begins before and lost its reading",
        "the hour before",
        "the hour after",
    ],
)
def test_a_stop_leaves_out_the_slots_that_it_empties(
    stop: tuple[int, int], filled: set[datetime], left_out: int
) -> None:
    excluded = Excluded.of([(*span(*stop), True)])
    assert excluded.not_expected(NOON, 5, filled) == left_out


def test_another_reason_leaves_every_slot_expected() -> None:
    assert Excluded.of([(*span(0, 60), False)]).not_expected(NOON, 5, set()) == 0


def test_a_stop_beside_another_reason_leaves_out_its_own_slots_only() -> None:
    excluded = Excluded.of([(*span(0, 60), False), (*span(30, 40), True)])
    assert excluded.not_expected(NOON, 5, set()) == 2


def test_a_slot_longer_than_an_hour_is_left_out_in_the_hour_where_it_begins() -> None:
    excluded = Excluded.of([(at(60), at(120), True)])
    assert excluded.not_expected(NOON, 120, set()) == 1
    assert excluded.not_expected(at(60), 120, set()) == 0


def test_spans_are_widened_to_the_hours_that_they_touch() -> None:
    assert stretches([span(10, 20), span(59, 61)]) == (span(0, 120),)
    assert stretches([span(0, 60)]) == (span(0, 60),)


@pytest.mark.parametrize(("end", "hours"), [(60, 1), (61, 2), (1, 1)])
def test_the_hours_of_a_span(end: int, hours: int) -> None:
    assert hours_of(span(0, end)) == [NOON + HOUR * n for n in range(hours)]


MIDNIGHT = datetime(2024, 5, 21, 17, tzinfo=UTC)
"""22/5/2024 00:00 in Vietnam."""


@pytest.mark.parametrize(
    ("end", "last"),
    [
        (MIDNIGHT - HOUR, date(2024, 5, 31)),
        (MIDNIGHT, date(2024, 5, 31)),
        (MIDNIGHT + SECOND, date(2024, 6, 1)),
    ],
    ids=["in the day", "at its end", "a second later"],
)
def test_days_to_ask_are_counted_from_the_day_that_the_span_ended(
    end: datetime, last: date
) -> None:
    assert last_day_to_ask(end, 10) == last


def test_months_are_vietnamese() -> None:
    start, end = month_span(date(2024, 2, 1))
    assert (start, end) == (
        datetime(2024, 1, 31, 17, tzinfo=UTC),
        datetime(2024, 2, 29, 17, tzinfo=UTC),
    )
    assert months_of(end - SECOND, end + SECOND) == [date(2024, 2, 1), date(2024, 3, 1)]
    assert months_of(start, end) == [date(2024, 2, 1)]
    assert next_month(date(2024, 12, 1)) == date(2025, 1, 1)


def test_a_month_is_over_with_its_last_moment() -> None:
    end = month_span(date(2024, 2, 1))[1]
    assert is_over(date(2024, 2, 1), end)
    assert not is_over(date(2024, 2, 1), end - SECOND)
