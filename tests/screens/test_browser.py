"""What an officer and an operator do, in a real browser, under the real policy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from alerts.models import Alert, Message, State
from monitoring.models import Delivery, Verdict
from stations.models import Station
from tests.screens.conftest import Province, feed
from tests.screens.layout import make_wordier, sticking_out
from tests.screens.test_leaks import patterns

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
NARROW = {"width": 360, "height": 740}
PAPER = {"width": 688, "height": 1000}
"""An upright A4 between its margins."""

COLOURS = "body => [getComputedStyle(body).backgroundColor, getComputedStyle(body).color]"
NO_PAGES = {
    *("healthz", "readyz", "probez", "metrics", "login/", "logout/", "i18n/setlang/"),
    "alerts/acknowledge/",  # takes a form, shows nothing
    *("mails/mine/language/", "mails/mine/quiet/", "webhooks/new/"),
}
OTHER_GROUNDS = ("/admin/", "/api/")
"""Pages of other makers, with widths of their own."""


@pytest.fixture(scope="session")
def base_url() -> str:
    """Each test names the whole address; the plugin's own way of asking for one is outdated."""
    return ""


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A browser that prefers English: the pages must be Vietnamese all the same."""
    return {**browser_context_args, "locale": "en-US", "viewport": DESK}


@pytest.fixture
def living(transactional_db: None, data_dir: Path) -> Province:
    """The province, committed, so that a server in another thread sees it."""
    return feed(data_dir)


@pytest.fixture
def desk(page: Page) -> Iterator[Page]:
    """A page whose console must stay silent: a script that the policy forbids would speak there."""
    said: list[str] = []
    page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    assert said == []


def sign_in(page: Page, address: str, username: str) -> None:
    page.goto(f"{address}/login/")
    page.get_by_label("Tên đăng nhập").fill(username)
    page.get_by_label("Mật khẩu").fill("thu-nghiem")
    page.get_by_role("button", name="Đăng nhập").click()
    expect(page.get_by_role("navigation", name="Các mục")).to_be_visible()


def one_of_each() -> list[str]:
    """Each page of the URL map, a thing of each kind that opens from one, what is not there."""
    lists = [f"/{route}" for route, parts in patterns() if not parts and route not in NO_PAGES]
    lists = [address for address in lists if not address.startswith(OTHER_GROUNDS)]
    assert {"/", "/stations/", "/alerts/"} <= set(lists)
    stations = Station.objects.order_by("code").values_list("code", flat=True)
    kinds = Alert.objects.order_by("kind", "pk").distinct("kind").values_list("pk", flat=True)
    outcomes = Delivery.objects.order_by("outcome", "id").distinct("outcome")
    mails = Message.objects.order_by("-pk").values_list("pk", flat=True)[:2]
    verdicts = Verdict.objects.order_by("period", "result", "id").distinct("period", "result")
    return [
        *lists,
        "/stations/KHONG-CO/",
        *(f"/stations/{code}/" for code in stations),
        *(f"/stations/{code}/calendar/" for code in stations),
        *(f"/verdicts/{pk}/" for pk in verdicts.values_list("id", flat=True)),
        *(f"/alerts/{pk}/" for pk in kinds),
        *(f"/deliveries/{pk}/" for pk in outcomes.values_list("id", flat=True)),
        *(f"/mails/{pk}/" for pk in mails),
    ]


def test_an_officer_begins_the_morning(desk: Page, living: Province, live_server: Any) -> None:
    sign_in(desk, live_server.url, "canbo")
    expect(desk.get_by_role("heading", name="Cần xử lý")).to_be_visible()
    expect(desk.locator(".work")).to_contain_text("COD 92,4")
    expect(desk.locator(".map-mark, .map-cluster").first).to_be_visible()
    cell = desk.locator("tr[data-live=HOANGHON-NT01] .cell").nth(2)
    cell.hover()
    expect(desk.locator(".strip-readout")).to_contain_text("Hoàng Hôn")
    cell.click()
    desk.wait_for_url("**/stations/HOANGHON-NT01/?from=**")
    expect(desk.locator("#chart[data-drawn]")).to_be_visible()


def test_a_chart_of_any_span(desk: Page, living: Province, live_server: Any) -> None:
    sign_in(desk, live_server.url, "canbo")
    desk.goto(f"{live_server.url}/stations/HOANGHON-NT01/")
    chart = desk.locator("#chart[data-drawn='2']")
    expect(chart).to_be_visible()
    expect(chart.locator(".chart-summary")).to_contain_text("COD: cao nhất 92,4")
    desk.get_by_role("button", name="7 ngày").click()
    expect(desk.get_by_role("button", name="7 ngày")).to_have_attribute("aria-pressed", "true")
    desk.wait_for_url("**span=7d**")
    desk.get_by_label("pH").uncheck()
    expect(desk.locator("#chart[data-drawn='1']")).to_be_visible()
    desk.get_by_label("Bước").select_option("hour")
    desk.wait_for_url("**step=hour**")
    desk.reload()
    expect(desk.locator("#chart[data-drawn='1']")).to_be_visible()
    expect(desk.get_by_label("Bước")).to_have_value("hour")
    desk.locator("details.derivation summary").first.click()
    expect(desk.locator(".derivation-panel").first).to_contain_text("GPMT số 2")


def test_a_case_is_taken(desk: Page, living: Province, live_server: Any) -> None:
    alert = living.alert("BINHMINH-NT01", "silent_station")
    sign_in(desk, live_server.url, "canbo")
    desk.get_by_role("link", name="Mất kết nối").first.click()
    expect(desk.get_by_role("heading", name="Mất kết nối")).to_be_visible()
    desk.get_by_label("Ghi chú (nếu có)").fill("Đã gọi trực ca.")
    desk.get_by_role("button", name="Tiếp nhận").click()
    expect(desk.get_by_text("Bạn đã tiếp nhận vụ việc này.")).to_be_visible()
    expect(desk.locator(".story-line")).to_contain_text("Đã gọi trực ca.")
    expect(desk.get_by_role("button", name="Kết thúc xử lý")).to_be_visible()
    alert.refresh_from_db()
    assert alert.state == State.ACKNOWLEDGED


def test_the_page_of_the_morning_renews_itself(
    desk: Page, living: Province, live_server: Any
) -> None:
    """What htmx is asked to fetch every half minute, fetched at once."""
    sign_in(desk, live_server.url, "canbo")
    expect(desk.locator(".work")).to_contain_text("Mất kết nối")
    alert = living.alert("BINHMINH-NT01", "silent_station")
    type(alert).objects.filter(pk=alert.pk).update(
        resolved_at=living.now, resolved_after=living.now
    )
    desk.locator("#work").evaluate("part => htmx.ajax('GET', '/', {source: part})")
    expect(desk.locator(".work")).not_to_contain_text("Mất kết nối")
    expect(desk.locator("#strip .strip")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_an_operator_looks_at_night_on_a_phone(
    desk: Page, living: Province, live_server: Any, theme: Any
) -> None:
    desk.set_viewport_size(PHONE)
    desk.emulate_media(color_scheme=theme)
    sign_in(desk, live_server.url, "chudong")
    first = desk.locator(".work > li").first
    expect(first).to_be_in_viewport(ratio=1)
    expect(desk.locator(".work")).to_contain_text("khôi phục trước")
    silent = living.alert("BINHMINH-NT01", "silent_station").pk
    for address in ("/", "/stations/", "/stations/BINHMINH-NT01/", f"/alerts/{silent}/", "/mails/"):
        desk.goto(live_server.url + address)
        expect(desk.locator("h1").first).to_be_attached()
        assert sticking_out(desk) == [], address
    paper = desk.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
    assert paper == {"light": "rgb(251, 251, 249)", "dark": "rgb(20, 23, 26)"}[theme]


@pytest.mark.parametrize("username", ["canbo", "tin"])
def test_no_page_is_wider_than_a_phone_whatever_it_says(
    page: Page, living: Province, live_server: Any, username: Any
) -> None:
    page.set_viewport_size(NARROW)
    page.goto(f"{live_server.url}/login/")
    assert sticking_out(page) == [], "/login/"
    sign_in(page, live_server.url, username)
    for address in one_of_each():
        page.goto(live_server.url + address)
        expect(page.locator("h1").first).to_be_attached()
        assert sticking_out(page) == [], address
        make_wordier(page)
        assert sticking_out(page) == [], f"{address} with longer words"


def test_a_part_that_sticks_out_is_named(page: Page, living: Province, live_server: Any) -> None:
    page.set_viewport_size(NARROW)
    page.goto(f"{live_server.url}/login/")
    style = "style => { style.width = '361px'; style.whiteSpace = 'nowrap'; }"
    page.locator("h1").first.evaluate(f"part => ({style})(part.style)")
    assert any(line.startswith("h1") for line in sticking_out(page))


def test_without_a_script_everything_can_still_be_read(
    living: Province, live_server: Any, browser: Any
) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=DESK)
    page = context.new_page()
    sign_in(page, live_server.url, "canbo")
    expect(page.locator(".work")).to_contain_text("COD 92,4")
    page.goto(f"{live_server.url}/stations/HOANGHON-NT01/")
    expect(page.locator(".parameters")).to_contain_text("92,4")
    page.locator("details.derivation summary").first.click()
    expect(page.locator(".derivation-panel").first).to_be_visible()
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_page_is_printed_black_on_white_and_not_wider_than_the_paper(
    desk: Page, living: Province, live_server: Any, theme: Any
) -> None:
    sign_in(desk, live_server.url, "canbo")
    desk.evaluate("theme => localStorage.setItem('theme', theme)", theme)
    alert = living.alert("HOANGHON-NT01").pk
    for address in ("/", "/stations/", "/stations/HOANGHON-NT01/", f"/alerts/{alert}/", "/mails/"):
        desk.set_viewport_size(DESK)
        desk.goto(live_server.url + address)
        if "HOANGHON" in address:
            expect(desk.locator("#chart[data-drawn]")).to_be_visible()
        desk.evaluate("dispatchEvent(new Event('beforeprint'))")
        desk.emulate_media(media="print")
        desk.set_viewport_size(PAPER)
        assert sticking_out(desk) == [], address
        assert desk.locator("body").evaluate(COLOURS) == ["rgb(255, 255, 255)", "rgb(28, 32, 36)"]
        expect(desk.get_by_role("navigation", name="Các mục")).to_be_hidden()
        desk.emulate_media(media="screen")
        desk.evaluate("dispatchEvent(new Event('afterprint'))")
    assert desk.locator("html").get_attribute("data-theme") == theme
