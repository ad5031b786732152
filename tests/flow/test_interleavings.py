"""Workers on one station at the same time, with connections of their own (judging.md §7)."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from alerts.models import Alert
from monitoring.models import Delivery, DirtyHour, HourMean, Link, Reading, Verdict
from monitoring.services import corrections, receive, settle, watch
from monitoring.services.corrections import ask_correction, correct_one
from monitoring.services.drain import drain
from monitoring.services.receive import Received, receive_batch, store_entries
from monitoring.services.settle import settle_dirty, settle_due
from monitoring.services.spool import Entry, Spool
from stations.models import Station
from tests.alerts.factories import person
from tests.flow.register import NOON, file_of, hour_of_files, station_with
from tests.flow.together import Gate, wait_for_a_waiting_lock, workers

pytestmark = pytest.mark.django_db(transaction=True)

LATER = NOON + timedelta(hours=2)


def first_and_second(station: Station) -> tuple[Entry, Entry]:
    """Two files of one hour."""
    first = file_of(station, NOON, ("COD", "10", "00"))
    return first, file_of(station, NOON + timedelta(minutes=5), ("COD", "20", "00"))


def slots_in_mean(station: Station) -> tuple[int, float | None]:
    mean = HourMean.objects.get(station=station, start=NOON, basis="")
    return mean.n, mean.value


def forget_locks(monkeypatch: pytest.MonkeyPatch, module: object) -> None:
    """As if this module had been written by someone who forgot the station's lock."""
    monkeypatch.setattr(module, "lock_stations", lambda _: None)


