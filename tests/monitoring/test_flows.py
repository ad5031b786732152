"""What a station's flows say of its days: against the permit, in against out."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from monitoring.domain.slots import day_start
from monitoring.models import DayBalance, DayTotal
from monitoring.services.flows import FlowBook, FlowDay, signs_of
from stations.models import DesignFlow, Facility, Permit, RuleSetting, Station
from tests.factories import ChannelFactory, FacilityFactory, StationFactory
from tests.monitoring.air import HOUR, hours

pytestmark = pytest.mark.django_db
DAY = date(2024, 5, 21)
START = day_start(DAY)
ONE_DAY = timedelta(days=1)


def works(*symbols: str, facility: Facility | None = None, **columns: Any) -> Station:
    station: Station = StationFactory(facility=facility or FacilityFactory(), **columns)
    for symbol in symbols or ("FlowIn", "FlowOut", "COD"):
        ChannelFactory(station=station, symbol=symbol)
    return station


def total(
    station: Station, symbol: str, amount: str, *, n: int = 24, day: date = DAY, unit: str = "m³"
) -> None:
    value = Fraction(amount)
    DayTotal.objects.create(
        station=station,
        slot=station.channels.get(symbol=symbol).slot,
        start=day_start(day),
        unit=unit,
        numerator=Decimal(value.numerator),
        denominator=Decimal(value.denominator),
        n=n,
        expected=24,
    )


def balance(station: Station, into: str, out: str, *, n: int = 24) -> None:
    DayBalance.objects.create(
        station=station,
        start=START,
        in_numerator=Decimal(into),
        out_numerator=Decimal(out),
        n=n,
        expected=24,
    )


def permit(station: Station, m3: str | None, number: str = "12", **days: date) -> None:
    Permit.objects.create(
        facility=station.facility, number=number, flow_m3_per_day=m3 and Decimal(m3), **days
    )


def of_day(station: Station, day: date = DAY) -> FlowDay:
    (found,) = FlowBook([station], day, day).of(station.pk)
    return found


@pytest.mark.parametrize(("amount", "signs"), [("7000", []), ("7000.001", ["over"]), ("6999", [])])
def test_only_above_what_is_permitted_is_a_sign(amount: str, signs: list[str]) -> None:
    station = works()
    permit(station, "7000")
    total(station, "FlowOut", amount)
    assert of_day(station).signs == signs


@pytest.mark.parametrize(
    ("n", "signs"), [(18, ["maybe_over"]), (17, []), (24, [])], ids=["enough", "too few", "whole"]
)
def test_an_estimate_of_the_whole_day_is_a_weaker_sign(n: int, signs: list[str]) -> None:
    """6,000 m³ of 18 of 24 slots would be 8,000 a day."""
    station = works()
    permit(station, "7000")
    total(station, "FlowOut", "6000", n=n)
    assert of_day(station).signs == signs


def test_little_data_above_what_is_permitted_are_above_all_the_same() -> None:
    station = works()
    permit(station, "7000")
    total(station, "FlowOut", "7001", n=6)
    assert of_day(station).signs == ["over"]


def test_the_permit_in_force_that_day_counts_and_is_named() -> None:
    station = works()
    permit(station, "5000", "cũ", valid_until=DAY - ONE_DAY)
    permit(station, "7000", "mới", valid_from=DAY)
    total(station, "FlowOut", "6000", day=DAY - ONE_DAY)
    total(station, "FlowOut", "6000")
    before, after = FlowBook([station], DAY - ONE_DAY, DAY).of(station.pk)
    assert (before.signs, after.signs) == (["over"], [])
    assert before.allowance is not None
    assert after.allowance is not None
    assert (before.allowance.name, after.allowance.name) == ("cũ", "mới")


def test_of_several_permits_the_smallest_flow_counts_and_one_without_a_flow_does_not() -> None:
    station = works()
    for number, m3 in (("a", "7000"), ("b", "6500"), ("c", None)):
        permit(station, m3, number)
    allowance = of_day(station).allowance
    assert allowance is not None
    assert (allowance.name, allowance.m3, allowance.kind) == ("b", 6500, "permit")


def test_without_a_permit_the_design_flow_counts_and_says_so() -> None:
    station = works()
    assert of_day(station).allowance is None
    DesignFlow.objects.create(facility=station.facility, m3_per_day=Decimal(900))
    allowance = of_day(station).allowance
    assert allowance is not None
    assert (allowance.kind, allowance.m3) == ("design", 900)


def test_all_outlets_of_a_facility_count_together() -> None:
    one = works("FlowOut", code="A-NT01")
    other = works("FlowOut", facility=one.facility, code="A-NT02")
    works("Flow", facility=one.facility, medium="emission", code="A-KT01")
    permit(one, "7000")
    total(one, "FlowOut", "4000")
    total(other, "FlowOut", "3500")
    for station in (one, other):
        found = of_day(station)
        assert (found.facility, found.signs) == (7500, ["over"])
    assert of_day(one).outflow is not None
    assert of_day(one).share == Fraction(15, 14)


def test_an_outlet_without_data_leaves_no_estimate_of_the_facility() -> None:
    one = works("FlowOut")
    works("FlowOut", facility=one.facility)
    total(one, "FlowOut", "4000")
    found = of_day(one)
    assert (found.facility, found.facility_whole) == (4000, None)


def test_a_station_that_ended_is_not_waited_for() -> None:
    one = works("FlowOut")
    works("FlowOut", facility=one.facility, ended_on=DAY - ONE_DAY)
    total(one, "FlowOut", "4000")
    assert of_day(one).facility_whole == 4000


def test_in_and_out_that_part_by_more_than_the_setting_are_a_sign() -> None:
    for out, signs in (("800", []), ("799", ["balance"]), ("1201", ["balance"])):
        station = works()
        balance(station, "1000", out)
        assert of_day(station).signs == signs


def test_the_share_of_the_day_decides() -> None:
    station = works()
    balance(station, "1000", "850")
    assert of_day(station).signs == []
    RuleSetting.objects.filter(key="balance_share").update(valid_until=DAY - ONE_DAY)
    RuleSetting.objects.create(
        key="balance_share", value=Decimal("0.1"), source="QĐ", valid_from=DAY
    )
    assert of_day(station).signs == ["balance"]


def test_too_little_of_the_day_is_not_compared() -> None:
    station = works()
    balance(station, "1000", "1", n=17)
    found = of_day(station)
    assert (found.signs, found.parted) == ([], None)


def test_a_drop_of_the_outflow_is_a_sign_with_its_hours() -> None:
    station = works()
    hours(station, "FlowIn", START, ["100"] * 6)
    hours(station, "FlowOut", START, ["95", "95", "2", "3", "95", "95"])
    found = of_day(station)
    assert found.signs == ["drop"]
    assert [(drop.start, drop.end) for drop in found.drops] == [
        (START + 2 * HOUR, START + 4 * HOUR)
    ]


def test_flows_in_two_units_are_compared_in_one() -> None:
    station = works()
    station.channels.filter(symbol="FlowOut").update(unit="L/s")
    hours(station, "FlowIn", START, ["100"] * 3)
    hours(station, "FlowOut", START, ["25"] * 3)  # 90 m³/h
    assert of_day(station).signs == []


def test_without_its_settings_nothing_is_compared() -> None:
    station = works()
    permit(station, "10")
    total(station, "FlowOut", "8", n=18)
    balance(station, "1000", "1")
    RuleSetting.objects.all().delete()
    assert of_day(station).signs == []


def test_days_without_data_are_there_and_say_nothing() -> None:
    station = works()
    permit(station, "10")
    days = FlowBook([station], DAY, DAY + ONE_DAY).of(station.pk)
    assert [(each.day, each.has_data, each.signs) for each in days] == [
        (DAY, False, []),
        (DAY + ONE_DAY, False, []),
    ]


def test_a_stack_is_held_against_no_permit() -> None:
    station = works("Flow", "SO2", medium="emission")
    permit(station, "1")
    total(station, "Flow", "100000")
    total(station, "SO2", "20", unit="kg")
    found = of_day(station)
    assert (found.allowance, found.facility, found.signs) == (None, None, [])
    assert found.loads["SO2"].amount == 20


def test_the_list_has_the_days_with_a_sign_newest_first() -> None:
    station, calm = works(code="B-NT01"), works(code="A-NT01")
    permit(station, "10")
    for n in range(3):
        total(station, "FlowOut", "11" if n != 1 else "9", day=DAY + n * ONE_DAY)
    total(calm, "FlowOut", "11")
    found = signs_of([station, calm], DAY, DAY + 2 * ONE_DAY)
    assert [(each.code, day.day) for each, day in found] == [
        ("B-NT01", DAY + 2 * ONE_DAY),
        ("B-NT01", DAY),
    ]


def test_the_queries_do_not_grow_with_stations_or_days() -> None:
    def counted(count: int, days: int) -> int:
        stations = [works() for _ in range(count)]
        for station in stations:
            permit(station, "10")
            total(station, "FlowOut", "11")
        with CaptureQueriesContext(connection) as queries:
            assert len(signs_of(stations, DAY, DAY + days * ONE_DAY)) == count
        return len(queries)

    assert counted(1, 1) == counted(6, 31) <= 13
