"""Verdicts and alerts over the API, and who may handle an alert."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from alerts.models import Alert
from monitoring.models import Verdict
from monitoring.services.settle import settle_due
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

MIDNIGHT = MORNING - timedelta(hours=8)
DAY = timedelta(days=1)
JUDGED = MIDNIGHT + DAY + timedelta(minutes=31)


@pytest.fixture
def exceeded(place: Place) -> Place:
    """A day of COD at 80 against a permit's 67.5."""
    PermitLimit.objects.create(
        channel=place.station.channels.get(symbol="COD"),
        period="day",
        maximum=Decimal("67.5"),
        valid_from=date(2024, 1, 1),
        source="GPMT",
        confirmed="GPMT",
        confirmed_at=MIDNIGHT,
    )
    send_day(place, 80, at=MIDNIGHT + DAY)
    settle(JUDGED)
    return place


def send_day(place: Place, value: float, *, at: datetime) -> None:
    lines = [row(MIDNIGHT + n * timedelta(minutes=5), value) for n in range(288)]
    store(place.station, "".join(lines), name=f"{at:%H%M}", at=at)


def settle(now: datetime) -> None:
    settle_now(now)
    while settle_due(now=now):
        pass


def alert_of(place: Place) -> Alert:
    return Alert.objects.get(station=place.station, kind="exceedance")


def test_a_verdict_is_told_with_its_arithmetic(exceeded: Place, owner: Reader) -> None:
    (told,) = owner.rows("verdicts/")
    assert told["station"] == "OWN-NT01"
    assert told["parameter"] == "COD"
    assert told["period"] == "day"
    assert told["from"] == "2024-05-21T00:00:00+07:00"
    assert told["to"] == "2024-05-22T00:00:00+07:00"
    assert (told["mean"], told["n"], told["capture"]) == (80.0, 288, 1.0)
    assert told["limit"]["max"] == 67.5
    assert told["ratio"] == 80 / 67.5
    assert told["distance"] is None
    assert told["verdict"] == "exceeded"
    assert told["judged_at"] == "2024-05-22T00:31:00+07:00"
    assert told["superseded_at"] is None


def test_superseded_verdicts_come_when_all_are_asked_for(exceeded: Place, owner: Reader) -> None:
    send_day(exceeded, 60, at=JUDGED)
    settle(JUDGED + timedelta(minutes=1))
    assert [each["verdict"] for each in owner.rows("verdicts/")] == ["within"]
    every = owner.rows("verdicts/", all="true")
    assert {each["verdict"]: bool(each["superseded_at"]) for each in every} == {
        "within": False,
        "exceeded": True,
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"station": "OWN-NT01"}, 1),
        ({"station": "OTHER-NT01"}, 0),
        ({"parameter": "COD"}, 1),
        ({"parameter": "pH"}, 0),
        ({"period": "day"}, 1),
        ({"period": "hour"}, 0),
        ({"verdict": "exceeded"}, 1),
        ({"verdict": "within"}, 0),
        ({"from": "2024-05-21", "to": "2024-05-22"}, 1),
        ({"from": "2024-05-21T00:00:01"}, 0),
        ({"to": "2024-05-21"}, 0),
    ],
)
def test_verdicts_are_asked_for(
    exceeded: Place, owner: Reader, query: dict[str, str], found: int
) -> None:
    assert len(owner.rows("verdicts/", **query)) == found


@pytest.mark.parametrize(
    ("query", "wrong"),
    [({"period": "week"}, "period"), ({"verdict": "bad"}, "verdict"), ({"all": "x"}, "all")],
)
def test_a_wrong_question_is_told_what_is_wrong(
    owner: Reader, query: dict[str, str], wrong: str
) -> None:
    answer = owner.get("/api/v1/verdicts/", query)
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [wrong]


def test_verdicts_are_their_owners(
    exceeded: Place, neighbour: Reader, stranger: Reader, as_person: AsPerson
) -> None:
    assert neighbour.rows("verdicts/") == []
    assert stranger.rows("verdicts/") == []
    assert as_person(exceeded.line_keeper).rows("verdicts/") == []


def test_verdicts_of_one_start_are_paged_without_loss(exceeded: Place, owner: Reader) -> None:
    for number in range(4):
        send_day(exceeded, 70 + number, at=JUDGED + number * timedelta(minutes=1))
        settle(JUDGED + number * timedelta(minutes=1))
    found: list[str] = []
    page = owner.read("verdicts/", all="true", page_size=2)
    while page:
        found += [each["id"] for each in page["results"]]
        page = owner.get(page["next"]).json() if page["next"] else None
    assert len(found) == len(set(found)) == Verdict.objects.count() == 5