def test_a_mark_appended_beside_an_older_one_is_never_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Averaging takes the old mark and commits between receive's mark and receive's commit.

    Without the lock, so that the mark alone must hold.
    """
    station = station_with()
    first, second = first_and_second(station)
    store_entries([first], now=LATER)
    gate = Gate(monkeypatch, receive, "update_links")
    forget_locks(monkeypatch, settle)
    with workers() as start:
        receiving = start(store_entries, [second], now=LATER)
        gate.wait_reached()
        assert start(settle_dirty, now=LATER).result() == 1
        assert slots_in_mean(station) == (1, 10)
        gate.open()
        receiving.result()
    assert DirtyHour.objects.filter(station=station).count() == 1
    settle_dirty(now=LATER)
    assert slots_in_mean(station) == (2, 15)


def test_averaging_waits_for_a_receive_of_its_station(monkeypatch: pytest.MonkeyPatch) -> None:
    station = station_with()
    first, second = first_and_second(station)
    store_entries([first], now=LATER)
    gate = Gate(monkeypatch, receive, "update_links")
    with workers() as start:
        receiving = start(store_entries, [second], now=LATER)
        gate.wait_reached()
        averaging = start(settle_dirty, now=LATER)
        wait_for_a_waiting_lock()
        gate.open()
        receiving.result()
        averaging.result()
    assert slots_in_mean(station) == (2, 15)
    assert not DirtyHour.objects.exists()


def test_receive_waits_for_an_averaging_of_its_station(monkeypatch: pytest.MonkeyPatch) -> None:
    station = station_with()
    first, second = first_and_second(station)
    store_entries([first], now=LATER)
    gate = Gate(monkeypatch, settle, "average")
    with workers() as start:
        averaging = start(settle_dirty, now=LATER)
        gate.wait_reached()
        receiving = start(store_entries, [second], now=LATER)
        wait_for_a_waiting_lock()
        gate.open()
        averaging.result()
        receiving.result()
    assert slots_in_mean(station) == (1, 10)
    settle_dirty(now=LATER)
    assert slots_in_mean(station) == (2, 15)


def test_two_settles_of_one_station_judge_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    station = station_with()
    store_entries(hour_of_files(station, NOON, "90"), now=LATER)
    gate = Gate(monkeypatch, settle, "average")
    with workers() as start:
        one = start(settle_dirty, now=LATER)
        gate.wait_reached()
        other = start(settle_dirty, now=LATER)
        wait_for_a_waiting_lock()
        gate.open()
        assert (one.result(), other.result()) == (1, 1)
    assert Verdict.objects.get(station=station, start=NOON).result == "exceeded"
    assert Alert.objects.get(kind="exceedance").spans.count() == 1


def test_two_workers_share_a_spool_without_storing_twice(
    monkeypatch: pytest.MonkeyPatch, data_dir: Path
) -> None:
    """Both read the same files, as on a disk where the place of the one worker is not kept."""
    station = station_with()
    spool = spool_with(data_dir, hour_of_files(station, NOON, "10"))
    gate = Gate(monkeypatch, receive, "update_links")
    with workers() as start:
        one = start(receive_batch, spool, now=LATER)
        gate.wait_reached()
        other = start(receive_batch, spool, now=LATER)
        wait_for_a_waiting_lock()
        gate.open()
        assert (one.result().files, other.result().files) == (12, 12)
    assert Delivery.objects.filter(station=station, outcome="accepted").count() == 12
    assert Delivery.objects.count() == Reading.objects.count() == 12
    assert spool.count() == 0


def test_the_second_worker_leaves_the_spool_to_the_first(
    monkeypatch: pytest.MonkeyPatch, data_dir: Path
) -> None:
    station = station_with()
    spool = spool_with(data_dir, hour_of_files(station, NOON, "10"))
    gate = Gate(monkeypatch, receive, "update_links")
    with workers() as start:
        one = start(drain, spool, clock=lambda: LATER, stored=nobody)
        gate.wait_reached()
        assert start(drain, spool, clock=lambda: LATER, stored=nobody).result() == 0
        late = file_of(station, NOON + timedelta(hours=1), ("COD", "10", "00"))
        put(spool, late)
        gate.open()
        assert one.result() == 13
    assert Delivery.objects.count() == 13


def test_a_station_that_speaks_before_it_is_declared_silent_is_not(
    monkeypatch: pytest.MonkeyPatch, data_dir: Path
) -> None:
    station = station_with()
    first, second = first_and_second(station)
    store_entries([first], now=LATER)
    gate = Gate(monkeypatch, receive, "update_links")
    moment = NOON + timedelta(minutes=40)
    with workers() as start:
        receiving = start(store_entries, [said_at(second, moment)], now=moment)
        gate.wait_reached()
        watching = start(watch.watch, Spool(data_dir / "spool"), now=moment)
        wait_for_a_waiting_lock()
        gate.open()
        receiving.result()
        assert watching.result() == 0
    assert Link.objects.get(pk=station.pk).silent_since is None
    assert not Alert.objects.exists()


def test_a_station_that_speaks_while_it_is_declared_silent_speaks_again(
    monkeypatch: pytest.MonkeyPatch, data_dir: Path
) -> None:
    station = station_with()
    first, second = first_and_second(station)
    store_entries([first], now=LATER)
    gate = Gate(monkeypatch, watch, "report")
    moment = NOON + timedelta(minutes=40)
    with workers() as start:
        watching = start(watch.watch, Spool(data_dir / "spool"), now=moment)
        gate.wait_reached()
        receiving = start(store_entries, [said_at(second, moment)], now=moment)
        wait_for_a_waiting_lock()
        gate.open()
        assert watching.result() == 1
        receiving.result()
    assert Link.objects.get(pk=station.pk).silent_since is None
    alert = Alert.objects.get(kind="silent_station")
    assert alert.resolved_at == moment


def test_batches_over_many_stations_in_any_order_never_block_each_other(data_dir: Path) -> None:
    stations = [station_with() for _ in range(12)]
    chance = random.Random(5)
    batches = [shuffled_batch(chance, stations, minute) for minute in range(0, 60, 5)]
    with workers(4) as start:
        work = [start(store_entries, batch, now=LATER) for batch in batches]
        work += [start(settle_dirty, now=LATER) for _ in range(4)]
        work += [start(settle_due, now=LATER) for _ in range(2)]
        work += [start(watch.watch, Spool(data_dir / "spool"), now=LATER) for _ in range(2)]
        for each in work:
            each.result()
    while settle_dirty(now=LATER) + settle_due(now=LATER):
        continue
    assert Delivery.objects.count() == 12 * 12
    means = HourMean.objects.filter(start=NOON, basis="")
    assert {(mean.n, mean.value) for mean in means} == {(12, 90)}
    assert means.count() == Alert.objects.filter(kind="exceedance").count() == 12


def shuffled_batch(chance: random.Random, stations: list[Station], minute: int) -> list[Entry]:
    at = NOON + timedelta(minutes=minute)
    order = chance.sample(stations, len(stations))
    return [file_of(station, at, ("COD", "90", "00")) for station in order]


def said_at(entry: Entry, moment: datetime) -> Entry:
    """The same file, received at another moment."""
    return Entry(
        *(entry.id, moment, entry.door, entry.account, entry.peer, entry.name, entry.raw),
    )


def spool_with(folder: Path, entries: Iterable[Entry]) -> Spool:
    spool = Spool(folder / "spool")
    for entry in entries:
        put(spool, entry)
    return spool


def put(spool: Spool, entry: Entry) -> None:
    spool.put(
        entry.raw,
        door=entry.door,
        account=entry.account,
        peer=entry.peer,
        name=entry.name,
        received_at=entry.received_at,
    )


def nobody(received: Received) -> None:
    """Nobody hears this bell."""


def test_two_workers_never_do_one_correction_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second finds nothing that waits while the first is at it."""
    station = station_with()
    ask_correction(
        stations=[station],
        what="rules",
        start=NOON,
        end=LATER,
        reason="Giấy phép nhập nhầm",
        by=person(),
        now=LATER,
    )
    gate = Gate(monkeypatch, corrections, "redraw_known")
    with workers() as start:
        first = start(correct_one, now=LATER)
        gate.wait_reached()
        assert start(correct_one, now=LATER).result() is False
        gate.open()
        assert first.result() is True
