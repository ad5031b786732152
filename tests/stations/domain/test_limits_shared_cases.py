"""`cases/limits.yaml` of the shared folder, each line a test."""

from __future__ import annotations

from decimal import Decimal
from typing import get_args

import pytest

from stations.domain.limits import Period, PermitLimit, ReceivingWater, limits_on
from stations.domain.regulations import factors_of
from tests.stations.domain.editions import EDITIONS, EMISSION, ON, WASTEWATER, cases, station

CASES = cases("limits.yaml")
STATIONS = {
    "KCNQC-NT01": station(),
    "CCNDN-NT01": station(
        column="B", design_flow="900", water=ReceivingWater("river", Decimal(40))
    ),
}
EXPECTED = [
    (code, parameter, expected)
    for code, parameters in CASES["stations"].items()
    for parameter, expected in parameters.items()
]


def decimal(number):
    return None if number is None else Decimal(str(number))


def limits(parameter, inputs, permits=()):
    return limits_on(parameter, station=inputs, editions=EDITIONS, permits=permits, on=ON)


@pytest.mark.parametrize(("code", "parameter", "expected"), EXPECTED)
def test_the_limits_of_the_register(code, parameter, expected):
    found = limits(parameter, STATIONS[code])
    if expected is None:
        assert found == ()
        return
    (limit,) = found
    assert limit.maximum == decimal(expected.get("max"))
    assert limit.minimum == decimal(expected.get("min"))
    if "derivation" in expected:
        told = limit.derivation.as_json()
        told = {k: told[k] for k in told if k not in ("reasons", "expression")}
        assert told == expected["derivation"]


def factors(**known):
    unknown = {"water": None, "design_flow": None, "gas_flow": None, "kv_zone": None}
    edition = EMISSION if known.keys() & {"gas_flow", "kv_zone"} else WASTEWATER
    return {f.name: f.value for f in factors_of(edition, **(unknown | known))}


@pytest.mark.parametrize(("flow", "kf"), CASES["kf"])
def test_kf(flow, kf):
    assert factors(design_flow=decimal(flow))["Kf"] == decimal(kf)


@pytest.mark.parametrize(("flow", "kq"), CASES["kq_river"])
def test_kq_of_a_river(flow, kq):
    assert factors(water=ReceivingWater("river", decimal(flow)))["Kq"] == decimal(kq)


@pytest.mark.parametrize(("volume", "kq"), CASES["kq_lake"])
def test_kq_of_a_lake(volume, kq):
    water = ReceivingWater("lake", volume_m3=decimal(volume))
    assert factors(water=water)["Kq"] == decimal(kq)


@pytest.mark.parametrize(("flow", "kp"), CASES["kp"])
def test_kp(flow, kp):
    assert factors(gas_flow=decimal(flow))["Kp"] == decimal(kp)


@pytest.mark.parametrize(("zone", "kv"), CASES["kv"].items())
def test_kv(zone, kv):
    assert factors(kv_zone=zone)["Kv"] == decimal(kv)


@pytest.mark.parametrize("case", CASES["permit"])
def test_a_permit_beside_the_regulation(case):
    given = case["permit"]
    permit = PermitLimit(
        given["period"],
        decimal(given["max"]),
        replaces=given.get("replaces", False),
        source="GPMT",
    )
    found = {limit.period: limit.maximum for limit in limits("COD", station(), [permit])}
    expected = {"day": case["counts"], **case.get("beside", {})}
    assert found == {period: decimal(number) for period, number in expected.items()}
    assert set(found) <= set(get_args(Period))
