"""Stamps that close their window, from the day on which the station's setting says so."""

from __future__ import annotations

from datetime import date

import pytest

from monitoring.models import HourMean
from stations.models import StampSetting, Station
from tests.flow.register import station_with
from tests.monitoring.timeline import DAY, HOUR, MIDNIGHT, MINUTE, send, settle

pytestmark = pytest.mark.django_db

NEXT = MIDNIGHT + DAY


def closing(*, since: date | None = None, until: date | None = None) -> Station:
    station = station_with()
    StampSetting.objects.create(
        station=station, closes_window=True, valid_from=since, valid_until=until
    )
    return station


def last_hour() -> tuple[int, float | None]:
    mean = HourMean.objects.get(start=NEXT - HOUR, basis="")
    return mean.n, mean.value


def test_the_midnight_stamp_counts_in_the_day_that_it_closes() -> None:
    station = closing()
    send(station, NEXT, ["40"])
    settle(NEXT + MINUTE)
    assert last_hour() == (1, 40)


def test_the_first_midnight_of_the_setting_closes_the_day_before_it() -> None:
    station = closing(since=date(2024, 5, 22))
    send(station, NEXT, ["40"])
    settle(NEXT + MINUTE)
    assert last_hour() == (1, 40)


def test_the_midnight_after_the_setting_opens_its_own_day() -> None:
    station = closing(until=date(2024, 5, 21))
    send(station, NEXT, ["40"])
    settle(NEXT + MINUTE)
    assert not HourMean.objects.filter(start=NEXT - HOUR).exists()


def test_where_the_setting_begins_two_stamps_of_one_slot_are_one_slot() -> None:
    station = closing(since=date(2024, 5, 22))
    send(station, NEXT - HOUR, ["10"] * 11 + ["20"])
    send(station, NEXT, ["40"])
    settle(NEXT + MINUTE)
    assert last_hour() == (12, pytest.approx((11 * 10 + 30) / 12))
