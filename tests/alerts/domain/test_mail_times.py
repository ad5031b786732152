from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from alerts.domain.grouping import leaves_at
from alerts.domain.retrying import GIVE_UP_AFTER, next_attempt, pause_after
from alerts.domain.severity import level_of, severity_of
from alerts.domain.spans import Span

NOON = datetime(2024, 5, 21, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_the_first_mail_leaves_at_once() -> None:
    assert leaves_at(NOON, last_mail_at=None) == NOON


@pytest.mark.parametrize(("minutes", "leaves"), [(0, 5), (4, 5), (5, 5), (6, 6)])
def test_what_follows_within_five_minutes_waits_for_their_end(minutes: int, leaves: int) -> None:
    assert leaves_at(NOON + minutes * MINUTE, last_mail_at=NOON) == NOON + leaves * MINUTE


@pytest.mark.parametrize(
    ("attempts", "minutes"), [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (99, 60)]
)
def test_the_pause_doubles_up_to_an_hour(attempts: int, minutes: int) -> None:
    assert pause_after(attempts) == minutes * MINUTE


def test_a_mail_is_given_up_when_its_next_attempt_lies_beyond_five_days() -> None:
    last = NOON + GIVE_UP_AFTER - 60 * MINUTE
    assert next_attempt(attempts=20, now=last, created_at=NOON) == NOON + GIVE_UP_AFTER
    assert next_attempt(attempts=20, now=last + MINUTE, created_at=NOON) is None


@pytest.mark.parametrize(
    ("kind", "ratio", "rank"),
    [
        ("exceedance", "1.01", 3),
        ("exceedance", "2.99", 3),
        ("exceedance", "3", 4),
        ("early_warning", "1.0", 1),
        ("early_warning", "1.01", 2),
        ("silent_station", None, 2),
        ("exceedance", None, 3),
    ],
)
def test_severity_follows_kind_and_ratio(kind: str, ratio: str | None, rank: int) -> None:
    from decimal import Decimal

    assert severity_of(kind, None if ratio is None else Decimal(ratio)) == rank


def test_a_warning_has_three_levels() -> None:
    from decimal import Decimal

    assert [level_of(Decimal(1)), level_of(Decimal("1.01")), level_of(None)] == [0, 1, 1]
    assert level_of(Decimal(1), certain=True) == 2


def test_spans_that_follow_on_each_other_touch() -> None:
    one = Span(NOON, NOON + MINUTE)
    assert one.touches(Span(NOON + MINUTE, NOON + 2 * MINUTE))
    assert not one.touches(Span(NOON + 2 * MINUTE, NOON + 3 * MINUTE))


def test_a_span_needs_its_time_zone_and_its_order() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Span(NOON.replace(tzinfo=None), NOON)
    with pytest.raises(ValueError, match="before its start"):
        Span(NOON, NOON - MINUTE)
