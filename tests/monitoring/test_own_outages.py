"""Time in which we could not receive: found by the heartbeat of our door, kept, told once."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from alerts.models import Alert
from monitoring.models import DoorProbe, Outage
from monitoring.services.doors import beat, heartbeat
from monitoring.services.outages import keep_door
from monitoring.services.probing import word_of_probes
from monitoring.services.spool import Spool
from monitoring.services.watch import watch
from stations.models import Station
from tests.flow.register import NOON, station_with
from tests.monitoring.timeline import HOUR, MINUTE, send

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def look(now: datetime, *, watching_since: datetime = NOON - HOUR) -> None:
    keep_door(heartbeat(), now=now, watching_since=watching_since)


def outages() -> list[tuple[str, datetime, datetime | None]]:
    return list(Outage.objects.order_by("start").values_list("what", "start", "end"))


@pytest.mark.parametrize(("age", "many"), [(60, 0), (61, 1)])
def test_a_door_that_was_not_alive_for_a_minute_is_down(age: int, many: int) -> None:
    beat(NOON - HOUR, at=NOON)
    look(NOON + age * SECOND)
    assert len(outages()) == many


def test_it_is_down_since_it_was_alive_last_and_told_once() -> None:
    beat(NOON - HOUR, at=NOON)
    look(NOON + 2 * MINUTE)
    look(NOON + 3 * MINUTE)
    assert outages() == [("door", NOON, None)]
    assert Alert.objects.get(kind="own_fault").resolved_at is None


def test_at_a_start_the_watch_waits_for_the_door() -> None:
    beat(NOON - HOUR, at=NOON)
    look(NOON + HOUR, watching_since=NOON + HOUR - 60 * SECOND)
    assert outages() == []


def test_it_is_over_when_the_door_listens_again() -> None:
    beat(NOON - HOUR, at=NOON)
    look(NOON + 2 * MINUTE)
    beat(NOON + 5 * MINUTE, at=NOON + 5 * MINUTE)
    look(NOON + 6 * MINUTE)
    assert outages() == [("door", NOON, NOON + 5 * MINUTE)]
    assert Alert.objects.get(kind="own_fault").resolved_at == NOON + 5 * MINUTE


@pytest.mark.parametrize(("gap", "many"), [(60, 0), (61, 1)])
def test_a_gap_that_nobody_saw_is_the_whole_program_standing_still(gap: int, many: int) -> None:
    beat(NOON - HOUR, at=NOON)
    again = NOON + gap * SECOND
    for turn in range(3):
        beat(again, at=again + turn * SECOND)
    look(again + 3 * SECOND)
    look(again + 8 * SECOND)
    assert outages() == [("own", NOON, again)] * many
    assert Alert.objects.filter(kind="own_fault", resolved_at=again).count() == many


def test_nobody_is_silent_for_the_time_that_we_lost(tmp_path: Path) -> None:
    station = station_with()
    send(station, NOON, ["10"])
    beat(NOON - HOUR, at=NOON + 2 * MINUTE)
    again = NOON + 3 * HOUR
    beat(again, at=again)
    look(again)
    spool = Spool(tmp_path / "spool")
    told = [watch(spool, now=again + minutes * MINUTE) for minutes in (0, 22, 23)]
    assert told == [0, 0, 1]


def probed(*ends: tuple[float, bool]) -> None:
    """Probes so many minutes after noon, and whether they came through."""
    for minutes, came in ends:
        sent = NOON + minutes * MINUTE
        DoorProbe.objects.create(
            door="ftp",
            address="ftp://here:21",
            sent_at=sent,
            acknowledged_at=sent + SECOND if came else None,
            failure="" if came else "connect: timed out",
        )


def ask(minutes: float) -> None:
    """The watch looks; the FTP server itself says that it is alive."""
    now = NOON + minutes * MINUTE
    beat(NOON - HOUR, at=now)
    keep_door(heartbeat(), now=now, watching_since=NOON - HOUR, probed=word_of_probes(now))


def told() -> list[tuple[str, bool]]:
    rows = Alert.objects.filter(kind="own_fault").order_by("pk")
    return [(alert.source, alert.resolved_at is not None) for alert in rows]


def test_a_door_that_lives_but_takes_no_probe_is_down_at_once_and_told_at_the_second() -> None:
    probed((0, True), (1, False))
    ask(1.1)
    assert outages() == [("door", NOON, None)]
    assert told() == []
    probed((2, False))
    ask(2.1)
    ask(2.2)
    assert outages() == [("door", NOON, None)]
    assert told() == [("door", False)]
    assert Alert.objects.get().spans.count() == 1


def test_it_is_open_again_with_the_first_probe_that_comes_through() -> None:
    probed((0, True), (1, False), (2, False))
    ask(2.1)
    probed((3, True))
    ask(3.1)
    probed((4, True))
    ask(4.1)
    assert outages() == [("door", NOON, NOON + 3 * MINUTE)]
    assert told() == [("door", True)]


def test_one_failure_alone_is_told_to_nobody() -> None:
    probed((0, True), (1, False))
    ask(1.1)
    probed((2, True))
    ask(2.1)
    assert outages() == [("door", NOON, NOON + 2 * MINUTE)]
    assert told() == []


def test_a_probe_that_never_came_through_at_an_address_says_nothing_of_the_door() -> None:
    probed((0, False), (1, False), (2, False))
    ask(2.1)
    assert outages() == []
    assert told() == []


def test_a_prober_that_dies_while_it_fails_leaves_the_word_to_the_heartbeat() -> None:
    probed((0, True), (1, False))
    ask(1.1)
    ask(5)
    assert outages() == [("door", NOON, NOON + MINUTE)]


def test_a_probe_that_is_under_way_says_nothing_yet() -> None:
    probed((0, True))
    DoorProbe.objects.create(door="ftp", address="ftp://here:21", sent_at=NOON + MINUTE)
    ask(1.1)
    assert outages() == []


def test_while_files_of_stations_come_in_the_probe_itself_is_the_fault(tmp_path: Path) -> None:
    station = station_with()
    probed((0, True), (1, False), (2, False))
    send(station, NOON + 1.5 * MINUTE, ["10"])
    ask(2.6)
    assert outages() == []
    assert told() == [("probe", False)]
    ask(2.7)
    probed((3, True))
    ask(3.1)
    assert told() == [("probe", True)]


def test_what_the_synthetic_station_sent_is_no_file_of_a_station() -> None:
    station = station_with()
    Station.objects.filter(pk=station.pk).update(synthetic=True)
    probed((0, True), (1, False))
    send(station, NOON + 0.5 * MINUTE, ["10"])
    ask(1.9)
    assert outages() == [("door", NOON, None)]


def test_a_door_closed_by_its_probe_blames_nobody(tmp_path: Path) -> None:
    station = station_with()
    send(station, NOON, ["10"])
    probed((0, True), (1, False), (2, False), (60, False))
    spool = Spool(tmp_path / "spool")
    ask(2.1)
    assert watch(spool, now=NOON + 60 * MINUTE) == 0
    ask(60.5)
    probed((61, True))
    ask(61.5)
    assert [watch(spool, now=NOON + minutes * MINUTE) for minutes in (83, 84)] == [0, 1]
