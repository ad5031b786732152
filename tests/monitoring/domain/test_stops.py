"""Which slots of an hour an approved stop leaves out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitoring.domain.stops import Stop, slots_stopped

NOON = datetime(2024, 5, 21, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def left_out(start: int, end: int, *, interval: int = 5) -> list[int]:
    """Minutes of the hour at which the slots begin that a stop of these minutes leaves out."""
    stop = Stop(NOON + start * MINUTE, NOON + end * MINUTE)
    return sorted((slot - NOON) // MINUTE for slot in slots_stopped([stop], NOON, interval))


@pytest.mark.parametrize(
    ("start", "end", "slots"),
    [
        (10, 20, [10, 15]),
        (9, 20, [10, 15]),
        (11, 20, [15]),
        (10, 19, [10]),
        (10, 21, [10, 15]),
        (11, 14, []),
        (-60, 0, []),
        (60, 120, []),
        (-60, 120, [*range(0, 60, 5)]),
    ],
)
def test_a_slot_is_left_out_that_lies_in_the_stop_as_a_whole(
    start: int, end: int, slots: list[int]
) -> None:
    assert left_out(start, end) == slots


@pytest.mark.parametrize(("end", "slots"), [(119, []), (120, [0])])
def test_a_slot_longer_than_an_hour_is_left_out_by_a_stop_as_long(
    end: int, slots: list[int]
) -> None:
    assert left_out(0, end, interval=120) == slots


def test_two_stops_that_follow_each_other_leave_a_slot_that_neither_holds() -> None:
    stops = [Stop(NOON, NOON + 7 * MINUTE), Stop(NOON + 7 * MINUTE, NOON + 60 * MINUTE)]
    assert NOON + 5 * MINUTE not in slots_stopped(stops, NOON, 5)


@pytest.mark.parametrize(
    ("parameters", "holds"),
    [((), True), (("COD",), True), (("TSS",), False), (("TSS", "COD"), True)],
)
def test_a_stop_of_some_parameters_is_of_those_alone(
    parameters: tuple[str, ...], holds: bool
) -> None:
    assert Stop(NOON, NOON + MINUTE, frozenset(parameters)).holds_for("COD", "COD") is holds
