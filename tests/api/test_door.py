"""`POST deliveries/`: kept or refused, each with its status and reason."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from io import BytesIO
from time import monotonic
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import RequestFactory
from rest_framework.test import APIClient

from monitoring.api import door
from monitoring.api.pace import Pace
from monitoring.models import Delivery
from monitoring.services.drain import host_spool
from monitoring.services.snapshot import snapshot_file
from monitoring.services.spool import MAX_FILE_BYTES, Spool, SpoolUnavailable
from monitoring.tasks import RECEIVE
from stations.services.accounts import new_person_token, new_station_token
from tests.api.conftest import Place, drain_as_a_worker, drain_now, row

DELIVERIES = "/api/v1/deliveries/"
JUST_NOW = datetime.now(UTC) - timedelta(minutes=1)
FILE = row(JUST_NOW, 48.2).encode()


def send(client: APIClient, raw: bytes = FILE, *, name: str = "x.txt", **more: Any) -> Any:
    query = "&".join([f"name={name}", *(f"{key}={value}" for key, value in more.items())])
    return client.post(f"{DELIVERIES}?{query}", raw, content_type="application/octet-stream")


def spooled() -> list[bytes]:
    return [entry.raw for _, entries in host_spool().pending() for entry in entries]


def while_the_database_is_away(work: Callable[[], Any]) -> Any:
    """What `work` returns in a thread whose connection, a new one, leads to no server."""

    def without() -> Any:
        connection.settings_dict = {**connection.settings_dict, "HOST": "/nowhere"}
        with pytest.raises(OperationalError):
            connection.ensure_connection()
        return work()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(without).result()


def test_a_file_is_acknowledged_once_it_lies_in_the_spool(
    logger: APIClient, bells: list[str]
) -> None:
    answer = send(logger)
    assert answer.status_code == 202
    assert answer.json()["sha256"] == hashlib.sha256(FILE).hexdigest()
    assert answer.json()["received_at"].endswith("+07:00")
    assert spooled() == [FILE]
    assert bells == [RECEIVE]


def test_the_receipt_names_the_delivery_that_is_made_of_it(
    logger: APIClient, bells: list[str], place: Place
) -> None:
    receipt = send(logger).json()
    drain_now(datetime.fromisoformat(receipt["received_at"]))
    delivery = Delivery.objects.get(id=receipt["id"])
    assert delivery.station_id == place.station.pk
    assert delivery.door == "http"


def test_it_says_what_became_of_the_file_when_it_is_stored_in_time(
    logger: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitoring.api.deliveries.ring", drain_as_a_worker)
    answer = send(logger, FILE + row(JUST_NOW, 1, symbol="XYZ").encode(), wait=1)
    assert answer.status_code == 201
    told = answer.json()
    assert told["outcome"] == "partial"
    assert told["readings"] == 1
    assert told["revisions"] == 0
    assert [(p["line"], p["code"]) for p in told["problems"]] == [(2, "unknown_symbol")]
    assert "XYZ" in told["problems"][0]["message"]


def test_who_waits_in_vain_has_it_kept_all_the_same(logger: APIClient, bells: list[str]) -> None:
    assert send(logger, wait="0.1").status_code == 202
    assert spooled() == [FILE]


def test_waiting_loggers_leave_room_for_people(logger: APIClient, bells: list[str]) -> None:
    with ExitStack() as taken:
        for _ in range(door.WAITING_AT_ONCE):
            taken.enter_context(door._places)
        begun = monotonic()
        assert send(logger, wait=10).status_code == 202
        assert monotonic() - begun < 5
    assert spooled() == [FILE]


def test_it_takes_files_while_the_database_is_away(logger: APIClient, bells: list[str]) -> None:
    assert while_the_database_is_away(lambda: send(logger)).status_code == 202
    assert spooled() == [FILE]


def test_a_session_cookie_does_not_lead_to_the_database(
    logger: APIClient, bells: list[str]
) -> None:
    logger.cookies["sessionid"] = "of somebody"
    assert while_the_database_is_away(lambda: send(logger)).status_code == 202


def test_a_token_that_cannot_be_checked_is_asked_to_come_again(
    place: Place, bells: list[str]
) -> None:
    unknown = APIClient(HTTP_AUTHORIZATION="Token unknown")
    answer = while_the_database_is_away(lambda: send(unknown))
    assert answer.status_code == 503
    assert answer.json()["code"] == "cannot_check"
    assert spooled() == []


def test_waiting_while_the_database_is_away_still_keeps_the_file(
    logger: APIClient, monkeypatch: pytest.MonkeyPatch, bells: list[str]
) -> None:
    monkeypatch.setattr(Spool, "holds", lambda *_: False)
    assert while_the_database_is_away(lambda: send(logger, wait=1)).status_code == 202


def test_no_query_is_made_for_a_known_token(
    logger: APIClient, bells: list[str], django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        send(logger)


def test_a_token_younger_than_the_snapshot_is_looked_up(place: Place, bells: list[str]) -> None:
    token = new_station_token(station=place.station)
    snapshot_file().unlink(missing_ok=True)
    assert send(APIClient(HTTP_AUTHORIZATION=f"Token {token}")).status_code == 202


@pytest.mark.parametrize("header", [{}, {"HTTP_AUTHORIZATION": "Token unknown"}])
def test_without_a_known_token_nothing_is_kept(
    place: Place, bells: list[str], header: dict[str, str]
) -> None:
    answer = send(APIClient(**header))
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Token"
    assert answer.json()["reason"]
    assert spooled() == []
    assert bells == []


def test_a_person_does_not_send_files(place: Place, bells: list[str]) -> None:
    token = new_person_token(person=place.department)
    answer = send(APIClient(HTTP_AUTHORIZATION=f"Token {token}"))
    assert answer.status_code == 403
    assert answer.json()["reason"]
    assert spooled() == []


def test_who_signed_in_does_not_send_files_either(place: Place, bells: list[str]) -> None:
    client = APIClient()
    client.force_login(place.department)
    assert send(client).status_code == 401


def test_a_mebibyte_is_taken_and_one_byte_more_is_not(logger: APIClient, bells: list[str]) -> None:
    assert send(logger, b"x" * MAX_FILE_BYTES).status_code == 202
    answer = send(logger, b"x" * (MAX_FILE_BYTES + 1))
    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"
    assert len(spooled()) == 1


class Unread:
    """A body that nobody may touch."""

    def read(self, *_: object) -> bytes:
        raise AssertionError("the body was read")


def test_a_body_that_is_too_large_is_not_read() -> None:
    request = RequestFactory().generic("POST", DELIVERIES, CONTENT_LENGTH=str(MAX_FILE_BYTES + 1))
    request._stream = Unread()  # type: ignore[assignment]
    with pytest.raises(door.TooLarge):
        door.body_of(request)


def test_a_body_of_unknown_length_is_refused() -> None:
    request = RequestFactory().generic("POST", DELIVERIES, HTTP_TRANSFER_ENCODING="chunked")
    with pytest.raises(door.NoLength):
        door.body_of(request)


def test_a_body_cut_off_on_the_way_is_not_kept() -> None:
    request = RequestFactory().generic("POST", DELIVERIES, CONTENT_LENGTH="8")
    request._stream = BytesIO(b"half")  # type: ignore[assignment]
    with pytest.raises(door.CutOff):
        door.body_of(request)


def test_a_form_is_told_to_send_the_bytes(logger: APIClient, bells: list[str]) -> None:
    answer = logger.post(f"{DELIVERIES}?name=x.txt", {"a": "b"}, format="multipart")
    assert answer.status_code == 415
    assert spooled() == []


def test_what_a_plain_curl_sends_is_taken(logger: APIClient, bells: list[str]) -> None:
    answer = logger.post(
        f"{DELIVERIES}?name=x.txt", FILE, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 202
    assert spooled() == [FILE]


@pytest.mark.parametrize("query", ["", "name=", "name=a%00b", f"name={'x' * 256}"])
def test_a_file_needs_a_name(logger: APIClient, bells: list[str], query: str) -> None:
    answer = logger.post(f"{DELIVERIES}?{query}", FILE, content_type="text/plain")
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["name"]
    assert spooled() == []


@pytest.mark.parametrize(("wait", "status"), [("10", 201), ("10.1", 400), ("-1", 400), ("a", 400)])
def test_nobody_waits_longer_than_ten_seconds(
    logger: APIClient, monkeypatch: pytest.MonkeyPatch, wait: str, status: int
) -> None:
    monkeypatch.setattr("monitoring.api.deliveries.ring", drain_as_a_worker)
    assert send(logger, wait=wait).status_code == status


@pytest.mark.parametrize(
    ("number", "status", "code"),
    [(errno.ENOSPC, 507, "disk_full"), (errno.EROFS, 503, "cannot_keep")],
)
def test_a_disk_that_cannot_be_written_is_said_so(
    logger: APIClient,
    bells: list[str],
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    status: int,
    code: str,
) -> None:
    def full(self: Spool, packs: object) -> None:
        raise SpoolUnavailable(OSError(number, "no"))

    monkeypatch.setattr(Spool, "_store", full)
    answer = send(logger)
    assert answer.status_code == status
    assert answer.json()["code"] == code
    assert answer.json()["reason"]
    assert bells == []


def test_who_sends_far_too_much_is_told_when_to_go_on(
    logger: APIClient, bells: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "pace", Pace(at_once=2, per_second=0.1, clock=lambda: 0.0))
    assert [send(logger).status_code for _ in range(3)] == [202, 202, 429]
    answer = send(logger)
    assert answer["Retry-After"] == "10"
    assert answer.json()["code"] == "throttled"


def test_a_pace_comes_back_with_time_and_is_each_senders_own() -> None:
    now = 0.0
    pace = Pace(at_once=1, per_second=0.5, clock=lambda: now)
    assert pace.wait_of(1) == 0
    assert pace.wait_of(1) == 2
    assert pace.wait_of(2) == 0
    now = 2.0
    assert pace.wait_of(1) == 0
