"""Device faults and long calibrations, from the statuses that loggers send (judging.md §5)."""

from __future__ import annotations

import pytest

from alerts.models import Alert
from stations.models import Station
from tests.flow.register import NOON, station_with
from tests.monitoring.timeline import DAY, HOUR, MINUTE, kinds, send, settle

pytestmark = pytest.mark.django_db


@pytest.fixture
def station() -> Station:
    return station_with()


def fault(station: Station, slots: int, *, status: str = "02") -> None:
    """So many slots from noon on with this status, and the clock right after them."""
    send(station, NOON, ["---"] * slots, status=status)
    settle(NOON + slots * 5 * MINUTE)


@pytest.mark.parametrize(("slots", "opened"), [(11, []), (12, ["device_fault"])])
def test_a_fault_is_told_once_it_lasts_an_hour(
    station: Station, slots: int, opened: list[str]
) -> None:
    fault(station, slots)
    assert kinds(station) == opened


@pytest.mark.parametrize(("slots", "opened"), [(47, []), (48, ["long_calibration"])])
def test_a_calibration_is_told_once_it_lasts_four_hours(
    station: Station, slots: int, opened: list[str]
) -> None:
    fault(station, slots, status="01")
    assert kinds(station) == opened


def test_a_00_in_between_begins_the_hour_anew(station: Station) -> None:
    fault(station, 8)
    send(station, NOON + 40 * MINUTE, ["10"])
    send(station, NOON + 45 * MINUTE, ["---"] * 8, status="02")
    settle(NOON + 2 * HOUR)
    assert kinds(station) == []


def test_a_pause_in_between_does_not(station: Station) -> None:
    fault(station, 2)
    send(station, NOON + 50 * MINUTE, ["---"] * 2, status="02")
    settle(NOON + HOUR)
    assert kinds(station) == ["device_fault"]


def test_the_next_00_ends_it(station: Station) -> None:
    fault(station, 24)
    send(station, NOON + 2 * HOUR, ["10"])
    settle(NOON + 2 * HOUR + MINUTE)
    assert Alert.objects.get().resolved_at == NOON + 2 * HOUR


def test_silence_does_not_end_it(station: Station) -> None:
    fault(station, 24)
    settle(NOON + DAY)
    assert Alert.objects.get().resolved_at is None


def test_a_00_after_days_of_silence_ends_it(station: Station) -> None:
    fault(station, 24)
    send(station, NOON + 3 * DAY, ["10"])
    settle(NOON + 3 * DAY + MINUTE)
    assert Alert.objects.get().resolved_at == NOON + 3 * DAY


def test_a_fault_of_days_is_one_alert(station: Station) -> None:
    for day in range(3):
        send(station, NOON + day * DAY, ["---"] * 288, status="02")
        settle(NOON + (day + 1) * DAY)
    assert Alert.objects.get().spans.count() == 1


def test_a_fault_within_a_day_of_readings_is_told_when_all_come_at_once(station: Station) -> None:
    send(station, NOON, ["---"] * 24, status="02", received=NOON + DAY)
    send(station, NOON + 2 * HOUR, ["10"] * 12, received=NOON + DAY)
    settle(NOON + DAY)
    alert = Alert.objects.get()
    assert (alert.kind, alert.resolved_at) == ("device_fault", NOON + 2 * HOUR)


@pytest.mark.parametrize("newest_first", [False, True])
def test_faults_that_are_over_stay_over_whichever_day_is_filled_in_first(
    station: Station, newest_first: bool
) -> None:
    """Six hours of fault in every 46, loaded a day at a time, as a history is."""
    now = NOON + 10 * DAY
    days = sorted(range(8), reverse=newest_first)
    for day in days:
        for hour in range(24):
            at = NOON + day * DAY + hour * HOUR
            faulty = (24 * day + hour) % 46 < 6
            send(
                station,
                at,
                ["---" if faulty else "10"] * 12,
                status="02" if faulty else "00",
                received=now,
            )
        settle(now)
    alert = Alert.objects.get(kind="device_fault")
    assert alert.resolved_at == NOON + 190 * HOUR
    assert [(s.start, s.end) for s in alert.spans.filter(withdrawn_at=None).order_by("start")] == [
        (NOON + hours * HOUR, NOON + (hours + 6) * HOUR) for hours in (0, 46, 92, 138, 184)
    ]
