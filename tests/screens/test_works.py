"""Announcing work on a phone, deciding on it, and where everybody sees it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from alerts.models import Maintenance
from monitoring.bell import ring
from tests.screens.conftest import Province
from tests.screens.test_cases import page

STATION = "HOANGHON-NT01"
REASON_MISSING = "Hãy ghi lý do"


@pytest.fixture
def bells(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which bells were rung."""
    rung: list[str] = []
    for module in ("monitoring.views.works.detail", "monitoring.api.works"):
        monkeypatch.setattr(f"{module}.ring", rung.append)
    assert ring is not rung.append
    return rung


def written(**changes: Any) -> dict[str, Any]:
    here = timezone.localtime()
    given = {
        "station": STATION,
        "what": "stop",
        "start": f"{here - timedelta(hours=1):%Y-%m-%dT%H:%M}",
        "end": f"{here + timedelta(hours=5):%Y-%m-%dT%H:%M}",
        "reason": "Nghỉ Tết, không xả",
    }
    return given | changes


def announced(client: Client, **changes: Any) -> Maintenance:
    answer = client.post("/works/new/", written(**changes), follow=True)
    assert answer.status_code == 200, answer.content.decode()[:2000]
    assert "Đã gửi thông báo; chờ Sở quyết định." in answer.content.decode()
    return Maintenance.objects.latest("pk")


