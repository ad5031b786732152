"""The page of our own door: who may see it, and what it tells in each state."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from monitoring.models import DoorProbe, Outage
from tests.screens.conftest import Province
from tests.screens.test_cases import page

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def probes(*ends: bool) -> None:
    """One a minute until now; those that came through took 0.25, 0.5, 2 and 3 seconds."""
    for back, came in enumerate(reversed(ends)):
        sent = timezone.now() - back * MINUTE
        took = dict(zip(STAGES, (0.25, 0.5, 2, 3), strict=True))
        DoorProbe.objects.create(
            door="ftp",
            address="ftp://cua.tinh.example:21",
            sent_at=sent,
            failure="" if came else "login: 530 no",
            **{name: sent + length * SECOND for name, length in took.items() if came},
        )


STAGES = ("acknowledged_at", "stored_at", "judged_at", "visible_at")


def test_who_keeps_the_lines_and_the_department_see_it_nobody_else(province: Province) -> None:
    for username in ("tin", "canbo"):
        assert province.client(username).get("/door/").status_code == 200
    for username in ("nguoidong", "nguoitay"):
        assert province.client(username).get("/door/").status_code == 404


def test_without_a_probe_it_says_so(province: Province) -> None:
    shown = page(province.client("canbo"), "/door/")
    assert "Chưa gửi tệp thử nào" in shown
    assert "24 giờ qua không có tệp thử nào được gửi" in shown
    assert "Cổng nhận và đường truyền đều không gián đoạn" in shown


def test_it_tells_how_long_each_stage_took(province: Province) -> None:
    probes(True, True)
    shown = page(province.client("canbo"), "/door/")
    assert "Cổng nhận đang mở" in shown
    assert "ftp://cua.tinh.example:21" in shown
    for taken in ("0,25\xa0s", "0,50\xa0s", "2,0\xa0s", "3,0\xa0s"):
        assert taken in shown
    assert shown.count("<polyline") == 3


def test_it_names_what_a_probe_failed_at_and_what_was_said(province: Province) -> None:
    probes(True, False)
    Outage.objects.create(what="door", start=timezone.now() - MINUTE, found_at=timezone.now())
    shown = page(province.client("canbo"), "/door/")
    assert "Cổng nhận đang đóng" in shown
    assert "cổng nhận từ chối đăng nhập của tệp thử" in shown
    assert "530 no" in shown
    assert 'class="failure"' in shown
    assert "đang diễn ra" in shown


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ((False, False), "Chưa tệp thử nào qua được ở địa chỉ này"),
        ((True, True), "Cổng nhận đang mở"),
    ],
)
def test_it_says_what_the_probes_are_worth(
    province: Province, ends: tuple[bool, ...], said: str
) -> None:
    probes(*ends)
    assert said in page(province.client("canbo"), "/door/")


def test_who_keeps_the_lines_finds_the_way_to_it_on_the_first_page(province: Province) -> None:
    shown = page(province.client("tin"), "/")
    assert 'href="/door/"' in shown


def test_the_list_of_files_leads_to_it_whom_it_is_for(province: Province) -> None:
    assert 'href="/door/"' in page(province.client("canbo"), "/deliveries/")
    assert 'href="/door/"' not in page(province.client("nguoidong"), "/deliveries/")


def test_the_answer_to_the_prober_names_numbers_only(province: Province) -> None:
    assert province.client("canbo").get("/probez").json() == {"stations": {}}
