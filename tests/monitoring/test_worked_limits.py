"""`cases/limits.yaml` through the register's file, the command and the API."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.test import Client

from monitoring.models import HourMean, Verdict
from monitoring.services.settle import settle_dirty, settle_due
from stations.models import DesignFlow, ReceivingWater, Station
from tests.factories import PersonFactory
from tests.monitoring.conftest import CASES

ON = date(2024, 5, 21)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cases_register", "data_dir")]


def cases() -> dict[str, Any]:
    path = CASES / "limits.yaml"
    return yaml.safe_load(path.read_text()) if path.exists() else {}


CASE = cases()


@pytest.fixture
def department(client: Client) -> Client:
    client.force_login(PersonFactory(is_superuser=True))
    return client


def limits(client: Client, code: str) -> dict[str, list[dict[str, Any]]]:
    """What the API says of a station on the day of the cases, by parameter."""
    answer = client.get(f"/api/v1/stations/{code}/limits/?on={ON}")
    assert answer.status_code == 200
    found: dict[str, list[dict[str, Any]]] = {}
    for limit in answer.json():
        found.setdefault(limit["parameter"], []).append(limit)
    return found


@pytest.mark.parametrize("code", sorted(CASE.get("stations", {})))
def test_the_limits_of_the_register(department: Client, code: str) -> None:
    found = limits(department, code)
    for parameter, wanted in CASE["stations"][code].items():
        if wanted is None:
            assert parameter not in found
            continue
        (limit,) = found[parameter]
        assert (limit["max"], limit["min"]) == (wanted.get("max"), wanted.get("min")), parameter
        for name, value in wanted.get("derivation", {}).items():
            assert limit["derivation"][name] == value, (parameter, name)


def factor(client: Client, name: str) -> float:
    (cod,) = limits(client, "KCNQC-NT01")["COD"]
    return float(cod["derivation"][name])


@pytest.mark.parametrize(("flow", "wanted"), CASE.get("kf", []))
def test_kf(department: Client, flow: float, wanted: float) -> None:
    DesignFlow.objects.filter(facility__code="KCNQC").update(m3_per_day=Decimal(str(flow)))
    assert factor(department, "Kf") == wanted


@pytest.mark.parametrize(("flow", "wanted"), CASE.get("kq_river", []))
def test_kq_of_a_river(department: Client, flow: float | None, wanted: float) -> None:
    amount = None if flow is None else Decimal(str(flow))
    ReceivingWater.objects.filter(facility__code="KCNQC").update(kind="river", flow_m3_per_s=amount)
    assert factor(department, "Kq") == wanted


@pytest.mark.parametrize(("volume", "wanted"), CASE.get("kq_lake", []))
def test_kq_of_a_lake(department: Client, volume: float | None, wanted: float) -> None:
    amount = None if volume is None else Decimal(str(volume))
    ReceivingWater.objects.filter(facility__code="KCNQC").update(
        kind="lake", flow_m3_per_s=None, volume_m3=amount
    )
    assert factor(department, "Kq") == wanted


def stack(folder: Path, **station: Any) -> None:
    """A register with one stack, loaded as an officer would."""
    facility = {
        "code": "LH",
        "name": "Nhà máy Minh họa lò hơi",
        "kind": "plant",
        "stations": [
            {
                "code": "LH-KT01",
                "medium": "emission",
                "file_prefix": "BG_LH_KT01",
                "interval_minutes": 15,
                "channels": [{"parameter": "O2"}, {"parameter": "CO"}],
                **station,
            }
        ],
    }
    file = folder / "stack.yaml"
    file.write_text(yaml.safe_dump({"facilities": [facility]}, allow_unicode=True))
    call_command("load_register", str(file), verbosity=0)


@pytest.mark.parametrize(
    ("flow", "zone", "name", "wanted"),
    [
        *((flow, 3, "Kp", kp) for flow, kp in CASE.get("kp", [])),
        *((20_000, zone, "Kv", kv) for zone, kv in CASE.get("kv", {}).items()),
    ],
)
def test_kp_and_kv(
    department: Client, tmp_path: Path, flow: float, zone: int, name: str, wanted: float
) -> None:
    judged_by = [{"regulation": "QCVN 19:2009/BTNMT", "column": "A"}]
    stack(tmp_path, judged_by=judged_by, gas_flow_m3_per_hour=flow, kv_zone=zone)
    (carbon,) = limits(department, "LH-KT01")["CO"]
    assert carbon["derivation"][name] == wanted


@pytest.mark.parametrize("case", CASE.get("permit", []), ids=lambda case: str(case["permit"]))
def test_a_permit_beside_the_regulation(
    department: Client, tmp_path: Path, case: dict[str, Any]
) -> None:
    register = yaml.safe_load((CASES / "register.yaml").read_text())
    for channel in register["facilities"][0]["stations"][0]["channels"]:
        if channel["parameter"] == "COD":
            channel["limit"] = {**case["permit"], "source": "GPMT số 12"}
    file = tmp_path / "register.yaml"
    file.write_text(yaml.safe_dump(register, allow_unicode=True))
    call_command("load_register", str(file), verbosity=0)
    found = {each["period"]: each["max"] for each in limits(department, "KCNQC-NT01")["COD"]}
    assert found == {"day": case["counts"], **case.get("beside", {})}


@pytest.mark.parametrize(("value", "oxygen", "reference", "wanted"), CASE.get("oxygen", []))
def test_each_slot_is_brought_to_the_reference_oxygen(
    tmp_path: Path, value: float, oxygen: float | None, reference: float, wanted: float | str | None
) -> None:
    """An hour of four equal slots, received by command and judged."""
    limit = {"max": 140, "period": "hour", "reference_oxygen_percent": reference, "source": "GP"}
    channels = [{"parameter": "O2"}, {"parameter": "CO", "limit": limit}]
    stack(tmp_path, channels=channels)
    folder = tmp_path / "files"
    folder.mkdir()
    for minute in (0, 15, 30, 45):
        stamp = f"202405210800{minute:02}"[:8] + f"08{minute:02}00"
        lines = [f"CO\t{value}\t\t{stamp}\t00\n"]
        if oxygen is not None:
            lines.append(f"O2\t{oxygen}\t\t{stamp}\t00\n")
        (folder / f"BG_LH_KT01_{stamp}.txt").write_text("".join(lines))
    at = datetime.fromisoformat("2024-05-21T10:00:00+07:00")
    call_command("receive", str(folder), at=at, json=True, stdout=StringIO())
    while settle_dirty(now=at) + settle_due(now=at):
        continue
    station = Station.objects.get(code="LH-KT01")
    begin = datetime(2024, 5, 21, 1, tzinfo=UTC)
    mean = HourMean.objects.get(station=station, start=begin, basis=f"{reference:g}", slot=2)
    verdict = Verdict.objects.in_effect().get(station=station, period="hour", start=begin)
    if isinstance(wanted, int | float):
        assert (mean.n, mean.expected) == (4, 4)
        assert float(mean.total / 4) == wanted
        assert verdict.result == ("exceeded" if mean.total > 4 * Fraction(140) else "within")
    else:
        expected = 0 if wanted == "idle" else 4
        assert (mean.n, mean.expected, mean.idle) == (0, expected, 4 - expected)
        assert verdict.result == "not_enough_data"
        assert (verdict.mean, verdict.capture) == (None, None if wanted == "idle" else 0)
    assert verdict.end - verdict.start == timedelta(hours=1)
