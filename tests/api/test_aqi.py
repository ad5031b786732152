"""The index of ambient air over the API."""

from __future__ import annotations

from datetime import date

import pytest

from stations.models import Station
from tests.api.conftest import MORNING, AsPerson, Place, Reader
from tests.factories import ChannelFactory
from tests.monitoring.air import HOUR, air_class, hours


@pytest.fixture
def air(place: Place) -> Station:
    """The owner's station measures air; PM10 50 and ozone 1,300 in the two hours before 08:00."""
    station = place.station
    Station.objects.filter(pk=station.pk).update(medium="ambient_air")
    for symbol in ("PM10", "O3"):
        ChannelFactory(station=station, symbol=symbol, unit="µg/Nm³")
    air_class(station, "index", since=date(2024, 1, 1))
    hours(station, "PM10", MORNING - 2 * HOUR, ["50", "50"])
    hours(station, "O3", MORNING - HOUR, ["1300"])
    return station


ASKED = {"from": "2024-05-21T06:00:00+07:00", "to": "2024-05-21T08:30:00+07:00"}


def test_hours_are_told_with_class_colour_and_main_pollutant(air: Station, owner: Reader) -> None:
    told = owner.read("stations/OWN-NT01/aqi/", **ASKED)
    assert told["publishes"] == "index"
    assert told["source"] == "QĐ 1459/QĐ-TCMT ngày 12/11/2019"
    assert set(told["unsure"]) >= {"rounding", "hour_capture"}
    first, second = told["items"]  # 08:00–08:30 is no whole hour
    assert (first["aqi"], first["reason"]) == (None, "no_particles")
    assert second["from"] == "2024-05-21T07:00:00+07:00"
    assert second["to"] == "2024-05-21T08:00:00+07:00"
    assert (second["aqi"], second["level"], second["air"]) == (500, 6, "Nguy hại")
    assert (second["colour"], second["main"], second["beyond"]) == ("#7e0023", ["O3"], True)
    assert {each["parameter"]: each["index"] for each in second["parameters"]} == {
        "PM10": 50,
        "O3": 500,
    }


def test_days_are_whole_days(air: Station, owner: Reader) -> None:
    hours(air, "PM10", MORNING.replace(hour=17), ["30"] * 24)  # 22/5 in Vietnam
    span = {"from": "2024-05-21T06:00:00+07:00", "to": "2024-05-23T06:00:00+07:00"}
    told = owner.read("stations/OWN-NT01/aqi/", step="day", **span)
    (day,) = told["items"]
    assert (day["from"], day["aqi"], day["air"]) == ("2024-05-22T00:00:00+07:00", 30, "Tốt")


def test_a_reference_station_tells_why_it_has_none(air: Station, owner: Reader) -> None:
    air.airclasss.update(kind="reference")
    told = owner.read("stations/OWN-NT01/aqi/", **ASKED)
    assert told["publishes"] == "reference"
    assert {each["reason"] for each in told["items"]} == {"reference"}
    assert all(each["aqi"] is None and each["parameters"] == [] for each in told["items"])


def test_it_is_its_owners_and_nobody_elses(
    air: Station, place: Place, as_person: AsPerson, owner: Reader, neighbour: Reader,
    stranger: Reader,
) -> None:  # fmt: skip
    address = "stations/OWN-NT01/aqi/"
    assert owner.status(address, **ASKED) == 200
    assert as_person(place.reader).status(address, **ASKED) == 200
    assert neighbour.status(address, **ASKED) == 404
    assert stranger.status(address, **ASKED) == 404
    assert as_person(place.line_keeper).status(address, **ASKED) == 404


def test_water_has_no_index_of_air(place: Place, owner: Reader) -> None:
    assert owner.status("stations/OWN-NT01/aqi/") == 404


@pytest.mark.parametrize(
    "query",
    [
        {"from": "2024-05-22", "to": "2024-05-21"},
        {"from": "2024-01-01", "to": "2024-05-21"},
        {"step": "week"},
        {"from": "hôm qua"},
    ],
)
def test_what_cannot_be_asked_is_refused(
    air: Station, owner: Reader, query: dict[str, str]
) -> None:
    assert owner.status("stations/OWN-NT01/aqi/", **query) == 400


def test_the_future_has_no_hours(air: Station, owner: Reader) -> None:
    assert owner.read("stations/OWN-NT01/aqi/", **{"from": "2199-01-01", "to": "2199-01-02"})[
        "items"
    ] == []  # fmt: skip
