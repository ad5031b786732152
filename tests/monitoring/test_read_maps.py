"""Each delivery remembers how it was read, and is read so again (judging.md §4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from monitoring.domain.readwith import ReadWith
from monitoring.models import Delivery, Reading, ReadMap
from monitoring.services import readmaps
from monitoring.services.receive import store_entries
from monitoring.services.setup import maps_of
from stations.models import Channel, FilePrefix, Instrument, Station
from tests.factories import StationFactory
from tests.flow.register import NOON, file_of, prefix_of, station_with
from tests.monitoring.timeline import MINUTE

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=2)


@pytest.fixture
def station() -> Station:
    return station_with(symbols=("COD", "TSS"))


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    readmaps._restored.clear()
    yield
    readmaps._restored.clear()


def instrument(station: Station, symbol: str = "COD", **columns: Any) -> Instrument:
    channel = Channel.objects.get(station=station, symbol=symbol)
    return Instrument.objects.create(channel=channel, **columns)


def values(station: Station) -> list[float | None]:
    return Reading.objects.get(station=station, time=NOON).values


def test_a_row_that_is_built_anew_says_what_it_said_before_the_register_changed(
    station: Station,
) -> None:
    first = file_of(station, NOON, ("COD", "10", "00"))
    store_entries(
        [file_of(station, NOON, ("TSS", "5", "00"), received=NOON + 9 * MINUTE)], now=NOON
    )
    instrument(station, "TSS", factor=Decimal(2))
    store_entries([first], now=LATER)
    assert values(station) == [10, 5]


def test_what_comes_after_the_change_is_read_with_it(station: Station) -> None:
    instrument(station, factor=Decimal(2))
    store_entries([file_of(station, NOON, ("COD", "10", "00"))], now=LATER)
    assert values(station) == [20, None]


def test_a_way_of_reading_is_kept_once_with_the_first_delivery_that_was_read_so(
    station: Station,
) -> None:
    for minute in (0, 5):
        store_entries([file_of(station, NOON + minute * MINUTE, ("COD", "1", "00"))], now=LATER)
    kept = ReadMap.objects.get()
    assert set(Delivery.objects.values_list("read_with", flat=True)) == {kept.fingerprint}
    assert kept.first_used_at == LATER


def test_where_it_is_kept_already_nothing_is_written(station: Station) -> None:
    store_entries([file_of(station, NOON, ("COD", "1", "00"))], now=LATER)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        store_entries([file_of(station, NOON + 5 * MINUTE, ("COD", "1", "00"))], now=LATER)
    assert not [each for each in asked if "INSERT INTO" in each["sql"] and "readmap" in each["sql"]]
    assert len([each for each in asked if "monitoring_readmap" in each["sql"]]) == 1


def test_what_is_kept_reads_as_what_it_was_made_of(station: Station) -> None:
    turn = date(2024, 5, 22)
    instrument(station, aliases=["COD_OUT", "cod2"], valid_until=turn - timedelta(days=1))
    instrument(station, factor=Decimal("1.5"), file_unit="ppm", valid_from=turn)
    store_entries([file_of(station, NOON, ("COD", "1", "00"))], now=LATER)
    maps = maps_of([station.pk])[station.pk]
    restored = ReadWith.restored(ReadMap.objects.get().content)
    assert restored.fingerprint == maps.fingerprint
    for day in (date(2020, 1, 1), turn - timedelta(days=1), turn, date(2030, 1, 1)):
        before, after = maps.on(day), restored.maps.on(day)
        assert before is not None
        assert after is not None
        for symbol in ("COD", "cod", "COD_OUT", "COD2", "TSS", "pH"):
            for unit in ("", "mg/L", "ppm", "µg/L", "mg/l", "độ C"):
                assert before.place(symbol, unit) == after.place(symbol, unit), (symbol, unit)


def test_what_reads_alike_has_one_fingerprint(station: Station) -> None:
    before = maps_of([station.pk])[station.pk].fingerprint
    instrument(station, serial="A1", valid_until=date(2024, 5, 20))
    instrument(station, serial="A2", valid_from=date(2024, 5, 21))
    assert maps_of([station.pk])[station.pk].fingerprint == before


@pytest.mark.parametrize(
    "columns",
    [{"aliases": ["X"]}, {"factor": Decimal("1.1")}, {"file_unit": "ppm"}],
    ids=["alias", "factor", "unit"],
)
def test_what_reads_otherwise_has_another(station: Station, columns: dict[str, Any]) -> None:
    before = maps_of([station.pk])[station.pk].fingerprint
    later = instrument(station, **columns, valid_from=date(2024, 5, 21))
    after = maps_of([station.pk])[station.pk].fingerprint
    assert after != before
    later.valid_from = date(2024, 5, 22)
    later.save()
    assert maps_of([station.pk])[station.pk].fingerprint not in {before, after}


def test_the_time_that_a_name_gave_stays_though_a_prefix_becomes_known(station: Station) -> None:
    """Of a name with two times the longest known prefix decides, as it was known then."""
    stamps = "20240521120000_20240521130000"
    name = f"{prefix_of(station)}_{stamps}.txt"
    entry = file_of(station, NOON, ("COD", "7", "00"), name=name, received=LATER)
    untimed = type(entry)(*_with(entry, raw=b"COD\t7\n"))
    store_entries([untimed], now=LATER)
    assert values(station) == [7, None]
    other = StationFactory()
    FilePrefix.objects.create(station=other, prefix=f"{prefix_of(station)}_20240521120000")
    store_entries([file_of(station, NOON, ("TSS", "3", "00"))], now=LATER)
    assert values(station) == [7, 3]


def _with(entry: Any, **changes: Any) -> list[Any]:
    names = ("id", "received_at", "door", "account", "peer", "name", "raw")
    return [changes.get(name, getattr(entry, name)) for name in names]


def test_a_delivery_from_before_ways_were_kept_is_read_with_the_register_of_today(
    station: Station,
) -> None:
    store_entries(
        [file_of(station, NOON, ("TSS", "5", "00"), received=NOON + 9 * MINUTE)], now=NOON
    )
    Delivery.objects.update(read_with="0" * 64)
    store_entries([file_of(station, NOON, ("COD", "10", "00"))], now=LATER)
    assert values(station) == [10, 5]
