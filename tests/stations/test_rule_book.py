"""The register's rows give the limits of the shared cases, cheaply for any number of days."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from stations.models import Channel, Station
from stations.services.limits import PERMIT_WITHOUT_A_NAME, RuleBook
from stations.services.register_load import load_file

pytestmark = pytest.mark.django_db
DAY = date(2024, 5, 21)


def station(more: str, *, facility: str = "", medium: str = "wastewater", rule: str) -> str:
    return (
        f"facilities: [{{code: F, name: F, kind: plant, {facility} stations: [{{code: S,"
        f" medium: {medium}, judged_by: [{rule}], {more}}}]}}]"
    )


OLD_A = '{regulation: "QCVN 40:2011/BTNMT", column: A, from: 2024-01-01}'
WATER = "design_flow_m3_per_day: 7000, receiving_water: {kind: river, flow_m3_per_s: 120},"


def limits(symbol: str = "COD", on: date = DAY, code: str = "S"):
    channel = Channel.objects.get(station__code=code, symbol=symbol)
    book = RuleBook.load([channel.station_id])
    return book.limits_on(channel.station_id, channel.slot, on)


def test_the_shared_cases_hold(shared_cases: Path):
    load_file(shared_cases / "register.yaml")
    cases = yaml.safe_load((shared_cases / "limits.yaml").read_text("utf-8"))["stations"]
    book = RuleBook.load(Station.objects.values_list("pk", flat=True))
    for code, expected in cases.items():
        for symbol, told in expected.items():
            channel = Channel.objects.get(station__code=code, symbol=symbol)
            found = book.limits_on(channel.station_id, channel.slot, DAY)
            if told is None:
                assert found == ()
                continue
            (limit,) = found
            assert limit.maximum == Decimal(str(told["max"])) if "max" in told else True
            assert limit.minimum == (Decimal(str(told["min"])) if "min" in told else None)
            if "derivation" in told:
                derived = limit.derivation.as_json()
                assert {name: derived[name] for name in told["derivation"]} == told["derivation"]
            assert (limit.period, limit.confirmed) == (
                "day",
                "GPMT số 12" if code == "KCNQC-NT01" else "GPMT số 13",
            )


FACTORS = [
    ("kf", "design_flow_m3_per_day: {}", "Kf", "wastewater", OLD_A, "COD"),
    (
        "kq_river",
        "receiving_water: {{kind: river, flow_m3_per_s: {}}}",
        "Kq",
        "wastewater",
        OLD_A,
        "COD",
    ),
    ("kq_lake", "receiving_water: {{kind: lake, volume_m3: {}}}", "Kq", "wastewater", OLD_A, "COD"),
]


@pytest.mark.parametrize(("name", "fact", "factor", "medium", "rule", "symbol"), FACTORS)
def test_each_edge_of_the_factors_of_water(
    load, shared_cases: Path, name, fact, factor, medium, rule, symbol
):
    cases = yaml.safe_load((shared_cases / "limits.yaml").read_text("utf-8"))
    for amount, expected in cases[name]:
        written = "null" if amount is None else amount
        load(
            station(
                "channels: [{parameter: COD}]",
                facility=fact.format(written) + ",",
                rule=rule,
            )
        )
        (limit,) = limits(symbol)
        assert limit.derivation.as_json()[factor] == expected, amount


@pytest.mark.parametrize("name", ["kp", "kv"])
def test_each_edge_of_the_factors_of_gas(load, shared_cases: Path, name: str):
    cases = yaml.safe_load((shared_cases / "limits.yaml").read_text("utf-8"))[name]
    fact = {"kp": "gas_flow_m3_per_hour", "kv": "kv_zone"}[name]
    for amount, expected in cases.items() if isinstance(cases, dict) else cases:
        load(
            station(
                f"{fact}: {amount}, channels: [{{parameter: PM}}]",
                medium="emission",
                rule='{regulation: "QCVN 19:2009/BTNMT", column: B}',
            )
        )
        (limit,) = limits("PM")
        assert limit.derivation.as_json()[name.capitalize()] == expected, amount


def test_each_case_of_a_permit_beside_the_regulation(load, shared_cases: Path):
    cases = yaml.safe_load((shared_cases / "limits.yaml").read_text("utf-8"))["permit"]
    for number, case in enumerate(cases):
        permit = case["permit"]
        text = ", ".join(f"{key}: {str(value).lower()}" for key, value in permit.items())
        load(
            station(
                f"channels: [{{parameter: COD, limit: {{{text}}}}}]", facility=WATER, rule=OLD_A
            )
            .replace("code: S,", f"code: S{number},")
            .replace("code: F,", f"code: F{number},")
        )
        found = {limit.period: limit.maximum for limit in limits(code=f"S{number}")}
        beside = {period: Decimal(value) for period, value in case.get("beside", {}).items()}
        assert found == {"day": Decimal(str(case["counts"]))} | beside


def test_a_permit_without_a_source_is_called_the_permit(load):
    load(station("channels: [{parameter: COD, limit: {max: 60}}]", facility=WATER, rule=OLD_A))
    (limit,) = limits()
    assert limit.source == PERMIT_WITHOUT_A_NAME


def test_a_change_of_the_flow_changes_the_limit_from_its_day(load):
    flows = "design_flow_m3_per_day: [{value: 5000}, {value: 5001, from: 2025-01-01}],"
    load(station("channels: [{parameter: COD}]", facility=flows, rule=OLD_A))
    before, after = limits(on=date(2024, 12, 31)), limits(on=date(2025, 1, 1))
    assert before[0].derivation.as_json()["Kf"] == 1
    assert after[0].derivation.as_json()["Kf"] == 0.9


def test_before_anything_judges_there_is_no_limit(load):
    load(station("channels: [{parameter: COD}]", rule=OLD_A))
    assert limits(on=date(2023, 12, 31)) == ()


def test_an_edition_without_numbers_gives_none(load):
    load(
        station(
            "channels: [{parameter: COD}]",
            rule='{regulation: "QCVN 40:2025/BTNMT", column: A}',
        )
    )
    assert limits() == ()


def test_fine_dust_follows_its_dated_limit(load):
    load(
        station(
            "channels: [{parameter: PM2.5}]",
            medium="ambient_air",
            rule='{regulation: "QCVN 05:2023/BTNMT"}',
        )
    )
    days = {
        on: {limit.period: limit.maximum for limit in limits("PM2.5", on)}
        for on in (date(2025, 12, 31), date(2026, 1, 1))
    }
    assert days == {
        date(2025, 12, 31): {"day": 50, "year": 25},
        date(2026, 1, 1): {"day": 45, "year": 25},
    }


def test_a_year_of_hours_is_asked_without_a_query(load, django_assert_num_queries):
    load(station("channels: [{parameter: COD}, {parameter: pH}]", facility=WATER, rule=OLD_A))
    number = Station.objects.get().pk
    book = RuleBook.load([number])
    with django_assert_num_queries(0):
        told = {
            id(book.limits_on(number, 1, DAY + timedelta(days=hour // 24)))
            for hour in range(24 * 365)
        }
    assert len(told) == 1


def test_many_stations_cost_as_much_as_one(load, project, django_assert_max_num_queries):
    load_file(project / "monitoring" / "demo" / "register.yaml")
    with django_assert_max_num_queries(13):
        RuleBook.load(Station.objects.values_list("pk", flat=True))


def test_an_unknown_channel_has_no_limit():
    assert RuleBook.load([]).limits_on(1, 1, DAY) == ()
