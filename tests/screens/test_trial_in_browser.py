"""An officer finds a timeline, is shown the line of a mistake, has it played, and the page tells
by itself when the answer is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from monitoring.models import Trial
from tests.screens.conftest import Province, feed
from tests.screens.layout import sticking_out
from tests.screens.test_approval_in_browser import someone
from tests.screens.test_browser import DESK, PHONE
from tests.screens.test_trial import ended

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="session")
def base_url() -> str:
    """Each test names the whole address."""
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
    assert [line for line in lines if "422" not in line] == []


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_an_officer_tries_a_rule(
    browser: Browser, living: Province, live_server: Any, said: list[str], viewport: Any
) -> None:
    page = someone(browser, live_server.url, "canbo", viewport, said)
    page.goto(f"{live_server.url}/trial/")
    assert sticking_out(page) == []
    page.locator("[data-trial-search]").fill("12 khoảng đo cùng một giá trị")
    shown = page.locator("[data-trial]:visible")
    expect(shown).to_have_count(1)
    shown.get_by_role("link").click()
    text = page.locator("textarea[name=text]")
    expect(text).to_be_visible()
    assert sticking_out(page) == []
    whole = text.input_value()
    wrong = whole.replace("  - files", "  - fils", 1)
    text.fill(wrong)
    page.get_by_role("button", name="Chạy thử").click()
    expect(page.locator("#mistake")).to_contain_text("dòng 26")
    chosen = text.evaluate("it => it.value.slice(it.selectionStart, it.selectionEnd)")
    assert chosen.startswith("  - fils")

    text.fill(whole)
    page.get_by_role("button", name="Chạy thử").click()
    expect(page.locator(".trial-verdict")).to_contain_text("Sắp chạy")
    ended(Trial.objects.get())
    expect(page.locator(".trial-verdict")).to_contain_text("Đúng như mong đợi")
    page.locator("summary", has_text="ca@mau.example").click()
    expect(page.get_by_text("Trung bình 92 mg/L")).to_be_visible()
    assert sticking_out(page) == []
