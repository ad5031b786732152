from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.domain.silence import (
    Heard,
    allowance,
    heard,
    parameter_counts_as_silent,
    received_through,
    silence_of,
    silent_after,
    state_of,
)

AT = datetime(2024, 5, 21, 1, 35, tzinfo=UTC)


def minutes(number):
    return timedelta(minutes=number)


@pytest.mark.parametrize(("interval", "expected"), [(1, 20), (5, 20), (6, 23), (15, 50), (60, 185)])
def test_the_allowance(interval, expected):
    assert allowance(interval) == minutes(expected)


def test_silence_counts_from_the_last_reception():
    assert silent_after(AT, 5) == AT + minutes(20)


def test_a_newer_reading_moves_it():
    before = Heard(AT, AT - minutes(5))
    later = heard(before, received_at=AT + minutes(5), measured_at=AT)
    assert later == Heard(AT + minutes(5), AT)


@pytest.mark.parametrize("measured", [AT - minutes(5), AT - timedelta(days=3)])
def test_back_fill_and_repetition_move_nothing(measured):
    before = Heard(AT, AT - minutes(5))
    assert heard(before, received_at=AT + minutes(60), measured_at=measured) == before


moments = st.integers(0, 20).map(lambda m: AT + minutes(m))
deliveries = st.lists(st.tuples(moments, moments), min_size=1, max_size=8)


def told(known, delivery):
    return heard(known, received_at=delivery[0], measured_at=delivery[1])


@given(deliveries, st.randoms())
def test_the_order_of_processing_cannot_matter(received, random):
    shuffled = random.sample(received, len(received))
    assert reduce(told, received, None) == reduce(told, shuffled, None)


@given(deliveries)
def test_in_order_of_reception_it_is_the_last_that_brought_something_newer(received):
    newest, expected = None, None
    for at, measured in sorted(received):
        if newest is None or measured > newest:
            newest, expected = measured, Heard(at, measured)
    assert reduce(told, received, None) == expected


SILENCE = silence_of(Heard(AT, AT), 5)


@pytest.mark.parametrize(
    ("through", "state"),
    [
        (minutes(0), "speaking"),
        (minutes(20) - timedelta(seconds=1), "speaking"),
        (minutes(20), "gathering"),
        (minutes(23) - timedelta(seconds=1), "gathering"),
        (minutes(23), "silent"),
    ],
)
def test_the_alert_gathers_three_minutes(through, state):
    assert state_of(SILENCE, through=AT + through) == state


def test_its_moments():
    assert SILENCE.since == AT
    assert SILENCE.gathered_at == AT + minutes(23)
    assert SILENCE.mail_at == AT + minutes(60)
    assert SILENCE.notice_due_at == AT + timedelta(hours=12)


def test_a_slow_station_is_not_mailed_about_before_it_is_silent():
    slow = silence_of(Heard(AT, AT), 480)
    assert slow.mail_at == slow.gathered_at == AT + minutes(3 * 480 + 5 + 3)
    assert slow.notice_due_at == slow.after


def test_who_was_never_heard_is_not_silent():
    assert silence_of(None, 5) is None
    assert state_of(None, through=AT + timedelta(days=30)) == "never_heard"


def test_nobody_is_silent_while_a_door_is_down():
    assert state_of(SILENCE, through=AT + minutes(600), door_is_down=True) == "speaking"


def test_after_the_door_came_back_one_full_allowance_passes():
    back = AT + minutes(120)
    silence = silence_of(Heard(AT, AT), 5, door_back_at=back)
    assert (silence.since, silence.after) == (AT, back + minutes(20))


def test_a_door_that_came_back_before_the_last_reception_changes_nothing():
    assert silence_of(Heard(AT, AT), 5, door_back_at=AT - minutes(1)) == SILENCE


def test_nothing_is_judged_beyond_the_oldest_delivery_not_yet_stored():
    waiting = [AT + minutes(19), AT + minutes(2)]
    assert received_through(waiting, AT + minutes(60)) == AT + minutes(2)
    assert received_through([], AT) == AT


@pytest.mark.parametrize(
    ("parameter", "station", "counts"),
    [("silent", "speaking", True), ("silent", "silent", False), ("speaking", "speaking", False)],
)
def test_a_parameter_is_silent_only_while_its_station_is_not(parameter, station, counts):
    assert parameter_counts_as_silent(parameter, station) == counts
