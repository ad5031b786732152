"""What the probes of a door tell of it (judging.md §6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitoring.domain.probing import Tried, Word, word_of

NOON = datetime(2024, 5, 21, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def told(ends: str, *, now: datetime = NOON, heard: datetime | None = None) -> Word:
    """The word at `now` after probes of one a minute, the last one at noon; "+" came through."""
    tried = [Tried(NOON - MINUTE * back, end == "+") for back, end in enumerate(reversed(ends))]
    return word_of(tried, now=now, heard_at=heard)


@pytest.mark.parametrize(
    ("ends", "door", "since", "sure"),
    [
        ("+", "open", 0, False),
        ("++", "open", 1, False),
        ("+-+", "open", 0, False),
        ("-", "unknown", None, False),
        ("---", "unknown", None, False),
        ("+-", "down", 1, False),
        ("+--", "down", 2, True),
        ("+-+-", "down", 1, False),
        ("-+---", "down", 3, True),
    ],
)
def test_one_failure_closes_the_door_two_are_told(
    ends: str, door: str, since: int | None, sure: bool
) -> None:
    word = told(ends)
    assert (word.door, word.sure) == (door, sure)
    assert word.since == (None if since is None else NOON - since * MINUTE)


def test_without_a_probe_nothing_is_said() -> None:
    assert word_of([], now=NOON) == Word()


@pytest.mark.parametrize("ends", ["++", "+-"])
@pytest.mark.parametrize(("age", "speaks"), [(180, True), (181, False)])
def test_a_probe_speaks_for_three_minutes(ends: str, age: int, speaks: bool) -> None:
    word = told(ends, now=NOON + age * SECOND)
    assert (word.door != "unknown") == speaks
    assert word.asked_at == NOON


@pytest.mark.parametrize(("apart", "since"), [(300, -300), (301, 0)])
def test_it_is_down_since_the_last_that_came_through_if_that_was_lately(
    apart: int, since: int
) -> None:
    tried = [Tried(NOON, False), Tried(NOON - apart * SECOND, True)]
    assert word_of(tried, now=NOON).since == NOON + since * SECOND


@pytest.mark.parametrize(("heard", "door"), [(0, "down"), (1, "doubtful")])
def test_while_files_of_stations_come_in_the_probe_is_in_doubt(heard: int, door: str) -> None:
    assert told("+--", heard=NOON - MINUTE + heard * SECOND).door == door


@pytest.mark.parametrize(("later", "door"), [(15 * 60, "doubtful"), (15 * 60 + 1, "down")])
def test_a_file_is_believed_for_fifteen_minutes_and_the_door_down_since_it(
    later: int, door: str
) -> None:
    heard = NOON - 20 * MINUTE
    now = heard + later * SECOND
    tried = [Tried(now, False), Tried(heard - MINUTE, False), Tried(heard - 2 * MINUTE, True)]
    word = word_of(tried, now=now, heard_at=heard)
    assert (word.door, word.since) == (door, heard)
