"""Values that stand still or lie outside the instrument's range, in whatever order they come."""

from __future__ import annotations

import itertools
from contextlib import nullcontext
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from alerts.models import Alert
from monitoring.domain.slots import day_of
from monitoring.services.receive import store_entries
from stations.models import Channel, Instrument, RuleSetting, Station
from tests.flow.register import NOON, file_of, station_with
from tests.monitoring.timeline import HOUR, MINUTE, kinds, send, settle

pytestmark = pytest.mark.django_db

FIVE = 5 * MINUTE


@pytest.fixture
def station() -> Station:
    """A station of five-minute slots of TSS, whose values may stay the same for twelve slots."""
    made = station_with(symbols=["TSS"], maximum="900")
    RuleSetting.objects.create(key=RuleSetting.Key.STUCK_SLOTS, value=12, source="–")
    return made


def low_end(station: Station, low: str | None, high: str | None = None) -> None:
    Instrument.objects.create(
        channel=Channel.objects.get(station=station),
        range_low=None if low is None else Decimal(low),
        range_high=None if high is None else Decimal(high),
    )


def alert(kind: str = "stuck_value") -> Alert:
    return Alert.objects.get(kind=kind)


@pytest.mark.parametrize(("many", "told"), [(11, []), (12, ["stuck_value"])])
def test_it_is_stuck_from_twelve_slots_on(station: Station, many: int, told: list[str]) -> None:
    send(station, NOON, ["7"] * many, symbol="TSS")
    settle(NOON + HOUR)
    assert kinds(station) == told


@pytest.mark.parametrize(("low", "told"), [("7", []), ("6.9", ["stuck_value"])])
def test_at_the_lower_end_of_the_range_it_may_stay_for_a_day(
    station: Station, low: str, told: list[str]
) -> None:
    low_end(station, low)
    send(station, NOON, ["7"] * 24, symbol="TSS")
    settle(NOON + 3 * HOUR)
    assert kinds(station) == told


@pytest.mark.parametrize(("many", "told"), [(287, []), (288, ["stuck_value"])])
def test_after_a_day_at_zero_it_is_told(station: Station, many: int, told: list[str]) -> None:
    send(station, NOON - 26 * HOUR, ["0"] * many, symbol="TSS")
    settle(NOON)
    assert kinds(station) == told


def may_stand(station: Station, minutes: int, since: date | None = None) -> None:
    channel = Channel.objects.get(station=station)
    Instrument.objects.create(
        channel=channel, still_minutes=minutes, still_source="GCN 12", valid_from=since
    )


@pytest.mark.parametrize(
    ("minutes", "many", "told"),
    [
        (90, 17, []),
        (90, 18, ["stuck_value"]),
        (91, 18, []),  # a slot that is not full does not count as one
        (91, 19, ["stuck_value"]),
        (30, 11, []),  # never less than the rule for all
        (30, 12, ["stuck_value"]),
    ],
)
def test_what_may_stand_still_by_nature_is_told_after_its_minutes(
    station: Station, minutes: int, many: int, told: list[str]
) -> None:
    may_stand(station, minutes)
    send(station, NOON, ["7"] * many, symbol="TSS")
    settle(NOON + 2 * HOUR)
    assert kinds(station) == told


@pytest.mark.parametrize(("days", "told"), [(0, []), (1, ["stuck_value"])])
def test_the_instrument_of_the_day_says_for_how_long_it_may(
    station: Station, days: int, told: list[str]
) -> None:
    may_stand(station, 120, since=day_of(NOON) + timedelta(days=days))
    send(station, NOON, ["7"] * 20, symbol="TSS")
    settle(NOON + 2 * HOUR)
    assert kinds(station) == told


def test_what_may_stand_for_a_while_is_found_whatever_the_pieces_it_comes_in(
    station: Station,
) -> None:
    may_stand(station, 600)
    for hour in range(10):
        assert kinds(station) == []
        send(station, NOON + hour * HOUR, ["7"] * 12, symbol="TSS")
        settle(NOON + (hour + 1) * HOUR)
    assert kinds(station) == ["stuck_value"]
    assert alert().starts_at == NOON
    assert alert().spans.get().evidence["may_stand_minutes"] == 600


@pytest.mark.parametrize(
    ("minutes", "source", "refused"),
    [
        (1, "GCN 12", False),
        (1440, "GCN 12", False),
        (0, "GCN 12", True),
        (1441, "GCN 12", True),
        (60, "", True),
        (None, "GCN 12", True),
        (None, "", False),
    ],
)
def test_nobody_may_let_a_value_stand_without_a_source_or_for_more_than_a_day(
    station: Station, minutes: int | None, source: str, refused: bool
) -> None:
    row = Instrument(channel=Channel.objects.get(station=station))
    row.still_minutes, row.still_source = minutes, source
    with pytest.raises(IntegrityError) if refused else nullcontext(), transaction.atomic():
        row.save()
    assert Instrument.objects.exists() is not refused


