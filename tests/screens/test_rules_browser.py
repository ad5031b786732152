"""An officer enters a permit in a real browser: sees what would change, saves, judges anew."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from monitoring.models import Correction
from stations.models import Edition, Facility, Permit
from tests.screens.conftest import Province
from tests.screens.layout import make_wordier, sticking_out
from tests.screens.test_browser import (
    NARROW,
    base_url,
    browser_context_args,
    desk,
    living,
    sign_in,
)

__all__ = ["base_url", "browser_context_args", "desk", "living"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_officer_enters_a_permit(desk: Page, living: Province, live_server: Any) -> None:
    sign_in(desk, live_server.url, "canbo")
    desk.goto(f"{live_server.url}/stations/KCNCHUNG-NT01/")
    desk.get_by_role("link", name="Căn cứ đánh giá").click()
    desk.wait_for_url("**/facilities/KCNCHUNG/basis/#KCNCHUNG-NT01")
    desk.get_by_role("link", name="Nhập giấy phép").click()
    desk.get_by_label("Số giấy phép").fill("GPMT số 5/GPMT-UBND")
    edition = desk.get_by_label("Quy chuẩn và cột ghi trong giấy phép")
    edition.select_option(label="QCVN 40:2011/BTNMT cột A")
    desk.get_by_label("Kq trong giấy phép").fill("1")
    desk.get_by_label("Kf trong giấy phép").fill("0,9")
    desk.get_by_label("Từ ngày").fill("2025-01-01")
    cod = desk.get_by_role("row").filter(has=desk.locator("th", has_text="COD")).first
    cod.get_by_label("C ghi trong giấy phép").fill("75")
    cod.get_by_label("Cmax ghi trong giấy phép").fill("20")
    desk.get_by_role("button", name="Xem trước thay đổi").click()
    expect(cod).to_contain_text("67,5 lệch")
    foreseen = desk.locator("#foreseen")
    expect(foreseen).to_contain_text("1 giới hạn của 1 trạm thay đổi")
    expect(foreseen.locator(".turns")).to_contain_text("ngày đạt → vượt")
    foreseen.get_by_text("kỳ vượt xếp trước").click()
    expect(foreseen.locator(".dense tbody tr").first).to_contain_text("21,5")
    assert not Permit.objects.exists()
    desk.get_by_label("Lý do").first.fill("Theo giấy phép mới")
    desk.get_by_label("Sửa cả kết luận đã có").check()
    desk.get_by_role("button", name="Lưu").click()
    expect(desk.get_by_text("Các kết luận đã có đang được đánh giá lại")).to_be_visible()
    expect(desk.get_by_role("heading", name="Giấy phép GPMT số 5/GPMT-UBND")).to_be_visible()
    expect(desk.locator(".page-head")).to_contain_text("chưa xác nhận")
    assert Permit.objects.get().limits.get().maximum == 20
    assert Correction.objects.get().reason == "Theo giấy phép mới"


def test_the_rules_fit_on_a_phone_whatever_they_say(
    page: Page, living: Province, live_server: Any
) -> None:
    page.set_viewport_size(NARROW)
    sign_in(page, live_server.url, "canbo")
    facility = Facility.objects.get(code="KCNCHUNG")
    permit = Permit.objects.create(facility=facility, number="GPMT số 5/GPMT-UBND")
    edition = Edition.objects.get(code="QCVN 40:2011/BTNMT")
    for address in (
        f"/rules/{edition.pk}/",
        f"/rules/{edition.pk}/edit/",
        f"/rules/{edition.pk}/confirm/",
        f"/rules/{edition.pk}/numbers/new/",
        f"/facilities/{facility.code}/basis/",
        f"/facilities/{facility.code}/permits/{permit.pk}/",
        f"/facilities/{facility.code}/permits/{permit.pk}/edit/",
        f"/rules/confirm/permit/{permit.pk}/",
        f"/facilities/{facility.code}/basis/design_flow/",
        "/stations/KCNCHUNG-NT01/basis/judged_by/",
    ):
        page.goto(live_server.url + address)
        expect(page.locator("h1").first).to_be_attached()
        assert sticking_out(page) == [], address
        make_wordier(page)
        assert sticking_out(page) == [], f"{address} with longer words"


def test_what_a_change_does_fits_on_a_phone(page: Page, living: Province, live_server: Any) -> None:
    page.set_viewport_size(NARROW)
    sign_in(page, live_server.url, "canbo")
    page.goto(f"{live_server.url}/stations/KCNCHUNG-NT01/basis/judged_by/")
    page.get_by_label("Từ ngày").fill("2025-01-01")
    page.get_by_label("Quy chuẩn và cột áp dụng").select_option(label="QCVN 40:2011/BTNMT cột B")
    page.get_by_label("Lý do").fill("Đối chiếu giấy phép")
    page.get_by_role("button", name="Xem trước thay đổi").click()
    expect(page.locator("#foreseen")).to_contain_text("2 giới hạn của 1 trạm thay đổi")
    assert sticking_out(page) == []
    make_wordier(page)
    assert sticking_out(page) == []
