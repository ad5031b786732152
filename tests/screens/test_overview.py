"""Sáng nay: what each reader finds on the first page."""

from __future__ import annotations

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from monitoring.models import Link, StationHour, StationState
from stations.models import Facility
from tests.factories import StationFactory
from tests.screens.conftest import Province


def page(client: Client, address: str = "/") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


EAST, WEST, BETWEEN = "Bình Minh", "Hoàng Hôn", "KCN Ở Giữa"
THEIRS = {
    "canbo": {EAST, WEST, BETWEEN},
    "theodoi": {EAST, WEST, BETWEEN},
    "tin": {EAST, WEST, BETWEEN},
    "ban": {BETWEEN},
    "congthuong": set(),
    "nguoidong": {EAST, BETWEEN},
    "nguoitay": {WEST, BETWEEN},
    "chudong": {EAST},
    "chutay": {WEST},
}


def test_each_reader_sees_what_is_theirs(province: Province) -> None:
    for username, theirs in THEIRS.items():
        shown = page(province.client(username))
        assert {name for name in (EAST, WEST, BETWEEN) if name in shown} == theirs, username


def test_the_work_list_says_what_to_do_first(province: Province) -> None:
    shown = page(province.client("canbo"))
    assert "COD 92,4" in shown
    assert "để giải trình" in shown
    assert "hỏi đơn vị vận hành" in shown


def test_an_operator_is_told_to_restore_the_line(province: Province) -> None:
    assert "khôi phục trước" in page(province.client("chudong"))


def test_whoever_keeps_the_lines_reads_no_values(province: Province) -> None:
    client = province.client("tin")
    for address in ("/", "/stations/", "/stations/BINHMINH-NT01/", "/alerts/", "/deliveries/"):
        shown = page(client, address)
        for told in ("92,4", "COD", "Vượt giá trị giới hạn", "21,5"):
            assert told not in shown, (address, told)
    shown = page(client)
    assert "Máy chủ" in shown
    assert "Mất kết nối" in shown


def test_hours_without_data_are_silent_only_after_the_first_file(province: Province) -> None:
    shown = page(province.client("chudong"))
    assert "cell-silent" in shown
    assert "1 trạm chưa kết nối" in shown


def test_calm_stations_are_folded(province: Province) -> None:
    StationHour.objects.update(state="within")
    StationState.objects.update(state="within")
    Link.objects.update(silent_since=None)
    shown = page(province.client("ban"))
    assert "cell-exceeded" not in shown
    assert 'id="calm"' in shown


def queries(client: Client) -> int:
    with CaptureQueriesContext(
        connection,
    ) as caught:
        page(client)
    return len(caught)


def test_the_number_of_queries_does_not_grow_with_the_stations(province: Province) -> None:
    client = province.client("canbo")
    queries(client)
    before = queries(client)
    facility = Facility.objects.get(code="HOANGHON")
    now = province.now
    for _ in range(30):
        station = StationFactory(facility=facility)
        Link.objects.create(
            station=station,
            first_heard_at=now,
            newest_measured_at=now,
            newest_received_at=now,
            last_received_at=now,
            silent_after=now,
        )
        StationState.objects.create(station=station, state="exceeded", drawn_at=now)
    assert queries(client) == before
    assert before <= 34


def test_nobody_comes_in_without_signing_in(db: None) -> None:
    for address in ("/", "/stations/", "/alerts/", "/deliveries/", "/mails/"):
        answer = Client().get(address)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/login/")


def test_pages_allow_no_script_inside_them(province: Province) -> None:
    client = province.client("canbo")
    for address in ("/", "/stations/BINHMINH-NT01/"):
        policy = client.get(address)["Content-Security-Policy"]
        assert "script-src 'self';" in policy + ";"
