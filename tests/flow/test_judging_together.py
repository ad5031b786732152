"""Data, the clock and officers at one station at the same time (judging.md §7).

Each test holds one of two at a point where both could write, with connections of their own. What
comes of it is what comes of the two one after the other.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import OperationalError
from django.db.utils import InterfaceError

from alerts.models import Alert
from alerts.services import acknowledge, cases, close, handling, together, writing
from monitoring.models import DirtyHour, HourMean, Verdict
from monitoring.services import judge, receive, settle
from monitoring.services.receive import store_entries
from monitoring.services.settle import rush, settle_dirty, settle_due
from monitoring.services.spool import Entry
from stations.models import Person, Station
from tests.factories import PersonFactory
from tests.flow.register import NOON, file_of, hour_of_files, station_with
from tests.flow.together import (
    Gate,
    end_others,
    wait_for_a_waiting_lock,
    wait_for_a_waiting_row,
    workers,
)

pytestmark = pytest.mark.django_db(transaction=True)

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
LATER = NOON + 2 * HOUR

# Every function in which a settle stands between the marks it took and its commit.
POINTS = [
    (settle, "take_marks"),
    (settle, "average"),
    (judge, "move_frontiers"),
    (judge, "judge_keys"),
    (judge, "store_verdicts"),
    (together, "report"),
    (judge, "tell_desk"),
    (settle, "warn_station"),
    (settle, "watch_statuses"),
]
named = pytest.mark.parametrize(("module", "point"), POINTS, ids=[point for _, point in POINTS])


@pytest.fixture
def station() -> Station:
    return station_with()


def correction(station: Station, value: str) -> list[Entry]:
    """The hour once more, otherwise, received when it has been judged."""
    return [
        file_of(
            station,
            NOON + number * 5 * MINUTE,
            ("COD", value, "00"),
            received=LATER,
            name=f"{file_of(station, NOON).name[:-18]}20240521130000.txt",
        )
        for number in range(12)
    ]


def settled(now: datetime = LATER) -> None:
    for _ in range(10):
        if not settle_dirty(now=now) + settle_due(now=now):
            return
    raise AssertionError("settling finds work for ever")


def said(station: Station, start: datetime = NOON) -> list[str]:
    """What was said of an hour, one verdict after the other."""
    rows = Verdict.objects.filter(station=station, period="hour", start=start)
    return [
        row.result
        for row in sorted(rows, key=lambda row: (row.superseded_at is None, row.judged_at))
    ]


@named
def test_a_correction_received_anywhere_within_judging_is_judged_after_it(
    monkeypatch: pytest.MonkeyPatch, station: Station, module: object, point: str
) -> None:
    store_entries(hour_of_files(station, NOON, "90"), now=LATER)
    gate = Gate(monkeypatch, module, point)
    with workers() as start:
        judging = start(settle_dirty, now=LATER)
        gate.wait_reached()
        receiving = start(store_entries, correction(station, "10"), now=LATER)
        wait_for_a_waiting_lock()
        gate.open()
        judging.result()
        receiving.result()
    assert said(station) == ["exceeded"]
    assert DirtyHour.objects.exists()
    settled()
    assert said(station) == ["exceeded", "within"]
    assert Alert.objects.get(kind="exceedance").withdrawn


@named
def test_a_worker_whose_connection_dies_anywhere_within_judging_leaves_it_to_the_next(
    monkeypatch: pytest.MonkeyPatch, station: Station, module: object, point: str
) -> None:
    store_entries(hour_of_files(station, NOON, "90"), now=LATER)
    gate = Gate(monkeypatch, module, point)
    with workers() as start:
        judging = start(settle_dirty, now=LATER)
        gate.wait_reached()
        assert end_others() >= 1
        gate.open()
        with pytest.raises((OperationalError, InterfaceError)):
            judging.result()
    assert not Verdict.objects.exists()
    assert not Alert.objects.exists()
    settled()
    assert said(station) == ["exceeded"]
    assert Alert.objects.get(kind="exceedance").spans.count() == 1


@pytest.mark.parametrize("point", ["ensure_partitions", "lock_stations", "update_links"])
def test_a_worker_whose_connection_dies_anywhere_within_storing_leaves_it_to_the_next(
    monkeypatch: pytest.MonkeyPatch, station: Station, point: str
) -> None:
    entries = hour_of_files(station, NOON, "90")
    gate = Gate(monkeypatch, receive, point)
    with workers() as start:
        storing = start(store_entries, entries, now=LATER)
        gate.wait_reached()
        end_others()
        gate.open()
        with pytest.raises((OperationalError, InterfaceError)):
            storing.result()
    assert not DirtyHour.objects.exists()
    store_entries(entries, now=LATER)
    settled()
    assert HourMean.objects.get(station=station, start=NOON, basis="").n == 12
    assert said(station) == ["exceeded"]


def test_the_clock_judges_with_what_is_being_received(
    monkeypatch: pytest.MonkeyPatch, station: Station
) -> None:
    first, *rest = hour_of_files(station, NOON, "90")
    store_entries([first], now=NOON + MINUTE)
    settled(NOON + MINUTE)
    gate = Gate(monkeypatch, receive, "update_links")
    with workers() as start:
        receiving = start(store_entries, rest, now=LATER)
        gate.wait_reached()
        judging = start(settle_due, now=LATER)
        wait_for_a_waiting_lock()
        gate.open()
        receiving.result()
        judging.result()
    assert said(station) == ["exceeded"]


def test_two_clocks_judge_a_period_once(monkeypatch: pytest.MonkeyPatch, station: Station) -> None:
    store_entries(hour_of_files(station, NOON, "90"), now=NOON + HOUR)
    settled(NOON + HOUR)
    gate = Gate(monkeypatch, judge, "store_verdicts")
    with workers() as start:
        one = start(settle_due, now=LATER)
        gate.wait_reached()
        other = start(settle_due, now=LATER)
        wait_for_a_waiting_lock()
        gate.open()
        one.result()
        other.result()
    assert said(station) == ["exceeded"]
    assert Alert.objects.get(kind="exceedance").events.filter(what="opened").count() == 1


def test_a_rush_leaves_a_station_that_is_held_to_its_holder_and_loses_nothing(
    monkeypatch: pytest.MonkeyPatch, station: Station
) -> None:
    store_entries(hour_of_files(station, NOON, "90"), now=LATER)
    gate = Gate(monkeypatch, settle, "average")
    with workers() as start:
        holding = start(settle_dirty, now=LATER)
        gate.wait_reached()
        assert start(rush, now=LATER, settled=lambda: None).result() == 0
        gate.open()
        holding.result()
    store_entries(correction(station, "10"), now=LATER)
    assert rush(now=LATER, settled=lambda: None) == 1
    assert said(station) == ["exceeded", "within"]


@pytest.fixture
def officer() -> Person:
    return PersonFactory()


@pytest.fixture
def told(station: Station) -> Alert:
    """One hour exceeded, and told."""
    store_entries(hour_of_files(station, NOON, "90"), now=LATER)
    settled()
    return Alert.objects.get(kind="exceedance")


@pytest.fixture
def taken(told: Alert, officer: Person) -> Alert:
    """The same, and an officer has it."""
    acknowledge(alert=told, by=officer, now=LATER)
    return Alert.objects.get(pk=told.pk)


def next_hour(station: Station, value: str = "90") -> None:
    store_entries(hour_of_files(station, NOON + HOUR, value), now=LATER + HOUR)


def test_an_hour_that_joins_while_an_officer_acknowledges_joins(
    monkeypatch: pytest.MonkeyPatch, station: Station, told: Alert, officer: Person
) -> None:
    next_hour(station)
    gate = Gate(monkeypatch, handling, "tell")
    with workers() as start:
        taking = start(acknowledge, alert=told, by=officer, now=LATER)
        gate.wait_reached()
        judging = start(settle_dirty, now=LATER + HOUR)
        wait_for_a_waiting_row()
        gate.open()
        taking.result()
        assert judging.result() == 1
    told.refresh_from_db()
    assert (told.state, told.acknowledged_by, told.spans.count()) == ("acknowledged", officer, 2)


def test_an_officer_who_acknowledges_while_an_hour_joins_has_it(
    monkeypatch: pytest.MonkeyPatch, station: Station, told: Alert, officer: Person
) -> None:
    next_hour(station)
    gate = Gate(monkeypatch, writing, "sum_up")
    with workers() as start:
        judging = start(settle_dirty, now=LATER + HOUR)
        gate.wait_reached()
        taking = start(acknowledge, alert=told, by=officer, now=LATER)
        wait_for_a_waiting_row()
        gate.open()
        assert judging.result() == 1
        taking.result()
    told.refresh_from_db()
    assert (told.state, told.acknowledged_by, told.spans.count()) == ("acknowledged", officer, 2)


def test_an_hour_that_comes_while_the_case_is_closed_opens_it_again(
    monkeypatch: pytest.MonkeyPatch, station: Station, taken: Alert, officer: Person
) -> None:
    next_hour(station)
    gate = Gate(monkeypatch, handling, "tell")
    with workers() as start:
        closing = start(close, alert=taken, by=officer, note="Đã xử lý.", now=LATER)
        gate.wait_reached()
        judging = start(settle_dirty, now=LATER + HOUR)
        wait_for_a_waiting_row()
        gate.open()
        closing.result()
        assert judging.result() == 1
    taken.refresh_from_db()
    assert (taken.state, taken.closed_at, taken.spans.count()) == ("open", None, 2)
    assert list(taken.events.values_list("what", flat=True))[-2:] == ["closed", "reopened"]


def test_who_closes_while_an_hour_joins_closes_it_with_that_hour(
    monkeypatch: pytest.MonkeyPatch, station: Station, taken: Alert, officer: Person
) -> None:
    next_hour(station)
    gate = Gate(monkeypatch, writing, "sum_up")
    with workers() as start:
        judging = start(settle_dirty, now=LATER + HOUR)
        gate.wait_reached()
        closing = start(close, alert=taken, by=officer, note="Đã xử lý.", now=LATER)
        wait_for_a_waiting_row()
        gate.open()
        assert judging.result() == 1
        closing.result()
    taken.refresh_from_db()
    assert (taken.state, taken.spans.count()) == ("closed", 2)


def test_who_takes_a_closed_case_while_data_reopen_it_is_told_to_look_again(
    monkeypatch: pytest.MonkeyPatch, station: Station, taken: Alert, officer: Person
) -> None:
    close(alert=taken, by=officer, note="Đã xử lý.", now=LATER)
    seen = Alert.objects.get(pk=taken.pk)
    next_hour(station)
    gate = Gate(monkeypatch, cases, "next_state")
    with workers() as start:
        judging = start(settle_dirty, now=LATER + HOUR)
        gate.wait_reached()
        taking = start(acknowledge, alert=seen, by=officer, now=LATER)
        with pytest.raises(handling.CannotBeDone):
            taking.result()
        gate.open()
        assert judging.result() == 1
    taken.refresh_from_db()
    assert (taken.state, taken.acknowledged_by) == ("open", None)
    acknowledge(alert=taken, by=officer, now=LATER + HOUR)
    assert taken.__class__.objects.get(pk=taken.pk).state == "acknowledged"
