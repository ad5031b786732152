"""The index of a station: who may publish one, from which hours, by which table."""

from __future__ import annotations

import copy
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from monitoring.services.aqi import AirBook, Told, daily, hourly, newest
from monitoring.services.partitions import ensure_partitions
from stations.models import FilePrefix, IndexTable, Station
from tests.factories import FtpAccountFactory
from tests.flow.register import NOON, prefix_of
from tests.monitoring.air import air_class, air_station, hours
from tests.monitoring.timeline import DAY, HOUR, MIDNIGHT, send_hour, settle

pytestmark = pytest.mark.django_db
TODAY = date(2024, 5, 21)


def at_noon(station: Station) -> Told:
    """The hour from 11:00 to 12:00."""
    (told,) = hourly(AirBook([station.pk], NOON - HOUR, NOON), station.pk, NOON - HOUR, NOON)
    return told


def value(told: Told) -> int | None:
    assert told.index is not None, told.withheld
    return told.index.value


def test_an_hour_has_the_index_of_its_worst_pollutant() -> None:
    station = air_station()
    hours(station, "PM2.5", NOON - 2 * HOUR, ["25", "25"])
    hours(station, "O3", NOON - HOUR, ["200"])
    told = at_noon(station)
    assert value(told) == 100
    assert told.index is not None
    assert told.index.main == ("O3",)


def test_a_reference_station_and_one_without_a_class_have_none() -> None:
    for kind, why in (("reference", "reference"), (None, "no_class")):
        station = air_station(kind=kind)
        hours(station, "PM2.5", NOON - 2 * HOUR, ["25", "25"])
        told = at_noon(station)
        assert (told.index, told.withheld) == (None, why)


def test_the_class_of_the_day_decides() -> None:
    station = air_station(kind=None)
    air_class(station, "reference", until=TODAY - timedelta(days=1))
    air_class(station, "index", since=TODAY)
    hours(station, "PM10", MIDNIGHT - DAY, ["50"] * 48)
    book = AirBook([station.pk], MIDNIGHT - DAY, MIDNIGHT + DAY)
    before, after = hourly(book, station.pk, MIDNIGHT - HOUR, MIDNIGHT + HOUR)
    assert (before.withheld, value(after)) == ("reference", 50)
    yesterday, today = daily(book, station.pk, TODAY - timedelta(days=1), TODAY)
    assert (yesterday.withheld, value(today)) == ("reference", 50)


def test_without_a_table_in_force_there_is_no_index() -> None:
    station = air_station()
    hours(station, "PM10", NOON - 2 * HOUR, ["50", "50"])
    IndexTable.objects.update(valid_from=TODAY + timedelta(days=1))
    assert at_noon(station).withheld == "no_table"
    IndexTable.objects.update(valid_from=TODAY)
    assert value(at_noon(station)) == 50


def test_a_broken_table_takes_the_index_away_and_nothing_else() -> None:
    station = air_station()
    table = IndexTable.objects.get()
    content = copy.deepcopy(table.content)
    del content["rules"]
    IndexTable.objects.update(content=content)
    book = AirBook([station.pk], NOON - HOUR, NOON)
    assert at_noon(station).withheld == "no_table"
    assert "rules" in book.tables[0].value.wrong


def test_another_table_counts_from_its_day() -> None:
    station = air_station()
    hours(station, "PM10", MIDNIGHT - 3 * HOUR, ["50"] * 6)
    old = IndexTable.objects.get()
    content = copy.deepcopy(old.content)
    content["breakpoints"]["PM10"] = [0, 25, 150, 250, 350, 420, 500, 600]
    IndexTable.objects.update(valid_until=TODAY - timedelta(days=1))
    IndexTable.objects.create(code="VN_AQI", content=content, valid_from=TODAY, source="QĐ khác")
    book = AirBook([station.pk], MIDNIGHT - HOUR, MIDNIGHT + HOUR)
    before, after = hourly(book, station.pk, MIDNIGHT - HOUR, MIDNIGHT + HOUR)
    assert (value(before), value(after)) == (50, 60)


@pytest.mark.parametrize(("n", "expected"), [(9, 25), (8, None)])
def test_an_hour_counts_from_three_quarters_of_its_slots(n: int, expected: int | None) -> None:
    station = air_station()
    hours(station, "PM10", NOON - 2 * HOUR, ["25", "25"], n=n)
    assert value(at_noon(station)) == expected


def test_milligrams_are_taken_as_a_thousand_micrograms_and_other_units_not_at_all() -> None:
    station = air_station("PM10", "CO")
    hours(station, "PM10", NOON - 2 * HOUR, ["10", "10"])
    hours(station, "CO", NOON - HOUR, ["30"])
    station.channels.filter(symbol="CO").update(unit="mg/Nm³")
    assert value(at_noon(station)) == 100
    station.channels.filter(symbol="CO").update(unit="ppm")
    assert value(at_noon(station)) == 10


def test_of_two_analysers_of_one_pollutant_the_first_counts() -> None:
    station = air_station("PM10")
    second = station.channels.get()
    second.pk, second.slot, second.symbol = None, 2, "PM10-2"
    second.save()
    hours(station, "PM10", NOON - 2 * HOUR, ["25", "25"])
    hours(station, "PM10-2", NOON - 2 * HOUR, ["250", "250"])
    assert value(at_noon(station)) == 25


def test_the_mean_of_a_day_is_that_of_its_hours_not_of_its_slots() -> None:
    """2.2.2: "trung bình cộng các giá trị quan trắc trung bình 1 giờ"."""
    station = air_station("PM10")
    hours(station, "PM10", MIDNIGHT, ["20"] * 12, n=12)
    hours(station, "PM10", MIDNIGHT + 12 * HOUR, ["60"] * 12, n=9)
    (told,) = daily(AirBook([station.pk], MIDNIGHT, MIDNIGHT + DAY), station.pk, TODAY, TODAY)
    assert told.index is not None
    assert told.index.subs[0].concentration == 40


def test_the_newest_index_is_that_of_a_whole_hour() -> None:
    station = air_station("PM10")
    hours(station, "PM10", NOON - 3 * HOUR, ["50", "50", None, "500"])
    book = AirBook([station.pk], NOON - DAY, NOON + HOUR)
    for now in (NOON, NOON + timedelta(minutes=59)):
        told = newest(book, station.pk, now)
        assert told is not None
        assert told.start == NOON - HOUR  # two of the newest three hours are there
    later = newest(book, station.pk, NOON + HOUR)
    assert later is not None
    assert later.start == NOON
    assert newest(book, station.pk, NOON + 3 * DAY) is None


def test_the_queries_do_not_grow_with_the_stations() -> None:
    def counted(count: int) -> int:
        stations = [air_station() for _ in range(count)]
        for station in stations:
            hours(station, "PM10", NOON - 2 * HOUR, ["50", "50"])
        with CaptureQueriesContext(
            connection,
        ) as queries:
            book = AirBook([each.pk for each in stations], NOON - DAY, NOON)
            assert [value(book.of_hour(each.pk, NOON - HOUR)) for each in stations] == [50] * count
        return len(queries)

    assert counted(1) == counted(7) == 4


def test_files_through_the_door_give_an_index() -> None:
    station = air_station("PM10")
    FilePrefix.objects.create(station=station, prefix=prefix_of(station))
    FtpAccountFactory(username=f"logger-{station.code}", stations=[station])
    ensure_partitions([NOON])
    for back in (2, 1):
        send_hour(station, NOON - back * HOUR, "100", symbol="PM10")
    settle(NOON + HOUR)
    assert value(at_noon(station)) == 75
