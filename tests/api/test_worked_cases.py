"""The worked cases through the HTTP door, their stamps shifted to a past time of today."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from rest_framework.test import APIClient

from monitoring.models import Reading
from monitoring.services.store import slots_of
from stations.models import Channel, Station
from stations.services.accounts import new_station_token
from tests.api.conftest import drain_as_a_worker

AS_WRITTEN = datetime(2024, 5, 21, 10)
STAMP = re.compile(rb"20240521(\d{6})")
STATION = "KCNQC-NT01"
# Through an account a file with an unknown prefix is of the account's only station.
BY_ACCOUNT = {"outcome": "accepted", "readings": {"COD": [50.0, "00"]}, "revisions": 1}


@pytest.fixture
def cases(db: None, project: Path) -> Path:
    """The folder of the shared cases, their register loaded."""
    folder = project.parent / "shared" / "cases"
    if not folder.is_dir():
        pytest.skip("the shared cases are not beside the project")
    call_command("load_register", str(folder / "register.yaml"), verbosity=0)
    return folder


def read_stamp(digits: str) -> datetime:
    """A Vietnamese moment; its zone is left out."""
    return datetime.strptime(f"{digits}+0000", "%Y%m%d%H%M%S%z").replace(tzinfo=None)


def shifted(raw: bytes, by: timedelta) -> bytes:
    """Every stamp of 21/5/2024 moved; what is no date, or of another day, stays."""

    def moved(found: re.Match[bytes]) -> bytes:
        try:
            stamp = read_stamp(found[0].decode())
        except ValueError:
            return found[0]
        return (stamp + by).strftime("%Y%m%d%H%M%S").encode()

    return STAMP.sub(moved, raw)


def standing(at: datetime) -> dict[str, list[Any]]:
    """What stands at a Vietnamese moment, by symbol."""
    symbols = dict(Channel.objects.filter(station__code=STATION).values_list("slot", "symbol"))
    moment = at.replace(tzinfo=UTC) - timedelta(hours=7)
    row = Reading.objects.get(station__code=STATION, time=moment)
    return {symbols[slot]: list(s) for slot, s in slots_of(row.values, row.statuses).items()}


def test_each_file_gives_what_the_worked_cases_say(
    cases: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitoring.api.deliveries.ring", drain_as_a_worker)
    token = new_station_token(station=Station.objects.get(code=STATION))
    client = APIClient(HTTP_AUTHORIZATION=f"Token {token}")
    local = datetime.now(UTC).replace(tzinfo=None, microsecond=0) + timedelta(hours=7)
    by = local - AS_WRITTEN
    for case in yaml.safe_load((cases / "expected.yaml").read_text()):
        file = cases / "files" / case["file"]
        name = shifted(file.name.encode(), by).decode()
        answer = client.post(
            f"/api/v1/deliveries/?name={name}&wait=5",
            shifted(file.read_bytes(), by),
            content_type="text/plain",
        )
        assert answer.status_code == 201, answer.content
        told = answer.json()
        check(told, BY_ACCOUNT if "KHONGCO" in name else case, name)


def check(told: dict[str, Any], case: dict[str, Any], name: str) -> None:
    assert told["outcome"] == case["outcome"], name
    assert told["revisions"] == case.get("revisions", 0), name
    wanted = [(p.get("line"), p["code"]) for p in case.get("problems", [])]
    assert [(p["line"], p["code"]) for p in told["problems"]] == wanted, name
    assert all(problem["message"] for problem in told["problems"])
    if "readings" in case:
        assert told["readings"] == len(case["readings"]), name
        stamp = name.rpartition("_")[2].removesuffix(".txt")
        found = standing(read_stamp(stamp))
        assert case["readings"].items() <= found.items(), name
