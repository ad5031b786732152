"""A re-read and a file of the same station at the same time, with connections of their own."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitoring.models import Delivery, Reading, ReadMap
from monitoring.services import receive, reread
from monitoring.services.partitions import ensure_partitions
from monitoring.services.receive import store_entries
from monitoring.services.reread import applying
from monitoring.services.settle import settle_dirty
from stations.models import Station
from tests.flow.register import NOON, file_of, station_with
from tests.flow.rereading import instrument, reread_of
from tests.flow.together import Gate, wait_for_a_waiting_lock, workers

pytestmark = pytest.mark.django_db(transaction=True)

LATER = NOON + timedelta(hours=2)


@pytest.fixture
def station() -> Station:
    ensure_partitions([NOON])
    return station_with()


def values(station: Station) -> list[float | None]:
    rows = Reading.objects.filter(station=station).order_by("time")
    return [row.values[0] for row in rows]


def files(station: Station) -> tuple[receive.Entry, receive.Entry]:
    """Two files of one hour under a symbol that nobody knows yet."""
    first = file_of(station, NOON, ("COD_OUT", "10", "00"))
    return first, file_of(station, NOON + timedelta(minutes=5), ("COD_OUT", "20", "00"))


def told(station: Station) -> list[tuple[str, int]]:
    rows = Delivery.objects.filter(station=station).order_by("received_at")
    return list(rows.values_list("outcome", "readings"))


def test_a_file_waits_for_the_re_read_of_its_station(
    monkeypatch: pytest.MonkeyPatch, station: Station
) -> None:
    first, second = files(station)
    store_entries([first], now=LATER)
    instrument(station, aliases=["COD_OUT"])
    order = reread_of(station, at=LATER)
    gate = Gate(monkeypatch, applying, "update_links")
    with workers() as start:
        reading = start(reread.apply, order, now=LATER)
        gate.wait_reached()
        receiving = start(store_entries, [second], now=LATER)
        wait_for_a_waiting_lock()
        gate.open()
        assert reading.result()[0] == 1
        receiving.result()
    assert values(station) == [10, 20]


def test_a_re_read_waits_for_a_file_and_reads_it_as_well(
    monkeypatch: pytest.MonkeyPatch, station: Station
) -> None:
    first, second = files(station)
    store_entries([first], now=LATER)
    gate = Gate(monkeypatch, receive, "update_links")
    with workers() as start:
        receiving = start(store_entries, [second], now=LATER)
        gate.wait_reached()
        instrument(station, aliases=["COD_OUT"])
        reading = start(reread.apply, reread_of(station, at=LATER), now=LATER)
        wait_for_a_waiting_lock()
        gate.open()
        receiving.result()
        assert reading.result()[0] == 2
    assert values(station) == [10, 20]
    assert told(station) == [("accepted", 1), ("accepted", 1)]


def test_a_file_that_was_read_before_the_register_changed_and_stored_after_is_read_anew(
    monkeypatch: pytest.MonkeyPatch, station: Station
) -> None:
    first, second = files(station)
    store_entries([first], now=LATER)
    gate = Gate(monkeypatch, receive, "arrivals_of")
    with workers() as start:
        receiving = start(store_entries, [second], now=LATER)
        gate.wait_reached()
        instrument(station, aliases=["COD_OUT"])
        assert reread.apply(reread_of(station, at=LATER), now=LATER)[0] == 1
        gate.open()
        receiving.result()
    assert values(station) == [10, 20]
    assert len(set(Delivery.objects.values_list("read_with", flat=True))) == 1


def test_without_a_re_read_it_stays_as_it_was_read(
    monkeypatch: pytest.MonkeyPatch, station: Station
) -> None:
    first, _second = files(station)
    gate = Gate(monkeypatch, receive, "arrivals_of")
    with workers() as start:
        receiving = start(store_entries, [first], now=LATER)
        gate.wait_reached()
        instrument(station, aliases=["COD_OUT"])
        gate.open()
        receiving.result()
    assert told(station) == [("rejected", 0)]
    assert ReadMap.objects.filter(pk=Delivery.objects.get().read_with).exists()


def test_two_re_reads_at_once_read_once(monkeypatch: pytest.MonkeyPatch, station: Station) -> None:
    store_entries(list(files(station)), now=LATER)
    instrument(station, aliases=["COD_OUT"])
    gate = Gate(monkeypatch, applying, "update_links")
    with workers() as start:
        one = start(reread.apply, reread_of(station, at=LATER), now=LATER)
        gate.wait_reached()
        other = start(reread.apply, reread_of(station, at=LATER), now=LATER)
        wait_for_a_waiting_lock()
        gate.open()
        assert (one.result()[0], other.result()[0]) == (2, 0)
    assert values(station) == [10, 20]


def test_one_that_is_broken_off_leaves_everything_as_it_was(
    monkeypatch: pytest.MonkeyPatch, station: Station
) -> None:
    store_entries(list(files(station)), now=LATER)
    settle_dirty(now=LATER)
    before = told(station), set(Delivery.objects.values_list("read_with", flat=True))
    instrument(station, aliases=["COD_OUT"])
    with monkeypatch.context() as broken:
        broken.setattr(applying, "update_links", _break)
        with pytest.raises(Broken):
            reread.apply(reread_of(station, at=LATER), now=LATER)
    assert (told(station), set(Delivery.objects.values_list("read_with", flat=True))) == before
    assert not Reading.objects.exists()
    assert reread.apply(reread_of(station, at=LATER), now=LATER)[0] == 2


class Broken(Exception):
    """As if the process had been killed."""


def _break(*_: object, **__: object) -> None:
    raise Broken


def test_two_who_give_one_stray_away_give_it_once(
    monkeypatch: pytest.MonkeyPatch, station: Station
) -> None:
    other = station_with()
    stray = _stray_of(station)
    gate = Gate(monkeypatch, applying, "take_over")
    with workers() as start:
        one = start(reread.give, reread_of(station, at=LATER), stray, now=LATER)
        gate.wait_reached()
        late = start(reread.give, reread_of(other, at=LATER), stray, now=LATER)
        gate.open()
        assert one.result()[0] == 1
        with pytest.raises(reread.NotNobodys):
            late.result()
    assert Delivery.objects.get().station_id == station.pk


def _stray_of(station: Station) -> Delivery:
    entry = file_of(station, NOON, ("COD", "10", "00"), name="LA_20240521120000.txt")
    unknown = receive.Entry(entry.id, entry.received_at, "command", None, "", entry.name, entry.raw)
    store_entries([unknown], now=LATER)
    return Delivery.objects.get(station=0)
