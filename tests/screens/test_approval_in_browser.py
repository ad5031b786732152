"""The operator asks on his phone, the officer approves at her desk, both verdicts stand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from monitoring.domain.slots import day_of, day_start
from monitoring.models import Exclusion
from tests.screens.conftest import VIETNAM, Province, feed
from tests.screens.layout import make_wordier, sticking_out
from tests.screens.test_browser import DESK, NARROW, PHONE, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PDF = b"%PDF-1.4 bien ban"


@pytest.fixture(scope="session")
def base_url() -> str:
    """Each test names the whole address; the plugin's own way of asking for one is outdated."""
    return ""


@pytest.fixture
def living(transactional_db: None, data_dir: Path) -> Province:
    """The province, committed, so that a server in another thread sees it."""
    return feed(data_dir)


@pytest.fixture
def said() -> Iterator[list[str]]:
    """What the consoles say; they must stay silent."""
    lines: list[str] = []
    yield lines
    assert lines == []


def someone(browser: Browser, address: str, username: str, viewport: Any, said: list[str]) -> Page:
    page = browser.new_context(viewport=viewport, has_touch=viewport == PHONE).new_page()
    page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    sign_in(page, address, username)
    return page


def test_an_operator_asks_and_an_officer_approves(
    browser: Browser, living: Province, live_server: Any, said: list[str], tmp_path: Path
) -> None:
    start = day_start(day_of(living.now) - timedelta(days=2)).astimezone(VIETNAM)
    scan = tmp_path / "bienban.pdf"
    scan.write_bytes(PDF)

    phone = someone(browser, live_server.url, "chutay", PHONE, said)
    phone.goto(f"{live_server.url}/stations/HOANGHON-NT01/")
    phone.locator("[data-exclude]").click()
    phone.wait_for_url("**/exclusions/new/?**")
    phone.get_by_label("Thông số").select_option("COD")
    phone.locator("[name=from]").fill(f"{start:%Y-%m-%dT00:00}")
    phone.locator("[name=to]").fill(f"{start:%Y-%m-%dT06:00}")
    phone.get_by_label("Dừng hoạt động, không xả").check()
    foreseen = phone.locator("#foreseen")
    expect(foreseen).to_contain_text("12 giá trị đo")
    expect(foreseen).to_contain_text("36/36")
    phone.get_by_label("Diễn biến").fill("Dừng xả để thay bơm.")
    phone.locator("[name=document_file]").set_input_files(scan)
    assert sticking_out(phone) == []
    send = phone.get_by_role("button", name="Gửi đề nghị")
    expect(send).to_be_in_viewport()
    send.click()
    phone.wait_for_url("**/exclusions/*/")
    expect(phone.locator("main")).to_contain_text("Chờ cán bộ Sở quyết định")
    asked = Exclusion.objects.get()
    assert (asked.state, asked.why) == ("asked", "stop")

    desk = someone(browser, live_server.url, "canbo", DESK, said)
    desk.goto(f"{live_server.url}/exclusions/?state=asked")
    desk.locator(f"[data-exclusion='{asked.pk}']").click()
    expect(desk.get_by_role("heading", name="Những gì sẽ thay đổi")).to_be_visible()
    desk.get_by_role("button", name="Duyệt", exact=True).click()
    expect(desk.locator(".messages")).to_contain_text("Hai kết luận nay đặt cạnh nhau")
    row = desk.locator(".layers tbody tr").first
    expect(row.locator(".layer-raw")).to_contain_text("48/48")
    expect(row.locator(".layer-approved")).to_contain_text("36/36")

    phone.reload()
    expect(phone.locator("main")).to_contain_text("đã duyệt")
    assert sticking_out(phone) == []

    desk.set_viewport_size(NARROW)
    query = f"station=HOANGHON-NT01&parameter=COD&from={start:%Y-%m-%d}&to={start:%Y-%m-%d}T09:00"
    for address in (
        "/exclusions/",
        f"/exclusions/{asked.pk}/",
        f"/exclusions/new/?{query}",
        f"/stations/HOANGHON-NT01/months/{start.year}/{start.month}/",
    ):
        desk.goto(live_server.url + address)
        assert sticking_out(desk) == [], address
        make_wordier(desk)
        assert sticking_out(desk) == [], f"{address} with longer words"


def test_the_chart_marks_what_is_excluded(
    browser: Browser, living: Province, live_server: Any, said: list[str]
) -> None:
    start = day_start(day_of(living.now) - timedelta(days=2)).astimezone(VIETNAM)
    desk = someone(browser, live_server.url, "canbo", DESK, said)
    query = (
        f"station=HOANGHON-NT01&parameter=COD&from={start:%Y-%m-%d}T02:00&to={start:%Y-%m-%d}T05:00"
    )
    desk.goto(f"{live_server.url}/exclusions/new/?{query}")
    desk.get_by_label("Lỗi thiết bị đã xác nhận").check()
    desk.get_by_label("Diễn biến").fill("Điện cực hỏng.")
    desk.get_by_label("Số văn bản").fill("BB số 7")
    desk.get_by_role("button", name="Loại trừ", exact=True).click()
    desk.wait_for_url("**/exclusions/*/")
    desk.get_by_role("link", name="Xem biểu đồ lúc đó").click()
    expect(desk.locator("#chart[data-drawn='1']")).to_be_visible(timeout=20_000)
    shapes = desk.locator(".chart-plot").evaluate("plot => plot.layout.shapes.length")
    assert shapes == 1
    expect(desk.locator("#chart .legend")).to_contain_text("Đã loại trừ")
