"""When a line is back: by the reception that made it so, whatever came at once after it; and what
comes out when (decision 37)."""

from __future__ import annotations

from pathlib import Path

import pytest

from alerts.models import Alert
from monitoring.models import Outage
from monitoring.services.receive import store_entries
from monitoring.services.spool import Spool
from monitoring.services.watch import watch
from stations.models import Facility, Station
from tests.factories import ZoneFactory
from tests.flow.register import NOON, file_of, station_with
from tests.monitoring.timeline import HOUR, MINUTE, send

pytestmark = pytest.mark.django_db

BACK = NOON + HOUR


@pytest.fixture
def stations(tmp_path: Path) -> list[Station]:
    """Five that spoke at noon and were then silent together."""
    spoken = [station_with() for _ in range(5)]
    for station in spoken:
        send(station, NOON, ["10"])
    watch(Spool(tmp_path), now=NOON + 30 * MINUTE)
    assert Outage.objects.get().stations == sorted(station.pk for station in spoken)
    return spoken


def come_back(stations: list[Station]) -> None:
    """One after another, two minutes apart: each sends all that it kept, a file in ten seconds."""
    files = [
        file_of(
            station,
            NOON + number * 5 * MINUTE,
            ("COD", "10", "00"),
            received=BACK + place * 2 * MINUTE + number * MINUTE / 6,
        )
        for place, station in enumerate(stations)
        for number in range(1, 10)
    ]
    store_entries(files, now=max(file.received_at for file in files))


@pytest.mark.parametrize(("many", "is_back"), [(2, False), (3, True)], ids=["two", "three"])
def test_it_is_back_once_fewer_than_the_share_are_silent(
    stations: list[Station], tmp_path: Path, many: int, is_back: bool
) -> None:
    come_back(stations[:many])
    watch(Spool(tmp_path), now=BACK + 15 * MINUTE)
    assert (Outage.objects.get().end is not None) == is_back


def test_it_is_back_when_the_first_file_came_and_not_when_the_last_of_them_did(
    stations: list[Station], tmp_path: Path
) -> None:
    come_back(stations)
    watch(Spool(tmp_path), now=BACK + 15 * MINUTE)
    third = BACK + 4 * MINUTE + MINUTE / 6
    assert Outage.objects.get().end == third
    assert Alert.objects.get(kind="line_outage").resolved_at == third


def test_what_a_station_sends_later_does_not_move_its_return(
    stations: list[Station], tmp_path: Path
) -> None:
    come_back(stations[:2])
    send(stations[0], BACK + 20 * MINUTE, ["10"])
    come_back(stations[2:3])
    watch(Spool(tmp_path), now=BACK + 25 * MINUTE)
    assert Outage.objects.get().end == BACK + 2 * MINUTE + MINUTE / 6


def test_what_a_wider_outage_took_in_comes_out_with_it_and_not_before(tmp_path: Path) -> None:
    """A zone of three falls silent first, and then everybody: it was never the zone's line."""
    zone, spool = ZoneFactory(), Spool(tmp_path)
    first, others = [station_with() for _ in range(3)], [station_with() for _ in range(4)]
    Facility.objects.filter(stations__in=first).update(zone=zone)
    for station in first:
        send(station, NOON - HOUR, ["10"] * 13)
    for station in others:
        send(station, NOON - HOUR, ["10"] * 14)
    watch(spool, now=NOON + 24 * MINUTE)
    assert [outage.zone for outage in Outage.objects.all()] == [zone]
    watch(spool, now=NOON + 31 * MINUTE)
    wider = Outage.objects.get(zone=None)
    assert len(wider.stations) == 7
    released = wider.start + 2 * HOUR
    for now in (NOON + 55 * MINUTE, released - MINUTE):
        watch(spool, now=now)
        assert not Alert.objects.filter(kind="silent_station").exists()
    watch(spool, now=released)
    assert Alert.objects.filter(kind="silent_station").count() == 7
