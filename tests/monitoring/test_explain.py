"""Every alert and every silence of a played day has a cause that is named."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from alerts.domain.reach import Reach
from alerts.models import Alert
from alerts.services.reached import reached
from monitoring.domain.explaining import Cause, Explained
from monitoring.services.explain import Day
from monitoring.services.timeline import play, read_timeline
from stations.models import Person, Station
from stations.services.grants import rebuild_grants

FILE = Path(__file__).with_name("explained_day.yaml")
DAY = date(2024, 5, 21)
MIDNIGHT = datetime(2024, 5, 20, 17, tzinfo=UTC)
SILENT_STATION = "NM1-NT02"


@dataclass(frozen=True)
class Played:
    """The played day, as it is known at its end."""

    now: datetime

    def day(self, code: str, *, alerts: Any = None, now: datetime | None = None) -> Day:
        station = Station.objects.select_related("facility").get(code=code)
        seen = Alert.objects.all() if alerts is None else alerts
        return Day(station, DAY, alerts=seen, now=now or self.now)

    def at(self, code: str, symbol: str, hour: int) -> Explained:
        day = self.day(code)
        channel = day.channel(symbol)
        assert channel is not None
        return day.explained(channel, MIDNIGHT + timedelta(hours=hour)).explained


@pytest.fixture
def played(db: None, tmp_path: Path) -> Played:
    timeline = read_timeline(FILE.read_text(encoding="utf-8"), name=FILE.stem)
    play(timeline, folder=tmp_path)
    rebuild_grants()
    return Played(timeline.until)


def test_a_day_has_a_cause_for_every_hour_and_reader_and_each_hour_the_one_that_it_must(
    played: Played,
) -> None:
    """One play for all: it takes as long as all the questions together."""
    _no_hour_is_without_a_cause(played)
    _each_hour_has_its_own_cause(played)
    _no_reader_is_without_a_cause()
    _a_running_day_is_explained_too(played)
    _the_page_and_the_api_tell_the_same_to_whom_may_see_it(played)


def _no_hour_is_without_a_cause(played: Played) -> None:
    causes: Counter[str] = Counter()
    for code in Station.objects.order_by("code").values_list("code", flat=True):
        for found in played.day(code).all_of_it():
            for reason in found.explained.reasons:
                told = (code, found.channel.symbol, found.hour.start, reason)
                assert reason.cause != Cause.UNKNOWN, told
                causes[reason.cause] += 1
    hours = 24 * sum(station.channels.count() for station in Station.objects.all())
    assert sum(causes.values()) >= 2 * hours


def _each_hour_has_its_own_cause(played: Played) -> None:
    expected = {
        ("NM1-NT01", "COD", 8): ("alerted", "complete"),
        ("NM1-NT01", "COD", 10): ("alerted", "short_fault"),
        ("NM1-NT01", "TSS", 3): ("not_enough_data", "some_missing"),
        ("NM1-NT01", "TSS", 5): ("within", "complete"),
        ("NM1-NT01", "pH", 14): ("within", "short_calibration"),
        ("NM1-NT01", "FlowOut", 8): ("no_limit", "complete"),
        ("NM1-NT02", "COD", 13): ("not_enough_data", "alerted"),
        ("NM1-NT02", "COD", 20): ("not_enough_data", "complete"),
        ("NM1-NT03", "COD", 7): ("within", "stopped"),
        ("NM1-NT03", "COD", 13): ("within", "complete"),
        ("NM1-NT04", "COD", 13): ("not_connected", "not_connected"),
        ("NM2-KT01", "SO2", 3): ("idle", "complete"),
        ("NM2-KT01", "SO2", 9): ("within", "complete"),
    }
    found = {key: played.at(*key) for key in expected}
    told = {key: (each.value.cause, each.data.cause) for key, each in found.items()}
    assert told == expected
    silent = found["NM1-NT02", "COD", 13]
    assert silent.main.kind == "silent_station"
    assert found["NM1-NT01", "COD", 8].main.kind == "exceedance"


def _no_reader_is_without_a_cause() -> None:
    told: Counter[str] = Counter()
    for alert in Alert.objects.all():
        for each in reached(alert):
            assert each.reach != Reach.UNKNOWN, (alert, each)
            told[each.reach] += 1
    assert told["mailed"]


def _a_running_day_is_explained_too(played: Played) -> None:
    noon = MIDNIGHT + timedelta(hours=9)
    day = played.day("NM1-NT03", now=noon)
    channel = day.setup.channels[0]
    to_come = day.explained(channel, noon).explained
    assert (to_come.value.cause, to_come.data.cause) == (Cause.TO_COME, Cause.TO_COME)


def _the_page_and_the_api_tell_the_same_to_whom_may_see_it(played: Played) -> None:
    query = {"parameter": "COD", "at": "2024-05-21T13:20"}
    for username, status in (("canbo", 200), ("vanhanh", 200), ("nguoila", 404)):
        person = Person.objects.get(username=username)
        client, api = Client(), APIClient()
        client.force_login(person)
        api.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        page = client.get(f"/stations/{SILENT_STATION}/why/", query)
        answer = api.get(f"/api/v1/stations/{SILENT_STATION}/explain/", query)
        by_name = api.get("/api/v1/explain/", {**query, "station": SILENT_STATION})
        assert (page.status_code, answer.status_code, by_name.status_code) == (status,) * 3
        if status == 200:
            told = answer.json()
            assert told == by_name.json()
            assert (told["cause"], told["about"]) == ("alerted", "data")
            assert told["from"] == "2024-05-21T13:00:00+07:00"
            assert told["data"]["kind"] == "silent_station"
            assert [each["reach"] for each in told["alerts"][0]["reached"]]
            assert "canhbao@stnmt.example" in page.content.decode() or username == "vanhanh"
            if username == "vanhanh":
                assert "canhbao@stnmt.example" not in page.content.decode()
                assert "canhbao@stnmt.example" not in answer.content.decode()
    assert APIClient().get(f"/api/v1/stations/{SILENT_STATION}/explain/", query).status_code == 401
