"""Time in which we could not receive: found by the heartbeat of our door, kept, told once."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from alerts.models import Alert
from monitoring.models import Outage
from monitoring.services.doors import beat, heartbeat
from monitoring.services.outages import keep_door
from monitoring.services.spool import Spool
from monitoring.services.watch import watch
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
