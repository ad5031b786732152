"""What came through the doors: who may see it, and how it is asked for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from monitoring.services.drain import host_spool
from stations.services.accounts import new_person_token, new_station_token
from tests.api.conftest import (
    MORNING,
    AsPerson,
    Place,
    Reader,
    drain_now,
    row,
    store,
)

SECOND = timedelta(seconds=1)


def test_a_delivery_is_its_owners_and_nobody_elses(
    place: Place, owner: Reader, neighbour: Reader, stranger: Reader
) -> None:
    delivery = store(place.station, row(MORNING, 48.2))
    assert [each["id"] for each in owner.rows("deliveries/")] == [str(delivery.id)]
    for path in (f"deliveries/{delivery.id}/", f"deliveries/{delivery.id}/raw/"):
        assert owner.status(path) == 200
        assert neighbour.status(path) == 404
        assert stranger.status(path) == 404
    assert neighbour.rows("deliveries/") == []
    assert stranger.rows("deliveries/") == []


def test_who_keeps_the_lines_sees_no_deliveries(place: Place, as_person: AsPerson) -> None:
    store(place.station, row(MORNING, 48.2))
    assert as_person(place.line_keeper).rows("deliveries/") == []


def test_nobody_reads_without_signing_in(place: Place) -> None:
    answer = Reader().get("/api/v1/deliveries/")
    assert answer.status_code == 401
    assert answer.json()["reason"]


def test_a_refusal_is_in_the_readers_language(place: Place) -> None:
    def reason(language: str) -> str:
        answer = Reader().get("/api/v1/deliveries/", HTTP_ACCEPT_LANGUAGE=language)
        return str(answer.json()["reason"])

    assert reason("en") == "Authentication credentials were not provided."
    assert reason("vi") == "Chưa đăng nhập hoặc chưa gửi mã truy cập."


def test_a_persons_token_reads_what_the_person_may(place: Place) -> None:
    store(place.station, row(MORNING, 48.2))
    token = new_person_token(person=place.owner)
    assert len(Reader(HTTP_AUTHORIZATION=f"Token {token}").rows("deliveries/")) == 1


def test_an_expired_token_reads_nothing(place: Place) -> None:
    token = new_person_token(person=place.owner, days=-1)
    assert Reader(HTTP_AUTHORIZATION=f"Token {token}").status("deliveries/") == 401


def test_the_token_of_one_who_left_reads_nothing(place: Place) -> None:
    token = new_person_token(person=place.owner)
    place.owner.is_active = False
    place.owner.save(update_fields=["is_active"])
    assert Reader(HTTP_AUTHORIZATION=f"Token {token}").status("deliveries/") == 401


def test_a_stations_token_reads_nothing(place: Place) -> None:
    token = new_station_token(station=place.station)
    assert Reader(HTTP_AUTHORIZATION=f"Token {token}").status("deliveries/") == 403


def test_it_tells_what_became_of_a_file(place: Place, owner: Reader) -> None:
    text = row(MORNING, 48.2) + row(MORNING, "4e", symbol="pH")
    first = store(place.station, text, name="a.txt")
    again = store(place.station, text, name="a.txt", at=MORNING + SECOND)
    told = owner.read(f"deliveries/{first.id}/")
    assert told["station"] == "OWN-NT01"
    assert told["outcome"] == "partial"
    assert told["received_at"] == "2024-05-21T08:00:00+07:00"
    assert [(p["line"], p["code"]) for p in told["problems"]] == [(2, "bad_value")]
    assert told["duplicates"] == [str(again.id)]
    assert owner.read(f"deliveries/{again.id}/")["outcome"] == "duplicate"


def test_the_bytes_come_back_as_they_came(place: Place, owner: Reader) -> None:
    raw = b"<script>\xff\x00\r\n"
    delivery = store(place.station, raw, name="folder/tệp.html")
    answer = owner.get(f"/api/v1/deliveries/{delivery.id}/raw/")
    assert answer.content == raw
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("attachment")
    assert "folder" not in answer["Content-Disposition"]


def test_strays_are_seen_by_the_department_alone(
    place: Place, owner: Reader, as_person: AsPerson
) -> None:
    entry = host_spool().put(
        b"x", door="ftp", account="unknown", peer="", name="x", received_at=MORNING
    )
    drain_now(MORNING)
    (told,) = as_person(place.department).rows("deliveries/")
    assert told["id"] == str(entry.id)
    assert told["station"] is None
    assert owner.status(f"deliveries/{entry.id}/") == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"from": "2024-05-21T08:00:00+07:00"}, ["later", "at"]),
        ({"from": "2024-05-21T08:00:00"}, ["later", "at"]),
        ({"from": "2024-05-21T08:00:00 07:00"}, ["later", "at"]),
        ({"from": "2024-05-21T01:00:00Z"}, ["later", "at"]),
        ({"to": "2024-05-21T08:00:00+07:00"}, ["before"]),
        ({"from": "2024-05-21T07:59:59", "to": "2024-05-21T08:00:01"}, ["at", "before"]),
        ({"from": "2024-05-21"}, ["later", "at", "before"]),
        ({"to": "2024-05-21"}, []),
        ({"to": "2024-05-22"}, ["later", "at", "before"]),
    ],
)
def test_from_belongs_to_the_span_and_to_does_not(
    place: Place, owner: Reader, query: dict[str, str], found: list[str]
) -> None:
    for name, moment in (("before", -SECOND), ("at", 0 * SECOND), ("later", SECOND)):
        store(place.station, row(MORNING, 1), name=name, at=MORNING + moment)
    assert [each["name"] for each in owner.rows("deliveries/", **query)] == found


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ({"from": "yesterday"}, "from"),
        ({"to": "2024-02-30"}, "to"),
        ({"to": "0001-01-01"}, "to"),
        ({"from": "2024-05-21", "to": "2024-05-21"}, "to"),
        ({"outcome": "lost"}, "outcome"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"page_size": "0"}, "page_size"),
    ],
)
def test_a_wrong_question_is_told_what_is_wrong(
    owner: Reader, query: dict[str, str], wrong: str
) -> None:
    answer = owner.get("/api/v1/deliveries/", query)
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [wrong]
    assert answer.json()["reason"]


def test_it_is_asked_by_station_and_outcome(place: Place, as_person: AsPerson) -> None:
    store(place.station, row(MORNING, 1), name="good")
    store(place.station, b"", name="empty")
    store(place.neighbours_station, row(MORNING, 1), name="other")
    department = as_person(place.department)

    def names(**query: Any) -> set[str]:
        return {each["name"] for each in department.rows("deliveries/", **query)}

    assert names(station="OWN-NT01") == {"good", "empty"}
    assert names(outcome="rejected") == {"empty"}
    assert names(station="OWN-NT01", outcome="accepted") == {"good"}
    assert names(station="NO-SUCH") == set()


def pages(reader: Reader, address: str) -> list[list[str]]:
    found = []
    while address:
        page = reader.get(address).json()
        found.append([each["name"] for each in page["results"]])
        address = page["next"]
    return found


def test_pages_hold_every_delivery_once_even_of_one_moment(place: Place, owner: Reader) -> None:
    for number in range(7):
        store(place.station, row(MORNING, number), name=str(number))
    found = pages(owner, "/api/v1/deliveries/?page_size=3")
    assert found == [["6", "5", "4"], ["3", "2", "1"], ["0"]]


def test_pages_stay_while_deliveries_come(place: Place, owner: Reader) -> None:
    for number in range(4):
        store(place.station, row(MORNING, number), name=str(number), at=MORNING + number * SECOND)
    first = owner.read("deliveries/", page_size=2)
    store(place.station, row(MORNING, 9), name="new", at=MORNING + 9 * SECOND)
    second = owner.get(first["next"]).json()
    assert [each["name"] for each in second["results"]] == ["1", "0"]
    back = owner.get(second["previous"]).json()
    assert [each["name"] for each in back["results"]] == ["3", "2"]
    newest = owner.get(back["previous"]).json()
    assert [each["name"] for each in newest["results"]] == ["new"]
    assert newest["previous"] is None


def test_a_delivery_that_is_none_is_not_found(owner: Reader) -> None:
    answer = owner.get(f"/api/v1/deliveries/{uuid4()}/")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


def test_a_list_of_deliveries_takes_the_same_queries_however_long(
    place: Place, owner: Reader, django_assert_num_queries: Any
) -> None:
    for number in range(5):
        store(place.station, row(MORNING, number), name=str(number))
    with django_assert_num_queries(7):
        assert len(owner.rows("deliveries/")) == 5
