"""Volumes and loads over the API."""

from __future__ import annotations

from decimal import Decimal

import pytest

from monitoring.services.partitions import ensure_partitions
from stations.models import Permit, Station
from tests.api.conftest import MORNING, AsPerson, Place, Reader, row, settle_now, store
from tests.factories import ChannelFactory
from tests.monitoring.air import HOUR

ASKED = {"from": "2024-05-21", "to": "2024-05-22"}
ADDRESS = "stations/OWN-NT01/totals/"


@pytest.fixture
def flowing(place: Place) -> Station:
    """Twelve slots from 08:00 of 120 m³/h in, 60 out and 50 mg/L of COD; 4 m³ are permitted."""
    station = place.station
    for symbol in ("FlowIn", "FlowOut"):
        ChannelFactory(station=station, symbol=symbol)
    Permit.objects.create(facility=station.facility, number="GP 1", flow_m3_per_day=Decimal(4))
    ensure_partitions([MORNING])
    text = "".join(
        row(MORNING + n * HOUR / 12, value, symbol=symbol)
        for n in range(12)
        for symbol, value in (("FlowIn", "120"), ("FlowOut", "60"), ("COD", "50"))
    )
    store(station, text, at=MORNING + HOUR)
    settle_now(MORNING + 2 * HOUR)
    return station


def test_a_day_tells_what_ran_through_and_its_signs(flowing: Station, owner: Reader) -> None:
    told = owner.read(ADDRESS, **ASKED)
    assert told["station"] == "OWN-NT01"
    (day,) = told["items"]
    assert (day["day"], day["complete"]) == ("2024-05-21", True)
    assert {each["parameter"]: each["amount"] for each in day["volumes"]} == {
        "FlowIn": 120,
        "FlowOut": 60,
    }
    (load,) = day["loads"]
    assert (load["parameter"], load["unit"], load["amount"]) == ("COD", "kg", 3)
    assert (load["n"], load["expected"], load["whole_day"]) == (12, 288, None)
    assert load["capture"] == pytest.approx(12 / 288)
    assert day["facility"] == {
        "outflow": 60,
        "whole_day": None,
        "allowance": {"m3_per_day": 4, "based_on": "permit", "name": "GP 1"},
        "share": 15,
    }
    assert day["balance"] == {
        "inflow": 120,
        "outflow": 60,
        "n": 12,
        "expected": 288,
        "parted": None,
    }
    assert (day["signs"], day["drops"]) == (["over"], [])


def test_a_drop_is_told_with_its_hours(flowing: Station, owner: Reader) -> None:
    start = MORNING + HOUR
    text = "".join(
        row(start + n * HOUR / 12, value, symbol=symbol)
        for n in range(12)
        for symbol, value in (("FlowIn", "120"), ("FlowOut", "1"))
    )
    store(flowing, text, name="b", at=start + HOUR)
    settle_now(start + 2 * HOUR)
    (day,) = owner.read(ADDRESS, **ASKED)["items"]
    assert day["signs"] == ["over", "drop"]
    assert day["drops"] == [
        {
            "from": "2024-05-21T09:00:00+07:00",
            "to": "2024-05-21T10:00:00+07:00",
            "inflow": 120,
            "outflow": 1,
        }
    ]


def test_days_without_data_are_told_as_such(flowing: Station, owner: Reader) -> None:
    items = owner.read(ADDRESS, **{"from": "2024-05-20", "to": "2024-05-22"})["items"]
    assert [each["day"] for each in items] == ["2024-05-20", "2024-05-21"]
    assert (items[0]["volumes"], items[0]["balance"]) == ([], None)


def test_they_are_the_owners_and_nobody_elses(
    flowing: Station,
    place: Place,
    as_person: AsPerson,
    owner: Reader,
    neighbour: Reader,
    stranger: Reader,
) -> None:
    assert owner.status(ADDRESS, **ASKED) == 200
    assert as_person(place.reader).status(ADDRESS, **ASKED) == 200
    assert neighbour.status(ADDRESS, **ASKED) == 404
    assert stranger.status(ADDRESS, **ASKED) == 404
    assert as_person(place.line_keeper).status(ADDRESS, **ASKED) == 404


@pytest.mark.parametrize(
    "query",
    [{"from": "2024-05-22", "to": "2024-05-21"}, {"from": "2020-01-01", "to": "2024-05-21"}],
)
def test_what_cannot_be_asked_is_refused(
    place: Place, owner: Reader, query: dict[str, str]
) -> None:
    assert owner.status(ADDRESS, **query) == 400


def test_the_future_has_no_days(place: Place, owner: Reader) -> None:
    told = owner.read(ADDRESS, **{"from": "2199-01-01", "to": "2199-01-03"})
    assert told["items"] == []
