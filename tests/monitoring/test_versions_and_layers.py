"""A verdict knows the readings' version under it, and one layer never disturbs the other."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from monitoring.models import DayMean, HourMean, Layer, Verdict
from stations.models import PermitLimit, Station
from tests.flow.register import NOON, station_with
from tests.monitoring.timeline import (
    DAY,
    HOUR,
    MIDNIGHT,
    MINUTE,
    exceedance,
    results,
    send,
    send_hour,
    settle,
)

pytestmark = pytest.mark.django_db


def test_a_mean_knows_when_the_newest_file_under_it_came() -> None:
    station = station_with()
    send(station, NOON, ["10"] * 11)
    send(station, NOON + 55 * MINUTE, ["10"], received=NOON + 5 * HOUR)
    settle(NOON + 6 * HOUR)
    assert HourMean.objects.get(start=NOON).newest == NOON + 5 * HOUR
    assert DayMean.objects.get().newest == NOON + 5 * HOUR


def test_it_is_of_its_own_hour_and_of_its_own_channel() -> None:
    station = station_with(symbols=("COD", "TSS"))
    send_hour(station, NOON, "10")
    send_hour(station, NOON, "10", symbol="TSS", received=NOON + 90 * MINUTE)
    send_hour(station, NOON + HOUR, "10", received=NOON + 3 * HOUR)
    settle(NOON + 4 * HOUR)
    newest = {(m.slot, m.start): m.newest for m in HourMean.objects.all()}
    assert newest[1, NOON] == NOON + 90 * MINUTE  # rows are of a station: TSS came into them
    assert newest[2, NOON] == NOON + 90 * MINUTE
    assert newest[1, NOON + HOUR] == NOON + 3 * HOUR


def test_a_reading_in_calibration_is_part_of_the_version() -> None:
    station = station_with()
    send(station, NOON, ["10"] * 11)
    send(station, NOON + 55 * MINUTE, ["10"], status="01", received=NOON + 2 * HOUR)
    settle(NOON + 3 * HOUR)
    assert HourMean.objects.get(start=NOON).newest == NOON + 2 * HOUR


def test_a_verdict_carries_the_version_of_its_mean() -> None:
    station = station_with()
    send_hour(station, NOON, "10", received=NOON + 70 * MINUTE)
    settle(NOON + 3 * HOUR)
    made = {v.start: v.newest for v in Verdict.objects.all()}
    assert made == {NOON: NOON + 70 * MINUTE, NOON + HOUR: None}


def test_a_verdict_on_eight_hours_carries_the_newest_of_them() -> None:
    station = station_with(period="hours8")
    for i in range(8):
        send_hour(station, NOON + i * HOUR, "10")
    settle(NOON + 8 * HOUR + 30 * MINUTE)
    made = Verdict.objects.in_effect().get(start=NOON)
    assert made.newest == NOON + 7 * HOUR + 56 * MINUTE


@pytest.fixture
def station() -> Station:
    """An hour of 90, exceeded, that officers excluded: the approved layer has not enough data."""
    station = station_with()
    send_hour(station, NOON, "90")
    settle(NOON + 2 * HOUR)
    raw = Verdict.objects.get()
    raw.id, raw.layer, raw.result, raw.n = (
        "018f9a00-0000-7000-8000-000000000001",
        "approved",
        "within",
        0,
    )
    raw.save(force_insert=True)
    return station


def approved() -> Verdict:
    return Verdict.objects.in_effect(Layer.APPROVED).get()


def test_the_flow_compares_with_its_own_layer_alone(station: Station) -> None:
    before = Verdict.objects.count()
    settle(NOON + 2 * HOUR)
    assert Verdict.objects.count() == before


def test_the_flow_supersedes_its_own_layer_alone(station: Station) -> None:
    other = approved().id
    send_hour(station, NOON, "95", received=NOON + 2 * HOUR)
    settle(NOON + 2 * HOUR)
    assert Verdict.objects.in_effect().get().mean == 95
    row = Verdict.objects.get(id=other)
    assert row.layer == Layer.APPROVED


def test_a_within_of_the_approved_layer_ends_no_alert(station: Station) -> None:
    Verdict.objects.filter(layer="approved").update(start=NOON + HOUR, end=NOON + 2 * HOUR)
    send(station, NOON + HOUR, ["90"] * 2)
    settle(NOON + 3 * HOUR)
    assert exceedance(station).resolved_at is None


def test_back_fill_of_weeks_is_judged_by_the_limits_of_its_own_days() -> None:
    station = station_with(period="day", maximum="60")
    PermitLimit.objects.update(valid_until=date(2024, 5, 22))
    PermitLimit.objects.create(
        channel=station.channels.get(),
        period="day",
        maximum=Decimal(40),
        source="GPMT số 2",
        valid_from=date(2024, 5, 23),
    )
    late = MIDNIGHT + 21 * DAY
    for day in range(4):
        send(
            station,
            MIDNIGHT + day * DAY,
            ["50"] * 288,
            received=late,
        )
    settle(late)
    said = [result for _, result in sorted(results(station, "day").items())]
    assert said[:4] == ["within", "within", "exceeded", "exceeded"]
    assert set(said[4:]) == {"not_enough_data"}
    assert len(said) == 20
