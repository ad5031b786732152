from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stations.domain.dated import Dated, close_earlier, days_of_change, in_force, overlaps

A = Dated("A", date(2024, 1, 1), date(2024, 5, 31))
B = Dated("B", date(2024, 6, 1))


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2023, 12, 31), None),
        (date(2024, 1, 1), "A"),
        (date(2024, 5, 31), "A"),
        (date(2024, 6, 1), "B"),
        (date(2099, 1, 1), "B"),
    ],
)
def test_both_dates_are_inclusive(on, expected):
    assert in_force([A, B], on) == expected


def test_an_open_beginning_holds_since_ever():
    assert in_force([Dated(7, None, date(2024, 1, 1))], date(1900, 1, 1)) == 7


def test_nothing_is_in_force_where_nothing_is_known():
    assert in_force([], date(2024, 1, 1)) is None


def test_a_later_beginning_ends_the_earlier_the_day_before():
    closed = close_earlier([Dated("new", date(2024, 6, 1)), Dated("old")])
    assert closed == (
        Dated("old", None, date(2024, 5, 31)),
        Dated("new", date(2024, 6, 1)),
    )


def test_an_earlier_end_of_its_own_is_kept():
    early = Dated("old", None, date(2024, 2, 1))
    assert close_earlier([early, Dated("new", date(2024, 6, 1))])[0] == early


def test_what_was_ended_does_not_come_back_when_the_later_one_ends():
    items = [Dated("old"), Dated("short", date(2024, 6, 1), date(2024, 6, 30))]
    assert in_force(items, date(2024, 7, 1)) is None


def test_two_that_begin_on_the_same_day_have_no_order():
    with pytest.raises(ValueError, match="same day"):
        close_earlier([Dated(1, date(2024, 1, 1)), Dated(2, date(2024, 1, 1))])


def test_two_without_a_beginning_have_no_order():
    with pytest.raises(ValueError, match="same day"):
        close_earlier([Dated(1), Dated(2)])


def test_an_end_before_the_beginning_is_refused():
    with pytest.raises(ValueError, match="before it begins"):
        Dated(1, date(2024, 1, 2), date(2024, 1, 1))


def test_one_day_is_a_span():
    assert Dated(1, date(2024, 1, 1), date(2024, 1, 1)).holds(date(2024, 1, 1))


def test_neighbours_do_not_overlap():
    assert overlaps([B, A]) == ()


def test_a_common_day_is_an_overlap():
    touching = Dated("B", date(2024, 5, 31))
    assert overlaps([touching, A]) == ((A, touching),)


def test_an_open_item_overlaps_what_comes_after_it():
    assert len(overlaps([Dated(1), B, Dated(3, date(2030, 1, 1))])) == 3


def test_days_of_change_are_beginnings_and_days_after_the_end():
    assert days_of_change([A]) == {date(2024, 1, 1), date(2024, 6, 1)}
    assert days_of_change([Dated(1)]) == set()


days = st.dates(date(2020, 1, 1), date(2020, 3, 1))
begins = st.lists(days, unique=True, max_size=6)


@given(begins, days)
def test_closing_leaves_no_overlap_and_changes_nothing_that_is_in_force(starts, on):
    items = [Dated(str(start), start) for start in starts]
    closed = close_earlier(items)
    assert overlaps(closed) == ()
    assert in_force(closed, on) == in_force(items, on)
    assert [item.value for item in closed if item.holds(on)] == (
        [str(max(start for start in starts if start <= on))]
        if any(start <= on for start in starts)
        else []
    )


@given(st.lists(st.tuples(days, st.integers(0, 20)), max_size=5, unique_by=lambda t: t[0]), days)
def test_the_order_in_which_items_are_given_cannot_matter(spans, on):
    items = [Dated(start, start, start + timedelta(days=length)) for start, length in spans]
    assert in_force(items, on) == in_force(items[::-1], on)
