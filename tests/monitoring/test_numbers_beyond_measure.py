"""A file may hold any number that a float8 holds; no such file stops its station."""

from __future__ import annotations

import pytest

from alerts.models import Alert
from monitoring.models import StationState, Verdict
from tests.flow.register import NOON, station_with
from tests.monitoring.timeline import HOUR, MIDNIGHT, MINUTE, results, send_hour, settle

pytestmark = pytest.mark.django_db

HUGE = ["1e21", "1e300", "1.7e308"]


@pytest.mark.parametrize("value", HUGE)
def test_a_huge_value_is_judged(value: str) -> None:
    station = station_with(maximum="0.0001")
    send_hour(station, NOON, value)
    settle(NOON + 50 * MINUTE)
    settle(NOON + 2 * HOUR)
    assert results(station) == {NOON: "exceeded"}
    assert Verdict.objects.get().mean == float(value)


@pytest.mark.parametrize("value", HUGE)
def test_a_day_of_huge_values_is_warned_of_and_drawn(value: str) -> None:
    station = station_with(maximum="0.0001", period="day")
    for hour in range(4):
        send_hour(station, MIDNIGHT + hour * HOUR, value)
    settle(MIDNIGHT + 4 * HOUR)
    assert Alert.objects.filter(kind="early_warning", period="day").exists()
    assert StationState.objects.get(station=station).channels[0]["certain"] is True


def test_a_tiny_value_is_judged() -> None:
    station = station_with(maximum="0.0001")
    send_hour(station, NOON, "1e-300")
    settle(NOON + 2 * HOUR)
    assert results(station) == {NOON: "within"}


def test_thirds_are_compared_before_they_are_divided() -> None:
    """Three readings in a slot: (0.1 + 0.1 + 0.1) ÷ 3 is the limit itself, no more."""
    station = station_with(maximum="0.1", interval=15)
    send_hour(station, NOON, "0.1")
    settle(NOON + 2 * HOUR)
    assert results(station) == {NOON: "within"}
