"""Nobody is silent while the door for loggers was closed (judging.md §6)."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from django.utils import timezone

from alerts.models import Alert
from monitoring.ftp.server import Door, Settings
from monitoring.models import Link
from monitoring.services.accounts import Accounts
from monitoring.services.doors import beat, door_back_at, heartbeat_file
from monitoring.services.receive import store_entries
from monitoring.services.spool import Spool
from monitoring.tasks import watch_links
from stations.models import Station
from tests.flow.register import file_of, station_with

ALLOWANCE = timedelta(minutes=20 + 3)  # max(3 × 5, 15) + 5 min for transmission, + 3 of gathering


@pytest.fixture
def quiet_station(db: None, data_dir: Path) -> Station:
    """A station that spoke an hour ago, and not since."""
    station = station_with()
    spoke = timezone.now().replace(microsecond=0) - timedelta(hours=1)
    store_entries([file_of(station, spoke, ("COD", "10", "00"))], now=timezone.now())
    return station


def open_since(minutes: float) -> datetime:
    since = timezone.now() - timedelta(minutes=minutes)
    beat(since)
    return since


def test_while_the_door_was_never_open_nobody_is_silent(quiet_station: Station) -> None:
    assert watch_links() == 0
    assert not Alert.objects.exists()


def test_while_the_door_is_closed_nobody_becomes_silent(quiet_station: Station) -> None:
    open_since(120)
    old = heartbeat_file().read_text().replace(timezone.now().isoformat()[:13], "2024-05-21T08")
    heartbeat_file().write_text(old)
    assert door_back_at() is None
    assert watch_links() == 0
    assert Link.objects.get(pk=quiet_station.pk).silent_since is None


def test_after_it_came_back_a_full_allowance_passes(quiet_station: Station) -> None:
    open_since(ALLOWANCE / timedelta(minutes=1) - 0.5)
    assert watch_links() == 0
    open_since(ALLOWANCE / timedelta(minutes=1) + 0.5)
    assert watch_links() == 1
    assert Alert.objects.get().kind == "silent_station"


def test_a_torn_heartbeat_is_no_open_door(data_dir: Path) -> None:
    open_since(5)
    heartbeat_file().write_text("{")
    assert door_back_at() is None


def test_a_serving_door_beats_and_a_stopped_one_does_not(data_dir: Path) -> None:
    since = timezone.now()
    door = Door(
        spool=Spool(data_dir / "spool"),
        accounts=Accounts(data_dir / "receivers" / "accounts.json", key=b"a key"),
        folder=data_dir / "ftp",
        settings=Settings(port=0, beat_seconds=0.05),
        alive=partial(beat, since),
    )
    serving = threading.Thread(target=door.serve)
    serving.start()
    try:
        assert beats_again()
        assert beats_again()
        assert door_back_at() == since
    finally:
        door.stop(grace=0)
        serving.join(10)
    assert not beats_again(within=0.3)


def beats_again(within: float = 5.0) -> bool:
    before = _told()
    end = time.monotonic() + within
    while time.monotonic() < end:
        if _told() not in ("", before):
            return True
        time.sleep(0.01)
    return False


def _told() -> str:
    return heartbeat_file().read_text() if heartbeat_file().exists() else ""
