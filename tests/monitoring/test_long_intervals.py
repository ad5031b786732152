"""Channels whose slots are longer than an hour count where their slot begins (judging.md §1)."""

from __future__ import annotations

import pytest

from monitoring.models import DayMean, HourMean, Verdict
from tests.flow.register import station_with
from tests.monitoring.timeline import DAY, HOUR, MIDNIGHT, MINUTE, results, send, settle

pytestmark = pytest.mark.django_db


def test_a_reading_counts_in_the_hour_where_its_slot_begins() -> None:
    station = station_with(interval=120)
    send(station, MIDNIGHT + 61 * MINUTE, ["10", "20"], interval=58)
    settle(MIDNIGHT + 2 * HOUR)
    hour = HourMean.objects.get()
    assert (hour.start, hour.n, hour.expected, hour.value) == (MIDNIGHT, 1, 1, 15)


def test_a_day_expects_as_many_slots_as_it_has() -> None:
    station = station_with(interval=120, period="day")
    send(station, MIDNIGHT, ["10"] * 12, interval=120)
    settle(MIDNIGHT + DAY + HOUR)
    day = DayMean.objects.get(start=MIDNIGHT)
    assert (day.n, day.expected) == (12, 12)
    assert results(station, "day") == {MIDNIGHT: "within"}


def test_an_hour_where_no_slot_begins_expects_nothing() -> None:
    station = station_with(interval=120)
    send(station, MIDNIGHT, ["90"])
    settle(MIDNIGHT + 3 * HOUR)
    verdict = Verdict.objects.get(start=MIDNIGHT + HOUR)
    assert verdict.result == "not_enough_data"
    assert (verdict.n, verdict.mean, verdict.capture) == (0, None, None)