def test_an_alert_is_told_with_its_evidence_and_story(exceeded: Place, owner: Reader) -> None:
    (told,) = owner.rows("alerts/", kind="exceedance")
    assert told["station"] == "OWN-NT01"
    assert told["parameter"] == "COD"
    assert told["state"] == "open"
    assert told["value"] == 80
    assert told["limit"] == {"max": 67.5, "min": None}
    assert told["unit"] == "mg/L"
    assert told["source"] == "GPMT"
    assert told["from"] == "2024-05-21T00:00:00+07:00"
    assert (told["late"], told["withdrawn"]) == (False, False)
    assert told["resolved_at"] is None
    detail = owner.read(f"alerts/{told['id']}/")
    assert [span["to"] for span in detail["spans"]] == ["2024-05-22T00:00:00+07:00"]
    assert detail["events"][0]["what"] == "opened"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"state": "open", "kind": "exceedance"}, 1),
        ({"state": "closed"}, 0),
        ({"kind": "silent_station"}, 0),
        ({"station": "OWN-NT01", "kind": "exceedance"}, 1),
        ({"station": "OTHER-NT01"}, 0),
    ],
)
def test_alerts_are_asked_for(
    exceeded: Place, owner: Reader, query: dict[str, str], found: int
) -> None:
    assert len(owner.rows("alerts/", **query)) == found


def handle(reader: Reader, place: Place, step: str, note: str = "") -> Any:
    address = f"/api/v1/alerts/{alert_of(place).pk}/{step}/"
    return reader.post(address, {"note": note}, format="json")


def test_alerts_are_their_owners(
    exceeded: Place, neighbour: Reader, stranger: Reader, as_person: AsPerson
) -> None:
    alert = alert_of(exceeded)
    for reader in (neighbour, stranger, as_person(exceeded.line_keeper)):
        assert reader.rows("alerts/") == []
        assert reader.status(f"alerts/{alert.pk}/") == 404
        for step in ("acknowledge", "close"):
            assert handle(reader, exceeded, step, "x").status_code == 404
    alert.refresh_from_db()
    assert alert.state == "open"


def test_an_officer_takes_and_ends_a_case(exceeded: Place, owner: Reader) -> None:
    taken = handle(owner, exceeded, "acknowledge")
    assert taken.status_code == 200
    assert taken.json()["state"] == "acknowledged"
    ended = handle(owner, exceeded, "close", "Đã kiểm tra.")
    assert ended.status_code == 200
    assert ended.json()["state"] == "closed"
    assert ended.json()["closing_note"] == "Đã kiểm tra."
    assert [e["what"] for e in ended.json()["events"]][-2:] == ["acknowledged", "closed"]
    assert ended.json()["events"][-1]["by"] == str(exceeded.owner)


def test_a_reader_who_tries_to_handle_is_refused(exceeded: Place, as_person: AsPerson) -> None:
    reader = as_person(exceeded.reader)
    assert reader.status(f"alerts/{alert_of(exceeded).pk}/") == 200
    for step in ("acknowledge", "close"):
        answer = handle(reader, exceeded, step, "x")
        assert answer.status_code == 403
        assert answer.json()["reason"]
    assert alert_of(exceeded).state == "open"


def test_the_second_officer_is_told_who_was_first(
    exceeded: Place, owner: Reader, as_person: AsPerson
) -> None:
    handle(owner, exceeded, "acknowledge")
    answer = handle(as_person(exceeded.department), exceeded, "acknowledge")
    assert answer.status_code == 409
    assert str(exceeded.owner) in answer.json()["reason"]
    assert alert_of(exceeded).acknowledged_by == exceeded.owner


def test_a_case_that_nobody_took_is_not_closed(exceeded: Place, owner: Reader) -> None:
    assert handle(owner, exceeded, "close", "x").status_code == 409


def test_a_case_is_not_closed_without_a_word(exceeded: Place, owner: Reader) -> None:
    handle(owner, exceeded, "acknowledge")
    answer = handle(owner, exceeded, "close", " ")
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["note"]


def test_a_session_without_its_csrf_token_changes_nothing(exceeded: Place) -> None:
    client = Reader(enforce_csrf_checks=True)
    client.force_login(exceeded.owner, backend="django.contrib.auth.backends.ModelBackend")
    assert handle(client, exceeded, "acknowledge").status_code == 403
    assert alert_of(exceeded).state == "open"


def test_lists_take_the_same_queries_however_long(
    exceeded: Place, owner: Reader, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(6):
        owner.rows("verdicts/")
    with django_assert_max_num_queries(11):
        owner.rows("alerts/")
