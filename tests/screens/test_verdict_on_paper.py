"""A verdict on one A4, whatever its period; and the calendar with keys alone and on a phone."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from monitoring.models import Verdict
from monitoring.services.receive import store_entries
from stations.models import PermitLimit, Person, Station
from tests.factories import ChannelFactory
from tests.flow.register import file_of, station_with
from tests.monitoring.timeline import DAY, HOUR, MIDNIGHT, MINUTE, send, settle
from tests.screens.layout import sticking_out
from tests.screens.test_browser import (
    DESK,
    PHONE,
    base_url,
    browser_context_args,
    desk,
    sign_in,
)

__all__ = ["base_url", "browser_context_args", "desk"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGE = re.compile(rb"/Type\s*/Page\b")
A4 = re.compile(rb"/MediaBox\s*\[\s*0\s+0\s+59[45][.\d]*\s+84[12][.\d]*\s*\]")


@pytest.fixture
def officer(transactional_db: None, data_dir: Any) -> Person:
    """Somebody who sees everything."""
    return Person.objects.create_superuser("canbo", "canbo@so.example", "thu-nghiem")


def pages_of(page: Page, address: str, verdict: Verdict) -> int:
    """How many sheets of A4 it prints on."""
    page.goto(f"{address}/verdicts/{verdict.id}/")
    expect(page.locator(".proof")).to_contain_text("Vừa kiểm lại")
    printed = page.pdf(prefer_css_page_size=True)
    sheets = len(PAGE.findall(printed))
    assert len(A4.findall(printed)) == sheets
    return sheets


def verdict_of(station: Station, period: str, **known: Any) -> Verdict:
    return Verdict.objects.get(station=station, period=period, superseded_at=None, **known)


def stack() -> Station:
    """NOx at reference oxygen by the hour and the day: the fullest sheet there is."""
    station = station_with(symbols=())
    Station.objects.filter(pk=station.pk).update(medium="emission")
    station.refresh_from_db()
    ChannelFactory(station=station, symbol="O2")
    channel = ChannelFactory(station=station, symbol="NOx")
    for period in ("hour", "day"):
        PermitLimit.objects.create(
            channel=channel,
            period=period,
            maximum=Decimal(200),
            source="GPMT số 2 ngày 12/3/2023 của Ủy ban nhân dân tỉnh, phụ lục 1",
            reference_oxygen=Decimal(8),
        )
    return station


def a_day_of_gas(station: Station) -> None:
    """288 slots: crowded ones, faults, calibration, idle ones, and one without oxygen."""
    files = []
    for slot in range(288):
        at = MIDNIGHT + slot * 5 * MINUTE
        status = {3: "02", 7: "01"}.get(slot % 40, "00")
        oxygen = "19.4" if 240 <= slot < 252 else f"{9 + slot % 7 / 10}"
        said = [("NOx", f"{170 + slot % 61 / 10}", status)]
        if slot != 100:
            said.append(("O2", oxygen, "00"))
        files.append(file_of(station, at, *said))
        if slot % 9 == 0:
            files.append(file_of(station, at + MINUTE, ("NOx", "171.3", "00")))
    store_entries(files, now=MIDNIGHT + DAY)
    settle(MIDNIGHT + DAY + HOUR)


def test_an_hour_and_a_day_at_reference_oxygen_fit_one_sheet(
    officer: Person, desk: Page, live_server: Any
) -> None:
    station = stack()
    a_day_of_gas(station)
    for times in range(1, 4):
        at = MIDNIGHT + DAY + (1 + times) * HOUR
        late = [
            file_of(station, MIDNIGHT + slot * 5 * MINUTE, ("NOx", f"{times}99", "00"), received=at)
            for slot in range(6)
        ]
        store_entries(late, now=at)
        settle(at)
    sign_in(desk, live_server.url, "canbo")
    for period in ("hour", "day"):
        verdict = verdict_of(station, period, start=MIDNIGHT)
        assert pages_of(desk, live_server.url, verdict) == 1, period


def test_eight_hours_and_a_year_fit_one_sheet(
    officer: Person, desk: Page, live_server: Any
) -> None:
    gases = station_with(period="hours8", maximum="50")
    for hour in range(8):
        send(gases, MIDNIGHT + hour * HOUR, [f"{40 + hour / 7:.3f}"] * 12)
    settle(MIDNIGHT + 9 * HOUR)
    yearly = station_with(interval=1440, period="year", maximum="25")
    new_year = datetime(2023, 12, 31, 17, tzinfo=UTC)
    send(yearly, new_year, [f"{20 + day / 7:.4f}" for day in range(366)], interval=1440)
    settle(new_year + 366 * DAY + 2 * HOUR)
    sign_in(desk, live_server.url, "canbo")
    assert pages_of(desk, live_server.url, verdict_of(gases, "hours8", start=MIDNIGHT)) == 1
    assert pages_of(desk, live_server.url, verdict_of(yearly, "year")) == 1


def test_a_verdict_is_no_wider_than_the_screen(
    officer: Person, desk: Page, live_server: Any
) -> None:
    station = stack()
    a_day_of_gas(station)
    sign_in(desk, live_server.url, "canbo")
    for size in (DESK, PHONE):
        desk.set_viewport_size(size)
        for period in ("hour", "day"):
            verdict = verdict_of(station, period, start=MIDNIGHT)
            desk.goto(f"{live_server.url}/verdicts/{verdict.id}/")
            assert sticking_out(desk) == [], (period, size)


def test_the_calendar_is_walked_with_keys_and_told_in_words(
    officer: Person, desk: Page, live_server: Any
) -> None:
    station = station_with(interval=60, period="day", maximum="50", min_capture="0.5")
    for day, value in enumerate(("40", "60", "40")):
        send(station, MIDNIGHT + day * DAY, [value] * 24, interval=60)
    settle(MIDNIGHT + 3 * DAY + HOUR)
    sign_in(desk, live_server.url, "canbo")
    desk.goto(f"{live_server.url}/stations/{station.code}/calendar/?parameter=COD&year=2024")
    first = desk.locator(".calendar .cell").first
    first.focus()
    desk.keyboard.press("ArrowRight")
    expect(desk.locator(".strip-readout")).to_contain_text("22/05/2024 · Vượt giá trị giới hạn")
    desk.keyboard.press("Enter")
    expect(desk.locator("h1")).to_contain_text("COD · 22/05/2024")
    desk.get_by_role("link", name="Lịch năm").click()
    expect(desk.locator(".calendar")).to_be_visible()
    desk.set_viewport_size(PHONE)
    assert sticking_out(desk) == []
    expect(desk.locator(".calendar .date").first).to_be_visible()


def test_the_station_page_brings_its_calendar_when_it_is_reached(
    officer: Person, desk: Page, live_server: Any
) -> None:
    station = station_with(interval=60, period="day", maximum="50", min_capture="0.5")
    send(station, MIDNIGHT, ["60"] * 24, interval=60)
    settle(MIDNIGHT + DAY + HOUR)
    sign_in(desk, live_server.url, "canbo")
    desk.goto(f"{live_server.url}/stations/{station.code}/")
    desk.evaluate("document.querySelector('#calendar-part').scrollIntoView()")
    expect(desk.locator("#calendar-part .calendar .cell-exceeded")).to_have_count(1)
