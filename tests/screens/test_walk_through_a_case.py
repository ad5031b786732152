"""One case from hand to hand in a real browser, in Vietnamese: zones board, operator, district,
department; and work that is announced on a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from alerts.models import Alert, Maintenance, State
from alerts.services import report
from monitoring.domain.slots import day_start
from stations.models import Person
from tests.alerts.factories import exceedance
from tests.screens.conftest import Province
from tests.screens.layout import sticking_out
from tests.screens.test_browser import (  # noqa: F401 - fixtures
    DESK,
    PHONE,
    base_url,
    browser_context_args,
    living,
    sign_in,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OPERATOR = """
people:
  - {username: chukhu, name: Trực Ca Khu, operator_of: [KCNCHUNG], password: thu-nghiem}
"""
As = Callable[..., Page]


@pytest.fixture
def case(living: Province, tmp_path: Path) -> Alert:  # noqa: F811
    """Yesterday's COD of the zone's station, seen by the board, both districts, the department."""
    register = tmp_path / "nguoi.yaml"
    register.write_text(OPERATOR, encoding="utf-8")
    call_command("load_register", str(register), verbosity=0)
    Person.objects.filter(username="ban").update(language="vi")
    today = day_start(timezone.localdate())
    said = exceedance(
        living.station("KCNCHUNG-NT01"), start=today - timedelta(days=1), end=today,
        ratio=Decimal("1.36"),
    )  # fmt: skip
    return report(said, now=timezone.now())


@pytest.fixture
def acting(browser: Browser, live_server: Any) -> Iterator[As]:
    """A page on which somebody has signed in; every console must stay silent."""
    said: list[str] = []
    contexts = []

    def enter(username: str, *, phone: bool = False) -> Page:
        context = browser.new_context(
            locale="en-US", viewport=PHONE if phone else DESK, has_touch=phone
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        sign_in(page, live_server.url, username)
        return page

    yield enter
    for context in contexts:
        context.close()
    assert said == []


def opened(page: Page, case: Alert) -> Page:
    """The case, found in the list as people find it."""
    page.get_by_role("link", name="Xử lý").first.click()
    page.locator(f"tr[data-live='{case.pk}'] .row-link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Vượt giá trị giới hạn · COD")
    return page


def test_a_case_goes_from_hand_to_hand(case: Alert, acting: As, tmp_path: Path) -> None:
    board = opened(acting("ban"), case)
    expect(board.locator("main")).to_contain_text("1,1 – 1,5 lần (bậc 2/6)")
    board.get_by_role("button", name="Tiếp nhận").click()
    expect(board.locator("main")).to_contain_text("Bạn đã tiếp nhận")

    operator = opened(acting("chukhu", phone=True), case)
    form = operator.locator("#answer")
    expect(form).to_be_in_viewport()  # what he must do, and by when, on the first screen
    expect(form).to_contain_text("Cần giải trình trước")
    form.get_by_label("Nguyên nhân").select_option("process")
    form.get_by_label("Diễn biến").fill("Bể hiếu khí quá tải")
    paper = tmp_path / "biên bản.pdf"
    paper.write_bytes(b"%PDF-1.4 x")
    form.locator("input[type=file]").set_input_files(str(paper))
    form.get_by_role("button", name="Gửi giải trình").click()
    expect(operator.locator("main")).to_contain_text("Đã gửi giải trình")
    expect(operator.locator("main")).to_contain_text("biên bản.pdf")
    assert sticking_out(operator) == []

    district = opened(acting("nguoitay"), case)
    district.locator("textarea[name=note]").fill("Thiếu nhật ký vận hành")
    district.get_by_role("button", name="Yêu cầu bổ sung").click()
    expect(district.locator("main")).to_contain_text("Thiếu nhật ký vận hành")

    operator.reload()
    expect(operator.locator("main")).to_contain_text("Thiếu nhật ký vận hành")
    operator.locator("#answer").get_by_label("Nguyên nhân").select_option("process")
    operator.locator("#answer").get_by_label("Diễn biến").fill("Kèm nhật ký vận hành")
    operator.locator("#answer").get_by_role("button", name="Gửi giải trình").click()
    expect(operator.locator("main")).to_contain_text("Đã gửi giải trình")

    officer = opened(acting("canbo"), case)
    officer.get_by_role("button", name="Xác nhận giải trình").click()
    expect(officer.locator("main")).to_contain_text("Đã xác nhận giải trình")
    officer.locator("textarea[name=note]").fill("Đã khắc phục, mẫu đối chứng đạt")
    officer.get_by_role("button", name="Kết thúc xử lý").click()
    expect(officer.locator("main")).to_contain_text("Đã kết thúc xử lý")
    expect(officer.locator("#drawers, .drawers")).to_have_count(0)

    case.refresh_from_db()
    assert (case.state, case.answers.count()) == (State.CLOSED, 2)
    told = case.events.exclude(by=None).order_by("pk").values_list("what", "by__username")
    assert [each for each in told if each[0] != "filed"] == [
        ("acknowledged", "ban"),
        ("answered", "chukhu"),
        ("returned", "nguoitay"),
        ("answered", "chukhu"),
        ("verified", "canbo"),
        ("closed", "canbo"),
    ]


def test_work_is_announced_on_a_phone_and_approved_at_a_desk(case: Alert, acting: As) -> None:
    operator = acting("chukhu", phone=True)
    operator.goto(operator.url.split("/")[0] + "//" + operator.url.split("/")[2] + "/works/new/")
    operator.get_by_text("Dừng xả", exact=True).click()
    start = timezone.localtime() + timedelta(hours=2)
    operator.locator("input[name=start]").fill(f"{start:%Y-%m-%dT%H:%M}")
    operator.locator("input[name=end]").fill(f"{start + timedelta(hours=6):%Y-%m-%dT%H:%M}")
    operator.get_by_label("Lý do").fill("Nghỉ Tết, không xả thải")
    assert sticking_out(operator) == []
    operator.get_by_role("button", name="Gửi thông báo").click()
    expect(operator.locator("main")).to_contain_text("Chờ Sở quyết định")
    assert sticking_out(operator) == []

    officer = acting("canbo")
    officer.locator("#works").get_by_role("link", name="Dừng xả").click()
    officer.get_by_role("button", name="Duyệt", exact=True).click()
    expect(officer.locator("main")).to_contain_text("Đã duyệt")
    work = Maintenance.objects.get()
    assert (work.decision, work.decided_by and work.decided_by.username) == ("approved", "canbo")
    operator.reload()
    expect(operator.locator("main")).to_contain_text("Đã duyệt")