def test_an_operator_announces_and_an_officer_approves(
    province: Province, bells: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    operator, officer = province.client("chutay"), province.client("canbo")
    assert operator.get("/works/new/")["Location"] == f"/works/new/?station={STATION}"
    work = announced(operator)
    assert work.declared_afterwards
    address = f"/works/{work.pk}/"
    shown = page(operator, address)
    assert "Chờ Sở quyết định" in shown
    assert "Duyệt" not in shown.partition("<main")[2].partition("</main")[0].replace(
        "Duyệt số liệu", ""
    )
    assert f'href="/works/{work.pk}/"' in page(officer, "/")
    with django_capture_on_commit_callbacks(execute=True):
        answer = officer.post(address + "approve/", {"note": "Đồng ý"}, follow=True)
    assert "Đã duyệt" in answer.content.decode()
    assert bells == ["monitoring.tasks.average_dirty", "alerts.tasks.send_mail"]
    work.refresh_from_db()
    assert (work.decision, work.decided_by) == ("approved", province.person("canbo"))
    again = officer.post(address + "refuse/", {"note": "Không"}, follow=True).content.decode()
    assert "Đã có người xử lý trước" in again or "Cán bộ Sở" in again


def test_it_is_seen_at_its_station_its_case_and_the_chart(province: Province) -> None:
    operator = province.client("chutay")
    work = announced(operator)
    case = province.alert(STATION)
    for address in ("/", f"/stations/{STATION}/", f"/alerts/{case.pk}/", "/works/"):
        assert f"/works/{work.pk}/" in page(province.client("canbo"), address), address
    shown = page(operator, f"/stations/{STATION}/")
    assert '"works": [{"from"' in shown


@pytest.mark.parametrize("step", ["approve", "refuse", "withdraw", "end"])
def test_a_stranger_finds_nothing_and_a_reader_decides_nothing(
    province: Province, step: str
) -> None:
    work = announced(province.client("chutay"))
    address = f"/works/{work.pk}/"
    for stranger in ("nguoidong", "chudong", "congthuong"):
        assert province.client(stranger).get(address).status_code == 404
        assert province.client(stranger).post(address + f"{step}/").status_code == 404
        assert f"/works/{work.pk}/" not in page(province.client(stranger), "/works/")
    for reader in ("theodoi", "tin", "nguoitay"):
        assert province.client(reader).get(address).status_code == 200
        assert province.client(reader).post(address + f"{step}/").status_code == 403
    if step in ("approve", "refuse"):
        answer = province.client("chutay").post(address + f"{step}/", {"note": "x"})
        assert answer.status_code == 403
    work.refresh_from_db()
    assert (work.decision, work.cancelled_at, work.ended_early_at) == ("", None, None)


def test_nobody_announces_work_of_anothers_station(province: Province) -> None:
    assert province.client("chudong").post("/works/new/", written()).status_code == 404
    assert province.client("theodoi").post("/works/new/", written()).status_code == 403
    assert province.client("theodoi").get("/works/new/").status_code == 403
    assert not Maintenance.objects.exists()


def test_mistakes_come_back_filled_in(province: Province) -> None:
    answer = province.client("chutay").post("/works/new/", written(end="2024-05-21T08:00"))
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "Nghỉ Tết, không xả" in shown
    assert "Thời điểm kết thúc phải sau" in shown
    long_ago = written(start="2024-05-21T08:00", end="2024-05-21T09:00")
    answer = province.client("chutay").post("/works/new/", long_ago)
    assert "Đã bắt đầu quá lâu" in answer.content.decode()


def test_it_is_taken_back_or_ended_by_who_announced_it(province: Province) -> None:
    operator = province.client("chutay")
    work = announced(operator, start=f"{timezone.localtime() - timedelta(hours=1):%Y-%m-%dT%H:%M}")
    province.client("canbo").post(f"/works/{work.pk}/approve/")
    assert "Đã xong, kết thúc ngay" in page(operator, f"/works/{work.pk}/")
    operator.post(f"/works/{work.pk}/end/")
    work.refresh_from_db()
    assert work.ended_early_by == province.person("chutay")
    assert REASON_MISSING in (
        operator.post(f"/works/{work.pk}/withdraw/", follow=True).content.decode()
    )
    operator.post(f"/works/{work.pk}/withdraw/", {"note": "Nhầm trạm"})
    work.refresh_from_db()
    assert (work.cancelled_by, work.cancelled_reason) == (province.person("chutay"), "Nhầm trạm")


def test_the_list_is_narrowed_in_its_address(province: Province) -> None:
    operator, officer = province.client("chutay"), province.client("canbo")
    first = announced(operator)
    second = announced(operator, what="calibration", reason="Chuẩn COD")
    officer.post(f"/works/{first.pk}/approve/")

    def listed(query: str) -> set[int]:
        shown = page(officer, f"/works/?{query}")
        return {pk for pk in (first.pk, second.pk) if f'data-work="{pk}"' in shown}

    assert listed("state=waiting") == {second.pk}
    assert listed("state=running") == {first.pk}
    assert listed("what=calibration") == {second.pk}
    assert listed("announced=afterwards") == {first.pk, second.pk}
    assert listed("facility=BINHMINH") == listed("facility=HOANGHON") == {first.pk, second.pk}
    assert listed("q=chuẩn") == {second.pk}
    assert listed("to=2024-05-21") == set()


def test_what_announced_work_explains_waits_on_the_first_page(province: Province) -> None:
    officer, alert = province.client("canbo"), province.alert("BINHMINH-NT01", "silent_station")
    assert f'<li data-live="{alert.pk}"' in page(officer, "/")
    work = announced(
        province.client("chudong"), station="BINHMINH-NT01", what="maintenance",
        start=f"{timezone.localtime() - timedelta(hours=8):%Y-%m-%dT%H:%M}",
    )  # fmt: skip
    assert f'<li data-live="{alert.pk}"' in page(officer, "/")
    officer.post(f"/works/{work.pk}/approve/")
    alert.refresh_from_db()
    assert alert.held_back_by == work
    assert f'<li data-live="{alert.pk}"' not in page(officer, "/")
    assert f'<tr data-live="{alert.pk}"' in page(officer, "/alerts/?state=open")
    assert "Thư của hồ sơ này chờ đến khi kết thúc" in page(officer, f"/alerts/{alert.pk}/")


def test_the_api_announces_and_decides(province: Province, bells: list[str]) -> None:
    operator, officer = province.client("chutay"), province.client("canbo")
    here = timezone.now()
    json = {"content_type": "application/json"}
    said = {
        "station": STATION, "what": "maintenance", "reason": "Thay bơm", "parameters": ["COD"],
        "from": here.isoformat(), "to": (here + timedelta(hours=2)).isoformat(),
    }  # fmt: skip
    answer = operator.post("/api/v1/works/", said, **json)
    assert answer.status_code == 201, answer.json()
    number = answer.json()["id"]
    address = f"/api/v1/works/{number}/"
    assert answer.json()["state"] == "waiting"
    assert province.client("chudong").get(address).status_code == 404
    assert operator.post(address + "approve/", {}, **json).status_code == 403
    assert officer.post(address + "refuse/", {}, **json).status_code == 400
    assert officer.post(address + "approve/", {}, **json).json()["state"] == "approved"
    assert officer.post(address + "refuse/", {"note": "x"}, **json).status_code == 409
    found = officer.get("/api/v1/works/?state=approved").json()["results"]
    assert [each["id"] for each in found] == [number]
    assert officer.get("/api/v1/works/?state=waiting").json()["results"] == []
    assert (
        operator.post(address + "withdraw/", {"note": "Hoãn"}, **json).json()["state"]
        == "withdrawn"
    )
    strange = operator.post("/api/v1/works/", said | {"parameters": ["Hg"]}, **json)
    assert strange.status_code == 400
    assert "Hg" in strange.json()["reason"]
