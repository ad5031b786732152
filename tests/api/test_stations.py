"""Stations, their lines, series and limits."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from monitoring.models import Link
from stations.models import PermitLimit
from tests.api.conftest import (
    MORNING,
    AsPerson,
    Place,
    Reader,
    row,
    settle_now,
    store,
)

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def measured(place: Place) -> Place:
    """Twelve readings of an hour, COD 10 to 120, the second a fault without a value."""
    lines = [row(MORNING + 5 * n * MINUTE, 10 * (n + 1)) for n in range(12)]
    lines[1] = row(MORNING + 5 * MINUTE, "---", "02")
    store(place.station, "".join(lines), at=MORNING + HOUR)
    settle_now(MORNING + HOUR)
    return place


def limit(place: Place, maximum: str, since: date | None = None, until: date | None = None) -> None:
    PermitLimit.objects.create(
        channel=place.station.channels.get(symbol="COD"),
        period="day",
        maximum=Decimal(maximum),
        valid_from=since,
        valid_until=until,
        source="GPMT",
    )


def test_a_station_is_its_owners_and_nobody_elses(
    place: Place, owner: Reader, neighbour: Reader, stranger: Reader
) -> None:
    assert [each["code"] for each in owner.rows("stations/")] == ["OWN-NT01"]
    assert [each["code"] for each in neighbour.rows("stations/")] == ["OTHER-NT01"]
    assert stranger.rows("stations/") == []
    for rest in ("", "series/?parameter=COD", "limits/"):
        assert owner.get(f"/api/v1/stations/OWN-NT01/{rest}").status_code == 200
        assert neighbour.get(f"/api/v1/stations/OWN-NT01/{rest}").status_code == 404
        assert stranger.get(f"/api/v1/stations/OWN-NT01/{rest}").status_code == 404


def test_a_station_is_told_with_its_present_state(measured: Place, owner: Reader) -> None:
    limit(measured, "100")
    store(measured.station, row(MORNING, 20), name="again", at=MORNING + HOUR + MINUTE)
    settle_now(MORNING + HOUR + MINUTE)
    (told,) = owner.rows("stations/")
    assert told["last_measured"] == "2024-05-21T08:55:00+07:00"
    assert told["last_received"] == "2024-05-21T09:01:00+07:00"
    assert told["worst_parameter"] == "COD"
    assert told["worst_ratio"] == pytest.approx(0.7)
    cod = owner.read("stations/OWN-NT01/")["parameters"][0]
    assert (cod["parameter"], cod["value"], cod["status"]) == ("COD", 120.0, "00")
    assert cod["measured_at"] == "2024-05-21T08:55:00+07:00"


def test_a_station_that_never_spoke_is_not_connected(owner: Reader) -> None:
    (told,) = owner.rows("stations/")
    assert told["state"] == "not_connected"
    assert told["last_measured"] is None
    assert told["worst_ratio"] is None


def test_who_keeps_the_lines_sees_no_readings(measured: Place, as_person: AsPerson) -> None:
    keeper = as_person(measured.line_keeper)
    told = {each["code"]: each for each in keeper.rows("stations/")}
    assert set(told) == {"OWN-NT01", "OTHER-NT01"}
    assert told["OWN-NT01"]["last_measured"]
    assert told["OWN-NT01"]["state"] is None
    assert told["OWN-NT01"]["worst_ratio"] is None
    assert keeper.read("stations/OWN-NT01/")["parameters"] is None
    assert keeper.status("stations/OWN-NT01/series/", parameter="COD") == 404
    assert keeper.status("stations/OWN-NT01/limits/") == 404


def test_a_silent_line_is_shown_to_who_keeps_it(measured: Place, as_person: AsPerson) -> None:
    Link.objects.update(silent_since=MORNING + HOUR)
    keeper = as_person(measured.line_keeper)
    assert keeper.read("stations/OWN-NT01/")["state"] == "silent"
    told = {each["station"]: each for each in keeper.rows("links/")}
    assert told["OWN-NT01"] == {
        "station": "OWN-NT01",
        "last_measured": "2024-05-21T08:55:00+07:00",
        "last_received": "2024-05-21T09:00:00+07:00",
        "silent_after": "2024-05-21T09:20:00+07:00",
        "silent_since": "2024-05-21T09:00:00+07:00",
    }
    assert told["OTHER-NT01"]["silent_after"] is None


def test_links_are_their_owners(
    measured: Place, owner: Reader, neighbour: Reader, stranger: Reader
) -> None:
    assert [each["station"] for each in owner.rows("links/")] == ["OWN-NT01"]
    assert [each["station"] for each in neighbour.rows("links/")] == ["OTHER-NT01"]
    assert stranger.rows("links/") == []


def series(reader: Reader, **query: Any) -> Any:
    asked = {"parameter": "COD", "from": "2024-05-21", "to": "2024-05-22", **query}
    return reader.read("stations/OWN-NT01/series/", **asked)


def test_raw_readings_come_with_their_status(measured: Place, owner: Reader) -> None:
    told = series(owner)
    assert told["unit"] == "mg/L"
    assert told["time"][:2] == ["2024-05-21T08:00:00+07:00", "2024-05-21T08:05:00+07:00"]
    assert told["value"] == [10.0, None, *(10.0 * n for n in range(3, 13))]
    assert told["status"] == ["00", "02", *["00"] * 10]
    assert told["capture"] is None
    assert told["limit"] == []


def test_a_series_has_its_first_moment_and_not_its_last(measured: Place, owner: Reader) -> None:
    told = series(owner, **{"from": "2024-05-21T08:10:00", "to": "2024-05-21T08:20:00"})
    assert told["value"] == [30.0, 40.0]


@pytest.mark.parametrize(("step", "start"), [("hour", "08:00"), ("day", "00:00")])
def test_means_come_with_their_capture(
    measured: Place, owner: Reader, step: str, start: str
) -> None:
    told = series(owner, step=step)
    assert told["time"] == [f"2024-05-21T{start}:00+07:00"]
    assert told["value"] == [pytest.approx(760 / 11)]
    assert told["status"] is None
    assert told["capture"] == [pytest.approx(11 / (12 if step == "hour" else 288))]


def test_a_parameter_that_was_not_measured_is_an_empty_series(
    measured: Place, owner: Reader
) -> None:
    told = series(owner, parameter="pH")
    assert told["time"] == told["value"] == told["status"] == []


def test_a_limit_steps_where_it_changed(measured: Place, owner: Reader) -> None:
    limit(measured, "50", until=date(2024, 5, 20))
    limit(measured, "67.5", since=date(2024, 5, 21))
    told = series(owner, **{"from": "2024-05-20T12:00:00", "to": "2024-05-23"})
    assert told["limit"] == [
        {
            "from": "2024-05-20T12:00:00+07:00",
            "to": "2024-05-21T00:00:00+07:00",
            "min": None,
            "max": 50,
            "period": "day",
        },
        {
            "from": "2024-05-21T00:00:00+07:00",
            "to": "2024-05-23T00:00:00+07:00",
            "min": None,
            "max": 67.5,
            "period": "day",
        },
    ]


def test_points_ask_for_fewer_with_the_same_extremes(place: Place, owner: Reader) -> None:
    lines = [row(MORNING + n * MINUTE, n % 50) for n in range(300)]
    lines[123] = row(MORNING + 123 * MINUTE, 999)
    store(place.station, "".join(lines), at=MORNING + 5 * HOUR)
    told = series(owner, points=40)
    assert len(told["time"]) <= 40
    assert max(told["value"]) == 999
    assert min(told["value"]) == 0


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ({"parameter": ""}, "parameter"),
        ({"parameter": "XYZ"}, "parameter"),
        ({"step": "minute"}, "step"),
        ({"points": "19"}, "points"),
        ({"from": "2022-01-01"}, "step"),
        ({"from": "2024-05-23"}, "to"),
        ({"to": "tomorrow"}, "to"),
    ],
)
def test_a_wrong_question_is_told_what_is_wrong(
    owner: Reader, query: dict[str, str], wrong: str
) -> None:
    asked = {"parameter": "COD", "from": "2024-05-21", "to": "2024-05-22", **query}
    answer = owner.get("/api/v1/stations/OWN-NT01/series/", asked)
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [wrong]


def test_limits_are_those_of_the_day_that_is_asked_for(place: Place, owner: Reader) -> None:
    limit(place, "50", until=date(2024, 5, 20))
    limit(place, "67.5", since=date(2024, 5, 21))
    (before,) = owner.read("stations/OWN-NT01/limits/", on="2024-05-20")
    (after,) = owner.read("stations/OWN-NT01/limits/", on="2024-05-21")
    assert (before["max"], after["max"]) == (50, 67.5)
    assert after["parameter"] == "COD"
    assert after["period"] == "day"
    assert after["min"] is None
    assert after["derivation"]["C"] == 67.5
    assert after["min_capture"] == 0.75
    assert after["grace_minutes"] == 30
    assert after["source"] == "GPMT"
    assert after["confirmed"] is None


def test_a_day_that_is_none_is_told(owner: Reader) -> None:
    answer = owner.get("/api/v1/stations/OWN-NT01/limits/", {"on": "2024-02-30"})
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["on"]


def test_a_series_takes_a_fixed_number_of_queries(
    measured: Place, owner: Reader, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(20):
        series(owner)


def test_a_list_of_stations_takes_the_same_queries_however_long(
    measured: Place, as_person: AsPerson, django_assert_num_queries: Any
) -> None:
    department = as_person(measured.department)
    with django_assert_num_queries(5):
        assert len(department.rows("stations/")) == 2
