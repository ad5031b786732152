"""VN_AQI on the page of an ambient station."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from monitoring.domain.slots import day_of, day_start
from monitoring.views.air import month_of
from stations.models import AirClass, Station
from stations.services.grants import rebuild_grants
from tests.factories import AgencyFactory, JurisdictionFactory, MembershipFactory
from tests.monitoring.air import HOUR, air_station, hours

pytestmark = pytest.mark.django_db


def running_hour() -> datetime:
    return timezone.now().replace(minute=0, second=0, microsecond=0)


@pytest.fixture
def station() -> Station:
    """Three hours of 100 µg/m³ PM10, and the whole day before yesterday with 40."""
    made = air_station("PM10", "O3", code="KK01")
    hours(made, "PM10", running_hour() - 3 * HOUR, ["100"] * 3)
    hours(made, "PM10", day_start(day_of(timezone.now()) - timedelta(days=2)), ["40"] * 24)
    return made


@pytest.fixture
def officer() -> Client:
    agency = AgencyFactory()
    JurisdictionFactory(agency=agency)
    person = MembershipFactory(agency=agency, role="officer").person
    person.language = "vi"
    person.save()
    rebuild_grants()
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def block(client: Client, query: str = "") -> str:
    answer = client.get(f"/stations/KK01/{query}")
    assert answer.status_code == 200
    return re.search(
        r'<section class="live"\s+id="air".*?</section>', answer.content.decode(), re.S
    )[0]


def test_the_index_now_is_a_figure_a_word_and_a_main_pollutant(
    station: Station, officer: Client
) -> None:
    shown = block(officer)
    assert 'class="air-chip large" style="--air: #ffff00; --air-ink: #000000">75</span>' in shown
    assert "<b>Trung bình</b>" in shown
    assert re.search(r"thông số chính\s+<span class=\"strong\">PM10</span>", shown)
    assert "QĐ 1459/QĐ-TCMT" in shown


def test_a_whole_day_stands_in_the_calendar_of_its_month(station: Station, officer: Client) -> None:
    day = day_of(timezone.now()) - timedelta(days=2)
    shown = block(officer, f"?aqi_month={day:%Y-%m}")
    cell = re.search(
        rf'<span class="air-date">{day.day}</span><b>(.*?)</b>.*?hidden">(.*?)</span>', shown
    )
    assert cell is not None
    assert cell.groups() == ("40", "Tốt, PM10")


def test_what_the_decision_leaves_open_is_said(station: Station, officer: Client) -> None:
    assert "in 60, tính theo công thức là 59,35" in block(officer)


@pytest.mark.parametrize(
    ("kind", "said"),
    [("reference", "chỉ công bố nồng độ"), (None, "chưa được xếp vào loại")],
)
def test_a_station_that_may_publish_none_says_why(
    station: Station, officer: Client, kind: str | None, said: str
) -> None:
    if kind:
        AirClass.objects.update(kind=kind)
    else:
        AirClass.objects.all().delete()
    shown = block(officer)
    assert said in shown
    assert "air-chip" not in shown


def test_without_particles_it_says_what_is_missing(officer: Client) -> None:
    made = air_station("PM10", "O3", code="KK01")
    hours(made, "O3", running_hour() - 3 * HOUR, ["100"] * 3)
    shown = block(officer)
    assert "không giờ nào đủ số liệu PM10 hoặc PM2.5" in shown
    assert shown.count('class="air-cell missing"') == 24


def test_an_old_index_tells_its_age(officer: Client) -> None:
    made = air_station("PM10", code="KK01")
    hours(made, "PM10", running_hour() - 8 * HOUR, ["100"] * 2)
    assert "các giờ sau không đủ số liệu" in block(officer)


def test_water_has_no_such_block(officer: Client) -> None:
    air_station("PM10", code="KK01")
    Station.objects.update(medium="surface_water")
    assert 'id="air"' not in officer.get("/stations/KK01/").content.decode()


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("2024-05", date(2024, 5, 1)),
        ("", date(2024, 6, 1)),
        ("2024-13", date(2024, 6, 1)),
        ("<script>", date(2024, 6, 1)),
        ("2025-01", date(2024, 6, 1)),
        ("0-1", date(2024, 6, 1)),
    ],
)
def test_a_month_is_one_that_has_begun(asked: str, shown: date) -> None:
    assert month_of(asked, date(2024, 6, 12)) == shown
