"""Many silences at once are their line's, and time that we lost is nobody's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitoring.domain.outage import EVERYTHING, Broken, Line, LineRules, broken_line, recovered_at
from monitoring.domain.silence import Lost, Patience

AT = datetime(2024, 5, 21, 3, 0, tzinfo=UTC)
LONG_AGO = AT - timedelta(days=30)
RULES = LineRules()


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def line(station: int, heard: datetime, *, first: datetime = LONG_AGO) -> Line:
    return Line(station, 1, first, heard, heard + minutes(20))


def province(silent: int, speaking: int, *, apart: float = 0) -> list[Line]:
    fallen = [line(n, AT + minutes(apart * n)) for n in range(silent)]
    return [*fallen, *(line(100 + n, AT + minutes(30)) for n in range(speaking))]


LATER = AT + minutes(40)


def found(lines: list[Line], *, through: datetime = LATER) -> Broken | None:
    return broken_line(
        lines, zone=EVERYTHING, through=through, rules=RULES, was_silent=lambda *_: False
    )


@pytest.mark.parametrize(("silent", "speaking", "is_line"), [(2, 0, False), (3, 0, True)])
def test_three_stations_are_needed(silent: int, speaking: int, is_line: bool) -> None:
    assert (found(province(silent, speaking)) is not None) == is_line


@pytest.mark.parametrize(("speaking", "is_line"), [(2, True), (3, False)])
def test_sixty_percent_of_those_alive_are_needed(speaking: int, is_line: bool) -> None:
    assert (found(province(3, speaking)) is not None) == is_line


@pytest.mark.parametrize(("apart", "is_line"), [(7.5, True), (7.6, False)])
def test_they_fall_silent_within_fifteen_minutes(apart: float, is_line: bool) -> None:
    assert (found(province(3, 0, apart=apart)) is not None) == is_line


@pytest.mark.parametrize(("before", "is_line"), [(30, True), (29, False)])
def test_who_was_not_alive_thirty_minutes_earlier_is_not_counted(
    before: int, is_line: bool
) -> None:
    """Three of five; with one that still counted as alive then, three of six."""
    gone = line(200, AT - minutes(before))
    assert (found([*province(3, 2), gone]) is not None) == is_line


def test_it_worked_until_the_last_of_them_was_heard() -> None:
    broken = found(province(3, 0, apart=2))
    assert broken == Broken(EVERYTHING, AT + minutes(4), (0, 1, 2))


def test_a_silence_that_does_not_count_yet_is_none() -> None:
    assert found(province(3, 0), through=AT + minutes(20)) is not None
    assert found(province(3, 0), through=AT + minutes(19.9)) is None


def test_it_is_back_by_the_reception_that_left_fewer_than_the_share() -> None:
    back = [AT + minutes(n) for n in (3, 1, 2)]
    assert recovered_at(back, silent=2, rules=RULES) == AT + minutes(3)
    assert recovered_at(back[:2], silent=3, rules=RULES) is None


LOST = Lost(((AT, AT + minutes(60)), (AT + minutes(30), AT + minutes(90))))


def test_what_overlaps_is_lost_once() -> None:
    assert LOST.between(AT - minutes(10), AT + minutes(200)) == minutes(90)
    assert LOST.between(AT + minutes(45), AT + minutes(50)) == minutes(5)
    assert LOST.between(AT + minutes(90), AT + minutes(200)) == minutes(0)


@pytest.mark.parametrize(("length", "after"), [(9, 9), (10, 100), (11, 101)])
def test_a_time_in_which_we_could_receive(length: int, after: int) -> None:
    begun = AT - minutes(10)
    expected = begun + minutes(after if length != 10 else 10)
    assert LOST.after(begun, minutes(length)) == expected


@pytest.mark.parametrize(("minute", "goes_on"), [(-1, False), (0, True), (89, True), (90, False)])
def test_an_outage_holds_its_start_and_not_its_end(minute: int, goes_on: bool) -> None:
    assert LOST.goes_on_at(AT + minutes(minute)) == goes_on


def test_the_allowance_follows_the_numbers_of_the_day() -> None:
    assert Patience(least=minutes(30)).allowance(5) == minutes(35)
    assert Patience().allowance(60) == minutes(185)
