"""The worked days through the doors that loggers use, FTP and HTTP, on days of this week.

A door takes nothing older than 400 days, so each case is told of three days ago; the limits are
those of the cases all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from rest_framework.test import APIClient

from monitoring.models import Verdict
from monitoring.services.receive import receive_batch
from monitoring.services.snapshot import renew_snapshot
from stations.models import Edition, JudgedBy, Station
from stations.services.accounts import new_station_token
from tests.api.conftest import drain_as_a_worker
from tests.monitoring.ftp.conftest import KEY, OpenDoor
from tests.monitoring.test_worked_cases import (
    DAYS,
    at_clock,
    midnight,
    number,
    prepare,
    rows_of,
    settle,
)

STATION = "KCNQC-NT01"
Row = tuple[datetime, str, str]
Send = Callable[[str, list[Row]], int]
"""Sends rows of a parameter as one file; how many values they changed."""

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.servers,
    pytest.mark.usefixtures("key_of_the_door", "cases_register", "data_dir"),
]


@pytest.fixture
def key_of_the_door(settings: Any) -> None:
    """The register keeps passwords as digests that the door makes with the same key."""
    settings.SECRET_KEY = KEY.decode()


@pytest.fixture
def day() -> date:
    """Three days ago, in Vietnam: over, and still news."""
    return (datetime.now(UTC) + timedelta(hours=7)).date() - timedelta(days=3)


@pytest.fixture(params=["ftp", "http"])
def send(
    request: pytest.FixtureRequest,
    open_door: OpenDoor,
    monkeypatch: pytest.MonkeyPatch,
) -> Send:
    if request.param == "ftp":
        renew_snapshot()
        door = open_door()
        client = door.login("kcnqc-nt01", "kiem-thu-ftp")

        def by_ftp(symbol: str, rows: list[Row]) -> int:
            name, raw = written(symbol, rows)
            assert client.send(name, raw).startswith("226")
            (arrival,) = receive_batch(door.spool, now=datetime.now(UTC)).arrivals
            assert arrival.outcome == "accepted"
            return arrival.revisions

        return by_ftp
    monkeypatch.setattr("monitoring.api.deliveries.ring", drain_as_a_worker)
    token = new_station_token(station=Station.objects.get(code=STATION))
    renew_snapshot()
    logger = APIClient(HTTP_AUTHORIZATION=f"Token {token}")

    def by_http(symbol: str, rows: list[Row]) -> int:
        name, raw = written(symbol, rows)
        path = f"/api/v1/deliveries/?name={name}&wait=5"
        answer = logger.post(path, raw, content_type="text/plain")
        assert answer.status_code == 201, answer.content
        assert answer.json()["outcome"] == "accepted"
        return int(answer.json()["revisions"])

    return by_http


def written(symbol: str, rows: list[Row]) -> tuple[str, bytes]:
    """A file of a day, named by its first reading."""
    lines = [f"{symbol}\t{value}\t\t{at:%Y%m%d%H%M%S}\t{status}\n" for at, value, status in rows]
    return f"BG_KCNQC_NT01_{rows[0][0]:%Y%m%d%H%M%S}.txt", "".join(lines).encode()


@pytest.mark.parametrize(
    "case", [case for case in DAYS if "days" not in case], ids=lambda case: case["name"]
)
def test_a_day_is_judged_as_the_worked_case_says(
    send: Send, case: dict[str, Any], day: date
) -> None:
    symbol = prepare(case)
    send(symbol, rows_of(case, day))
    settle(datetime.now(UTC))
    if "then_received" in case:
        later = [(at_clock(day, clock), str(v), s) for clock, v, s in case["then_received"]]
        assert send(symbol, later) == case["revisions"]
        settle(datetime.now(UTC))
    verdicts = Verdict.objects.filter(symbol=symbol, period="day", start=midnight(day))
    verdict = verdicts.get(superseded_at=None)
    assert verdict.result == case["verdict"]
    for name in ("n", "mean", "capture", "ratio", "distance"):
        if name in case:
            assert number(getattr(verdict, name)) == number(case[name]), name
    superseded = verdicts.exclude(superseded_at=None).order_by("judged_at")
    assert [each.result for each in superseded] == case.get("superseded", [])


@pytest.mark.parametrize(
    "case", [case for case in DAYS if "days" in case], ids=lambda case: case["name"]
)
def test_late_data_are_judged_by_the_limit_of_their_own_day(
    send: Send, case: dict[str, Any], day: date
) -> None:
    station = Station.objects.get(code=STATION)
    JudgedBy.objects.filter(station=station).delete()
    edition = Edition.objects.get(code="QCVN 40:2011/BTNMT")
    on = day - max(case["days"])
    for rule in case["judged_by"]:
        JudgedBy.objects.create(
            station=station,
            edition=edition,
            column=rule["column"],
            valid_from=rule["from"] + on if "from" in rule else None,
            valid_until=rule["until"] + on if "until" in rule else None,
        )
    for own, value in case["days"].items():
        send("COD", rows_of({"rows": [["00:00", "24:00", 5, value, "00"]]}, own + on))
    settle(datetime.now(UTC))
    for own, expected in case["verdicts"].items():
        verdict = Verdict.objects.in_effect().get(
            symbol="COD", period="day", start=midnight(own + on)
        )
        assert verdict.result == expected, own


def test_all_the_cases_are_there() -> None:
    """Beside the project they are played; elsewhere these tests have nothing to play."""
    if Path(project.BASE_DIR).parent.joinpath("shared", "cases").is_dir():
        assert len(DAYS) >= 19
