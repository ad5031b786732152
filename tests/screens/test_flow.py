"""Volumes and loads on a station's page, and the list of days whose flows want a look."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from monitoring.domain.slots import day_start
from monitoring.models import DayBalance, DayTotal
from stations.models import Permit, Person, Station
from stations.services.grants import rebuild_grants
from tests.factories import (
    AgencyFactory,
    ChannelFactory,
    FacilityFactory,
    JurisdictionFactory,
    MembershipFactory,
    StationFactory,
    UnitFactory,
    ZoneFactory,
)
from tests.monitoring.air import hours

pytestmark = pytest.mark.django_db


def days_ago(count: int) -> date:
    return timezone.localdate() - timedelta(days=count)


def start(count: int) -> datetime:
    return day_start(days_ago(count))


def total(station: Station, symbol: str, amount: str, ago: int, *, n: int = 288) -> None:
    value = Fraction(amount)
    DayTotal.objects.create(
        station=station,
        slot=station.channels.get(symbol=symbol).slot,
        start=start(ago),
        unit="m³" if symbol.startswith("Flow") else "kg",
        numerator=Decimal(value.numerator),
        denominator=Decimal(value.denominator),
        n=n,
        expected=288,
    )


def works(*symbols: str, **columns: Any) -> Station:
    zone = ZoneFactory(units=[UnitFactory()])
    station: Station = StationFactory(facility=FacilityFactory(zone=zone), code="NT01", **columns)
    for symbol in symbols:
        ChannelFactory(station=station, symbol=symbol)
    return station


@pytest.fixture
def station() -> Station:
    """Yesterday 7,500 m³ of 7,000; 30 % less out than in; two hours of hardly any outflow."""
    made = works("FlowIn", "FlowOut", "COD")
    Permit.objects.create(facility=made.facility, number="GP 9", flow_m3_per_day=Decimal(7000))
    total(made, "FlowOut", "7500", 1)
    total(made, "COD", "450.5", 1)
    DayBalance.objects.create(
        station=made, start=start(1), in_numerator=10000, out_numerator=7000, n=288, expected=288
    )
    hours(made, "FlowIn", start(1), ["100"] * 5)
    hours(made, "FlowOut", start(1), ["100", "1", "1", "100", "100"])
    return made


def client_of(person: Person) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def member(kind: str = "environment_department", **jurisdiction: Any) -> Client:
    agency = AgencyFactory(kind=kind)
    JurisdictionFactory(agency=agency, **jurisdiction)
    person = MembershipFactory(agency=agency, role="officer").person
    person.language = "vi"
    person.save()
    rebuild_grants()
    return client_of(person)


@pytest.fixture
def officer() -> Client:
    return member()


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def block(client: Client) -> str:
    shown = page(client, f"/stations/NT01/?flow_month={days_ago(1):%Y-%m}")
    return re.search(r'<section id="flow".*?</section>', shown)[0]


def test_a_day_stands_with_its_volume_its_load_and_its_signs(
    station: Station, officer: Client
) -> None:
    shown = block(officer)
    assert "giấy phép GP 9: 7.000 m³/ngày" in shown
    assert "vượt lưu lượng cho phép: 7.500 trên 7.000 m³" in shown
    assert "107,1" in shown
    assert "450,5" in shown
    assert "dòng ra ít hơn dòng vào 30" in shown
    assert "dòng ra gần như ngừng 2 giờ từ 01:00" in shown
    assert shown.count('<g class="flow-over">') == 1


def test_the_drawing_is_numbers_in_any_language(station: Station, officer: Client) -> None:
    shown = re.search(r'<svg viewBox="0 0 \d+ 120".*?</svg>', block(officer))[0]
    for value in re.findall(r'(?:\sx|\sy|width|height|\sd)="([^"]*)"', shown):
        assert re.fullmatch(r"[-0-9. Mhlz]+", value), value


def test_a_volume_barely_above_does_not_look_equal(officer: Client) -> None:
    made = works("FlowOut")
    Permit.objects.create(facility=made.facility, number="GP 9", flow_m3_per_day=Decimal(7000))
    total(made, "FlowOut", "7000.04", 1)
    assert "7.000,04 trên 7.000 m³" in block(officer)


def test_the_months_sum_is_of_what_was_measured(station: Station, officer: Client) -> None:
    if days_ago(1).month != days_ago(2).month:
        pytest.skip("yesterday was the first of a month")
    total(station, "FlowOut", "1000", 2, n=100)
    foot = re.search(r"<tfoot>.*?</tfoot>", block(officer))[0]
    assert "8.500" in foot
    assert "2 ngày" in foot


def test_a_station_without_a_flow_says_so(officer: Client) -> None:
    works("COD")
    assert "Trạm này không đo lưu lượng" in block(officer)


def test_a_month_without_data_says_so(station: Station, officer: Client) -> None:
    assert "Tháng này chưa nhận được số liệu lưu lượng" in page(
        officer, "/stations/NT01/?flow_month=2001-01"
    )


def test_without_a_permitted_flow_it_says_so(officer: Client) -> None:
    made = works("FlowOut")
    total(made, "FlowOut", "7000", 1)
    assert "Hồ sơ chưa có lưu lượng cho phép" in block(officer)


def test_air_has_no_such_block(officer: Client) -> None:
    works("PM10", medium="ambient_air")
    assert 'id="flow"' not in page(officer, "/stations/NT01/")


def test_the_list_leads_to_the_day(station: Station, officer: Client) -> None:
    shown = page(officer, "/flows/")
    assert f'href="/stations/NT01/?flow_month={days_ago(1):%Y-%m}#flow"' in shown
    assert "vượt lưu lượng cho phép" in shown
    assert "1 ngày của các trạm có dấu hiệu" in shown


def test_the_list_looks_back_as_far_as_asked(station: Station, officer: Client) -> None:
    DayTotal.objects.update(start=start(20))
    DayBalance.objects.all().delete()
    for query, found in (("", False), ("?days=31", True), ("?days=9999", True), ("?days=x", False)):
        told = "vượt lưu lượng cho phép: " in page(officer, f"/flows/{query}")
        assert told is found, query


def test_a_calm_list_says_what_it_compared(officer: Client) -> None:
    works("FlowOut")
    assert "Các ngày này không có dấu hiệu nào" in page(officer, "/flows/")


def test_a_stranger_and_a_neighbour_see_nothing_of_it(station: Station) -> None:
    neighbour = member("district_committee", what="unit", unit=UnitFactory())
    assert neighbour.get("/stations/NT01/").status_code == 404
    assert "NT01" not in page(neighbour, "/flows/")
    assert "Không có trạm nước thải nào" in page(neighbour, "/flows/")
    lines = member("information_department", what="links")
    assert 'id="flow"' not in page(lines, "/stations/NT01/")
    assert "NT01" not in page(lines, "/flows/")
    assert Client().get("/flows/").status_code == 302


def test_the_first_page_leads_the_department_to_the_list_and_nobody_else(
    station: Station, officer: Client
) -> None:
    assert 'href="/flows/"' in page(officer, "/")
    district = member("district_committee", what="unit", unit=station.facility.zone.units.get())
    assert 'href="/flows/"' not in page(district, "/")
    assert "NT01" in page(district, "/flows/")


def test_totals_are_worked_out_again_by_command(station: Station) -> None:
    out = StringIO()
    call_command("redo_totals", station="NT01", stdout=out, stderr=StringIO())
    assert out.getvalue().strip() == "đã tính lại 0 ngày của 1 trạm"
    with pytest.raises(CommandError):
        call_command("redo_totals", station="KHONG-CO", stdout=out)
