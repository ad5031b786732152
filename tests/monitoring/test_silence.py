"""The clock alone: who should have spoken by now (judging.md §6)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from alerts.models import Alert, Notification
from monitoring.models import Link, StationState
from monitoring.services.receive import store_entries
from monitoring.services.spool import Spool
from monitoring.services.watch import watch
from stations.models import Station
from tests.factories import AgencyFactory, JurisdictionFactory
from tests.flow.register import NOON, file_of, station_with
from tests.monitoring.timeline import DAY, HOUR, MINUTE, kinds, send, settle

pytestmark = pytest.mark.django_db

HEARD = NOON + MINUTE
ALLOWANCE = 20 * MINUTE  # max(3 × 5, 15) + 5 for transmission
GATHERED = HEARD + ALLOWANCE + 3 * MINUTE


@pytest.fixture
def station() -> Station:
    """A station of five-minute slots that spoke at noon."""
    spoken = station_with()
    send(spoken, NOON, ["10"])
    settle(NOON + MINUTE)
    return spoken


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


def silence() -> Alert:
    return Alert.objects.get(kind="silent_station")


@pytest.mark.parametrize(
    ("now", "opened"), [(GATHERED - MINUTE, 0), (GATHERED, 1)], ids=["before", "at"]
)
def test_it_opens_after_the_allowance_and_the_gathering(
    station: Station, spool: Spool, now: datetime, opened: int
) -> None:
    assert watch(spool, now=now) == opened


@pytest.mark.parametrize(("interval", "minutes"), [(1, 20), (5, 20), (10, 35), (60, 185)])
def test_the_allowance_is_three_intervals_and_transmission(
    spool: Spool, interval: int, minutes: int
) -> None:
    station = station_with(interval=interval)
    send(station, NOON, ["10"])
    assert Link.objects.get().silent_after == HEARD + minutes * MINUTE


def test_its_silence_counts_from_the_last_reception(station: Station, spool: Spool) -> None:
    watch(spool, now=NOON + 5 * HOUR)
    assert silence().starts_at == Link.objects.get().silent_since == HEARD


def test_it_opens_once(station: Station, spool: Spool) -> None:
    assert [watch(spool, now=GATHERED), watch(spool, now=GATHERED + HOUR)] == [1, 0]


def test_the_page_shows_it_at_once(station: Station, spool: Spool) -> None:
    watch(spool, now=GATHERED)
    assert StationState.objects.get(station=station).state == "silent"


def test_a_station_never_heard_is_not_silent(spool: Spool) -> None:
    station_with()
    assert watch(spool, now=NOON + DAY) == 0


@pytest.mark.parametrize(
    ("last_day", "opened"), [(date(2024, 5, 20), 0), (date(2024, 5, 21), 1)], ids=["past", "today"]
)
def test_an_ended_station_is_not_silent(
    station: Station, spool: Spool, last_day: date, opened: int
) -> None:
    Station.objects.update(ended_on=last_day)
    assert watch(spool, now=GATHERED) == opened


def test_back_fill_does_not_move_it(station: Station, spool: Spool) -> None:
    send(station, NOON - HOUR, ["10"] * 6, received=NOON + 15 * MINUTE)
    assert watch(spool, now=GATHERED) == 1


def test_a_repeated_file_does_not_move_it(station: Station, spool: Spool) -> None:
    again = file_of(station, NOON, ("COD", "10", "00"), received=NOON + 15 * MINUTE)
    store_entries([again], now=again.received_at)
    assert watch(spool, now=GATHERED) == 1


def test_a_rejected_file_does_not_move_it(station: Station, spool: Spool) -> None:
    empty = file_of(station, NOON + 10 * MINUTE)
    store_entries([empty], now=empty.received_at)
    assert Link.objects.get().last_received_at == empty.received_at
    assert watch(spool, now=GATHERED) == 1


def test_back_fill_does_not_end_it(station: Station, spool: Spool) -> None:
    watch(spool, now=GATHERED)
    send(station, NOON - HOUR, ["10"] * 6, received=NOON + HOUR)
    assert silence().resolved_at is None


def test_a_newer_reading_ends_it_at_its_reception(station: Station, spool: Spool) -> None:
    watch(spool, now=GATHERED)
    send(station, NOON + 5 * MINUTE, ["10"], received=NOON + HOUR)
    assert silence().resolved_at == NOON + HOUR
    assert Link.objects.get().silent_since is None


def test_the_next_silence_is_told_again(station: Station, spool: Spool) -> None:
    watch(spool, now=GATHERED)
    send(station, NOON + HOUR, ["10"])
    assert watch(spool, now=NOON + 3 * HOUR) == 1
    assert silence().spans.count() == 2


def test_nobody_is_judged_beyond_what_waits_in_the_spool(station: Station, spool: Spool) -> None:
    spool.put(b"", door="ftp", account="", peer="", name="x", received_at=GATHERED - MINUTE)
    assert watch(spool, now=NOON + 5 * HOUR) == 0


@pytest.mark.parametrize(
    ("back", "opened"), [(GATHERED - 22 * MINUTE, 0), (GATHERED - 23 * MINUTE, 1)]
)
def test_after_the_door_came_back_a_full_allowance_passes(
    station: Station, spool: Spool, back: datetime, opened: int
) -> None:
    assert watch(spool, now=GATHERED, door_back_at=back) == opened


def test_an_exceedance_is_judged_while_its_station_is_silent(spool: Spool) -> None:
    station = station_with()
    send(station, NOON, ["90"] * 12)
    watch(spool, now=NOON + 80 * MINUTE)
    settle(NOON + 2 * HOUR)
    assert kinds(station) == ["exceedance", "silent_station"]


@pytest.mark.parametrize(
    ("back", "mails"), [(timedelta(minutes=59), 0), (timedelta(minutes=61), 2)]
)
def test_a_silence_under_an_hour_is_mailed_to_nobody(
    station: Station, spool: Spool, back: timedelta, mails: int
) -> None:
    JurisdictionFactory(agency=AgencyFactory(emails=["so@mau.example"]))
    watch(spool, now=GATHERED)
    send(station, NOON + 30 * MINUTE, ["10"], received=HEARD + back)
    assert Notification.objects.exclude(state="dropped").count() == mails
