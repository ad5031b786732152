"""From when to when the periods of a limit are judged, empty ones too (judging.md §4)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from monitoring.models import DirtyHour, Frontier, Verdict
from monitoring.services import settle as settling
from monitoring.services.setup import StationSetup
from stations.models import Channel, PermitLimit, Station
from tests.factories import ChannelFactory
from tests.flow.register import NOON, station_with
from tests.monitoring.timeline import DAY, HOUR, MIDNIGHT, MINUTE, results, send, send_hour, settle

pytestmark = pytest.mark.django_db

GRACE = 30 * MINUTE


@pytest.mark.parametrize(
    ("after", "judged"), [(GRACE - MINUTE, {}), (GRACE, {NOON: "within"})], ids=["before", "at"]
)
def test_a_period_is_judged_once_its_grace_has_passed(
    after: timedelta, judged: dict[object, str]
) -> None:
    station = station_with()
    send_hour(station, NOON, "10")
    settle(NOON + HOUR + after)
    assert results(station) == judged


def test_each_empty_period_after_the_first_reading_has_a_verdict() -> None:
    station = station_with()
    send(station, NOON, ["10"])
    settle(NOON + 3 * HOUR + GRACE)
    assert results(station) == dict.fromkeys(
        (NOON, NOON + HOUR, NOON + 2 * HOUR), "not_enough_data"
    )


def test_a_long_pause_of_the_workers_leaves_no_period_out() -> None:
    station = station_with()
    send(station, NOON, ["10"])
    settle(NOON + 30 * DAY)
    assert len(results(station)) == 30 * 24 - 1


def test_a_reading_in_calibration_begins_the_verdicts_of_its_channel() -> None:
    station = station_with()
    send(station, NOON, ["10"], status="01")
    settle(NOON + HOUR + GRACE)
    assert results(station) == {NOON: "not_enough_data"}


def test_a_channel_that_starts_later_is_judged_from_its_own_first_reading() -> None:
    station = station_with(symbols=("COD", "TSS"))
    send_hour(station, NOON, "10", symbol="COD")
    send_hour(station, NOON + HOUR, "10", symbol="TSS")
    settle(NOON + 2 * HOUR + GRACE)
    judged = Verdict.objects.filter(symbol="TSS").values_list("start", flat=True)
    assert list(judged) == [NOON + HOUR]


def test_back_fill_before_the_first_reading_is_judged_with_what_lies_between() -> None:
    station = station_with()
    send_hour(station, NOON, "10")
    settle(NOON + 2 * HOUR)
    send_hour(station, NOON - 3 * HOUR, "90", received=NOON + 2 * HOUR)
    settle(NOON + 2 * HOUR)
    assert [said for _, said in sorted(results(station).items())] == [
        *("exceeded", "not_enough_data", "not_enough_data", "within"),
    ]


def test_back_fill_of_the_hour_before_the_very_first_waits_for_its_grace() -> None:
    station = station_with()
    send(station, NOON, ["10"])
    settle(NOON + 2 * MINUTE)
    send_hour(station, NOON - HOUR, "10", received=NOON + 5 * MINUTE)
    settle(NOON + GRACE - MINUTE)
    assert results(station) == {}
    settle(NOON + GRACE)
    assert results(station) == {NOON - HOUR: "within"}


def test_a_channel_is_judged_until_its_last_day() -> None:
    station = station_with()
    send(station, NOON, ["10"])
    Channel.objects.update(ended_on=date(2024, 5, 21))
    settle(NOON + 3 * DAY)
    assert max(results(station)) == MIDNIGHT + DAY - HOUR


def test_a_channel_ends_with_its_station() -> None:
    station = station_with()
    send(station, NOON, ["10"])
    Station.objects.update(ended_on=date(2024, 5, 21))
    settle(NOON + 3 * DAY)
    assert max(results(station)) == MIDNIGHT + DAY - HOUR


def test_a_channel_that_the_register_no_longer_has_is_never_due() -> None:
    station = station_with()
    send_hour(station, NOON, "10")
    settle(NOON + HOUR)
    PermitLimit.objects.all().delete()
    Channel.objects.all().delete()
    settle(NOON + 3 * HOUR)
    assert not Frontier.objects.filter(next_due__lte=NOON + 3 * HOUR).exists()


def test_a_channel_without_a_limit_has_no_verdict() -> None:
    station = station_with()
    ChannelFactory(station=station, symbol="TSS")
    send_hour(station, NOON, "900", symbol="TSS")
    settle(NOON + 3 * HOUR)
    assert not Verdict.objects.exists()


def test_settling_again_changes_nothing() -> None:
    station = station_with()
    send_hour(station, NOON, "90")
    settle(NOON + 2 * HOUR)
    before = list(Verdict.objects.values())
    settling.settle_stations([station.pk], now=NOON + 2 * HOUR)
    assert list(Verdict.objects.values()) == before


def test_a_station_that_cannot_be_settled_holds_up_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken, sound = station_with(), station_with()
    for station in (broken, sound):
        send_hour(station, NOON, "10")
    average = settling.average

    def average_or_fail(setup: StationSetup, *rest: object) -> object:
        if setup.station_id == broken.pk:
            raise ValueError("a register nobody thought of")
        return average(setup, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(settling, "average", average_or_fail)
    settle(NOON + 2 * HOUR)
    assert results(sound) == {NOON: "within"}
    assert set(DirtyHour.objects.values_list("station", flat=True)) == {broken.pk}
