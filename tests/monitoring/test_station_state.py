"""What the pages show of a station, drawn whenever something changed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from monitoring.models import StationHour, StationState
from stations.models import ChannelInterval, PermitLimit, Station
from tests.factories import ChannelFactory
from tests.flow.register import NOON, station_with
from tests.monitoring.timeline import DAY, HOUR, MIDNIGHT, MINUTE, send, send_hour, settle

pytestmark = pytest.mark.django_db


@pytest.fixture
def daily() -> Station:
    """COD at most 60 in the mean of a day."""
    return station_with(period="day")


@pytest.fixture
def hourly() -> Station:
    """COD at most 60 in the mean of an hour."""
    return station_with(period="hour")


def state() -> StationState:
    return StationState.objects.get()


def cod() -> dict[str, Any]:
    found: dict[str, Any] = state().channels[0]
    return found


def fill(station: Station, hours: int, value: str) -> None:
    for hour in range(hours):
        send_hour(station, MIDNIGHT + hour * HOUR, value)
    settle(MIDNIGHT + hours * HOUR - MINUTE)


@pytest.mark.parametrize(
    ("value", "seen"), [("10", "within"), ("50", "early_warning"), ("90", "early_warning")]
)
def test_a_day_that_runs_is_within_or_warned_of(daily: Station, value: str, seen: str) -> None:
    fill(daily, 6, value)
    assert state().state == seen


def test_a_judged_exceedance_shows(hourly: Station) -> None:
    send_hour(hourly, NOON, "90")
    settle(NOON + 2 * HOUR)
    assert state().state == "exceeded"


@pytest.mark.parametrize(("status", "seen"), [("01", "calibrating"), ("02", "device_fault")])
def test_the_status_of_the_newest_reading_shows(daily: Station, status: str, seen: str) -> None:
    fill(daily, 6, "10")
    send(daily, MIDNIGHT + 6 * HOUR, ["10"], status=status)
    settle(MIDNIGHT + 6 * HOUR + MINUTE)
    assert state().state == seen


def test_too_few_slots_so_far_are_not_enough_data(daily: Station) -> None:
    send(daily, MIDNIGHT + 11 * HOUR, ["10"] * 12)
    settle(MIDNIGHT + 12 * HOUR)
    assert state().state == "not_enough_data"


def test_a_channel_without_a_limit_has_no_state_of_its_own(daily: Station) -> None:
    ChannelFactory(station=daily, symbol="TSS")
    fill(daily, 6, "10")
    send(daily, MIDNIGHT, ["10"] * 72, symbol="TSS")
    settle(MIDNIGHT + 6 * HOUR)
    assert [channel["state"] for channel in state().channels] == ["within", ""]


def test_the_worst_ratio_is_named(daily: Station) -> None:
    tss = ChannelFactory(station=daily, symbol="TSS")
    PermitLimit.objects.create(channel=tss, period="day", maximum=Decimal(20), source="GPMT số 1")
    fill(daily, 6, "15")
    send(daily, MIDNIGHT, ["15"] * 72, symbol="TSS")
    settle(MIDNIGHT + 6 * HOUR)
    assert (state().worst_symbol, state().worst_ratio) == ("TSS", 0.75)


def test_newest_hour_and_day_are_shown_beside_the_value(daily: Station) -> None:
    fill(daily, 2, "10")
    send(daily, MIDNIGHT + 2 * HOUR, ["40"] * 6)
    settle(MIDNIGHT + 2 * HOUR + 30 * MINUTE)
    assert (cod()["value"], cod()["hour"], cod()["day"]) == (40, 40, 16)


def test_the_rest_of_the_day_may_be_nothing_at_all(daily: Station) -> None:
    fill(daily, 12, "120")
    assert (cod()["rest_max"], cod()["certain"]) == (0, False)


def test_a_day_without_slots_left_has_no_rest(daily: Station) -> None:
    fill(daily, 24, "10")
    assert cod()["rest_max"] is None


def test_the_trend_has_a_gap_where_an_hour_is_missing(daily: Station) -> None:
    send_hour(daily, NOON - 2 * HOUR, "10")
    send_hour(daily, NOON, "20")
    settle(NOON + 59 * MINUTE)
    assert cod()["trend"][-3:] == [10, None, 20]
    assert len(cod()["trend"]) == 24


def test_a_value_of_hours_ago_is_not_the_present_one(daily: Station) -> None:
    send(daily, NOON, ["10"])
    settle(NOON + 4 * HOUR)
    assert cod()["value"] is None


def test_a_slow_analyser_s_last_value_is_present_until_the_next_is_overdue(
    daily: Station,
) -> None:
    ChannelInterval.objects.create(channel=daily.channels.get(), minutes=240)
    send(daily, MIDNIGHT, ["10"] * 2, interval=240)
    settle(MIDNIGHT + 8 * HOUR)
    assert (cod()["value"], cod()["state"]) == (10, "within")


def test_a_cell_of_the_strip_is_the_worst_of_its_hour(hourly: Station) -> None:
    send_hour(hourly, NOON, "90")
    settle(NOON + 59 * MINUTE)
    cell = StationHour.objects.get(start=NOON)
    assert (cell.state, cell.channel, cell.filled, cell.expected) == (
        *("early_warning", "COD", 12, 12),
    )


def test_a_cell_is_drawn_again_when_its_verdict_comes(hourly: Station) -> None:
    send_hour(hourly, NOON, "90")
    settle(NOON + 59 * MINUTE)
    settle(NOON + 90 * MINUTE)
    assert StationHour.objects.get(start=NOON).state == "exceeded"


def test_a_silent_hour_has_no_cell(hourly: Station) -> None:
    send_hour(hourly, NOON, "10")
    settle(NOON + 4 * HOUR)
    assert list(StationHour.objects.values_list("start", flat=True)) == [NOON]


def test_a_day_with_another_interval_expects_its_own_slots(daily: Station) -> None:
    ChannelInterval.objects.create(
        channel=daily.channels.get(), minutes=15, valid_from=date(2024, 5, 22)
    )
    fill(daily, 1, "10")
    assert cod()["capture"] == 12 / 288
    send(daily, MIDNIGHT + DAY, ["10"] * 4, interval=15)
    settle(MIDNIGHT + DAY + HOUR - MINUTE)
    assert cod()["capture"] == 4 / 96