def test_a_calibration_between_ends_nothing(station: Station) -> None:
    send(station, NOON, ["7"] * 6, symbol="TSS")
    send(station, NOON + 6 * FIVE, ["9"], symbol="TSS", status="01")
    send(station, NOON + 7 * FIVE, ["7"] * 6, symbol="TSS")
    settle(NOON + HOUR + FIVE)
    assert kinds(station) == ["stuck_value"]


def test_the_first_other_value_ends_it(station: Station) -> None:
    send(station, NOON, ["7"] * 14 + ["8"], symbol="TSS")
    settle(NOON + 2 * HOUR)
    assert alert().resolved_at == NOON + 14 * FIVE
    assert (alert().starts_at, alert().ends_at) == (NOON, NOON + 14 * FIVE)


def test_a_late_value_between_takes_it_back(station: Station) -> None:
    early = [i for i in range(13) if i != 6]
    for i in early:
        send(station, NOON + i * FIVE, ["7"], symbol="TSS")
    settle(NOON + 2 * HOUR)
    assert not alert().withdrawn
    send(station, NOON + 6 * FIVE, ["8"], symbol="TSS", received=NOON + 3 * HOUR)
    settle(NOON + 3 * HOUR)
    assert alert().withdrawn


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_order_in_which_parts_come_does_not_matter(
    station: Station, order: tuple[int, ...]
) -> None:
    parts = [["7"] * 8, ["7"] * 8, ["7"] * 4 + ["8"]]
    for turn, part in enumerate(order):
        begin = NOON + 8 * part * FIVE
        came = NOON + (3 + turn) * HOUR
        send(station, begin, parts[part], symbol="TSS", received=came)
        settle(came)
    assert (alert().starts_at, alert().ends_at) == (NOON, NOON + 20 * FIVE)
    assert alert().resolved_at == NOON + 20 * FIVE
    assert alert().spans.filter(withdrawn_at=None).count() == 1


def test_a_run_of_days_keeps_its_beginning(station: Station) -> None:
    for hour in range(0, 60, 20):
        send(station, NOON + hour * HOUR, ["7"] * 240, symbol="TSS")
        settle(NOON + (hour + 20) * HOUR)
    assert alert().starts_at == NOON
    assert alert().ends_at == NOON + 60 * HOUR
    assert alert().resolved_at is None


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (["101", "102"], []),
        (["101", "102", "103"], ["out_of_range"]),
        (["100", "100", "100", "0"], []),
        (["101", "102", "50", "103"], []),
        (["-1", "-2", "101"], ["out_of_range"]),
    ],
)
def test_three_slots_in_a_row_outside_are_told(
    station: Station, values: list[str], told: list[str]
) -> None:
    low_end(station, "0", "100")
    send(station, NOON, values, symbol="TSS")
    settle(NOON + HOUR)
    assert kinds(station) == told


def test_without_a_range_nothing_is_outside(station: Station) -> None:
    send(station, NOON, ["1000", "2000", "3000"], symbol="TSS")
    settle(NOON + 20 * MINUTE)
    assert "out_of_range" not in kinds(station)


def test_the_first_value_inside_ends_it(station: Station) -> None:
    low_end(station, "0", "100")
    send(station, NOON, ["101", "102", "103", "100"], symbol="TSS")
    settle(NOON + HOUR)
    assert alert("out_of_range").resolved_at == NOON + 3 * FIVE


def rejected(station: Station, minute: int) -> None:
    at = NOON + minute * MINUTE
    store_entries([file_of(station, at, received=at)], now=at)


@pytest.mark.parametrize(("many", "told"), [(2, []), (3, ["unreadable_files"])])
def test_three_rejected_files_in_a_row_are_told(
    station: Station, many: int, told: list[str]
) -> None:
    for minute in range(many):
        rejected(station, minute)
    assert kinds(station) == told


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_files_are_in_the_order_of_reception_whatever_that_of_processing(
    station: Station, order: tuple[int, ...]
) -> None:
    empty = [file_of(station, NOON + m * MINUTE, received=NOON + m * MINUTE) for m in (0, 1, 3)]
    good = file_of(station, NOON, ("TSS", "7", "00"), received=NOON + 2 * MINUTE)
    entries = [empty[0], empty[1], good, empty[2]]
    for place in order:
        store_entries([entries[place]], now=NOON + 4 * MINUTE)
    assert not Alert.objects.filter(withdrawn=False).exists()


@pytest.mark.parametrize(("ahead", "told"), [(10, []), (11, ["wrong_clock"])])
def test_three_files_ahead_of_their_reception_are_told(
    station: Station, ahead: int, told: list[str]
) -> None:
    for turn in range(3):
        at = NOON + turn * FIVE
        entry = file_of(station, at + ahead * MINUTE, ("TSS", str(turn), "00"), received=at)
        store_entries([entry], now=at)
    assert kinds(station) == told


def test_the_first_file_of_a_right_clock_ends_it(station: Station) -> None:
    for turn in range(3):
        at = NOON + turn * FIVE
        entry = file_of(station, at + 20 * MINUTE, ("TSS", str(turn), "00"), received=at)
        store_entries([entry], now=at)
    send(station, NOON + 15 * MINUTE, ["7"], symbol="TSS")
    assert alert("wrong_clock").resolved_at == NOON + 16 * MINUTE
