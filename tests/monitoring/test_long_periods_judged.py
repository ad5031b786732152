"""The running 8 hours and the year, through the flow: when they come due, and what they hold."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from alerts.models import Alert
from monitoring.models import Frontier, Verdict
from stations.models import Channel, PermitLimit, Station
from tests.flow.register import NOON, station_with
from tests.monitoring.timeline import (
    DAY,
    HOUR,
    MINUTE,
    exceedance,
    kinds,
    results,
    send,
    send_hour,
    settle,
    whats,
)

pytestmark = pytest.mark.django_db

GRACE = 30 * MINUTE
YEAR = datetime(2023, 12, 31, 17, tzinfo=UTC)
"""1/1/2024 00:00 in Vietnam."""

NEXT_YEAR = YEAR + 366 * DAY


def eight() -> Station:
    """COD at most 60 in the mean of 8 hours."""
    return station_with(period="hours8")


def send_hours(station: Station, *values: str, begin: datetime = NOON) -> None:
    for i, value in enumerate(values):
        send_hour(station, begin + i * HOUR, value)


def verdict(station: Station, start: datetime) -> Verdict:
    return Verdict.objects.in_effect().get(station=station, start=start)


def test_the_first_eight_hours_end_with_the_hour_of_the_first_reading() -> None:
    station = eight()
    send_hours(station, "90")
    settle(NOON + HOUR + GRACE - MINUTE)
    assert results(station, "hours8") == {}
    settle(NOON + HOUR + GRACE)
    assert results(station, "hours8") == {NOON - 7 * HOUR: "not_enough_data"}


def test_they_end_at_each_full_hour() -> None:
    station = eight()
    send_hours(station, *["50"] * 10)
    settle(NOON + 10 * HOUR + GRACE)
    starts = sorted(results(station, "hours8"))
    assert starts == [NOON + (i - 7) * HOUR for i in range(10)]
    assert verdict(station, NOON).end == NOON + 8 * HOUR


@pytest.mark.parametrize(("hours", "said"), [(5, "not_enough_data"), (6, "exceeded")])
def test_six_valid_hours_of_eight_are_needed(hours: int, said: str) -> None:
    station = eight()
    send_hours(station, *["90"] * hours)
    settle(NOON + 8 * HOUR + GRACE)
    made = verdict(station, NOON)
    assert (made.result, made.n, made.expected, made.capture) == (said, hours, 8, hours / 8)


@pytest.mark.parametrize(("readings", "valid"), [(9, 7), (8, 6)])
def test_an_hour_is_valid_by_the_limits_own_capture(readings: int, valid: int) -> None:
    station = eight()
    send_hours(station, *["40"] * 6)
    send(station, NOON + 6 * HOUR, ["100"] * readings)
    settle(NOON + 8 * HOUR + GRACE)
    made = verdict(station, NOON)
    assert (made.n, made.mean) == (valid, (6 * 40 + (valid - 6) * 100) / valid)


def test_they_are_the_mean_of_hour_means_not_of_readings() -> None:
    station = eight()
    send_hours(station, *["40"] * 7)
    send(station, NOON + 7 * HOUR, ["120"] * 9)
    settle(NOON + 8 * HOUR + GRACE)
    assert verdict(station, NOON).mean == 50


def test_equal_to_the_limit_is_within() -> None:
    station = eight()
    send_hours(station, *["59", "61"] * 4)
    settle(NOON + 8 * HOUR + GRACE)
    assert verdict(station, NOON).result == "within"


def test_an_hour_that_changes_changes_the_eight_that_hold_it() -> None:
    station = eight()
    send_hours(station, *["40"] * 24)
    settle(NOON + 26 * HOUR)
    send_hour(station, NOON + 12 * HOUR, "48", received=NOON + 26 * HOUR)
    settle(NOON + 26 * HOUR)
    old = Verdict.objects.filter(station=station).exclude(superseded_at=None)
    assert sorted(old.values_list("start", flat=True)) == [NOON + i * HOUR for i in range(5, 13)]


def test_overlapping_exceedances_are_one_alert() -> None:
    station = eight()
    send_hours(station, *["40"] * 8, "200", "200", *["40"] * 10)
    settle(NOON + 21 * HOUR)
    alert = exceedance(station)
    exceeded = Verdict.objects.filter(station=station, result="exceeded")
    assert alert.spans.count() == exceeded.count() > 1
    assert list(whats(alert)).count("opened") == 1


def test_it_is_over_with_the_next_full_hour_within() -> None:
    station = eight()
    send_hours(station, *["40"] * 8, "210", *["40"] * 9)
    settle(NOON + 19 * HOUR)
    last = max(
        Verdict.objects.filter(station=station, result="exceeded").values_list("end", flat=True)
    )
    assert last == NOON + 16 * HOUR
    assert exceedance(station).resolved_at == last + HOUR


def test_an_hour_or_a_day_is_still_all_that_warns_early() -> None:
    station = eight()
    send_hours(station, *["90"] * 4)
    settle(NOON + 4 * HOUR)
    assert "early_warning" not in kinds(station)


def test_a_channel_without_such_a_limit_has_no_frontier_of_it() -> None:
    station = station_with()
    send_hours(station, "10")
    settle(NOON + 2 * HOUR)
    frontiers = Frontier.objects.filter(station=station).values_list("period", flat=True)
    assert sorted(frontiers) == ["day", "hour"]


@pytest.mark.parametrize("period", ["hours8", "year"])
def test_a_limit_entered_later_judges_no_period_that_was_over(period: str) -> None:
    station = station_with()
    before = NOON - 400 * DAY
    send_hours(station, *["90"] * 8, begin=before)
    send_hours(station, *["90"] * 8)
    settle(NOON + 9 * HOUR)
    PermitLimit.objects.create(
        channel=station.channels.get(), period=period, maximum=Decimal(60), source="GPMT số 2"
    )
    settle(NOON + 9 * HOUR + 20 * MINUTE)
    assert results(station, period) == {}


def test_a_limit_entered_later_judges_the_next_that_comes_due() -> None:
    station = station_with()
    send_hours(station, *["90"] * 9)
    settle(NOON + 9 * HOUR)
    PermitLimit.objects.create(
        channel=station.channels.get(), period="hours8", maximum=Decimal(60), source="GPMT số 2"
    )
    settle(NOON + 9 * HOUR + GRACE)
    assert results(station, "hours8") == {NOON + HOUR: "exceeded"}


def test_eight_hours_are_judged_by_what_was_in_force_at_their_start() -> None:
    station = eight()
    midnight = NOON + 12 * HOUR
    PermitLimit.objects.update(valid_until=date(2024, 5, 21))
    PermitLimit.objects.create(
        channel=station.channels.get(),
        period="hours8",
        maximum=Decimal(100),
        source="GPMT số 2",
        valid_from=date(2024, 5, 22),
    )
    send_hours(station, *["90"] * 9, begin=midnight - HOUR)
    settle(midnight + 8 * HOUR + GRACE)
    assert verdict(station, midnight - HOUR).result == "exceeded"
    assert verdict(station, midnight).result == "within"


def test_none_starts_after_the_channels_last_day() -> None:
    station = eight()
    send_hours(station, "50")
    Channel.objects.update(ended_on=date(2024, 5, 21))
    settle(NOON + 3 * DAY)
    assert max(results(station, "hours8")) == NOON + 11 * HOUR


def test_settling_the_running_eight_hours_again_changes_nothing() -> None:
    station = eight()
    send_hours(station, *["90"] * 9)
    settle(NOON + 10 * HOUR)
    before = list(Verdict.objects.order_by("id").values())
    settle(NOON + 10 * HOUR)
    assert list(Verdict.objects.order_by("id").values()) == before


def yearly() -> Station:
    """One reading a day; PM2.5 at most 25 in the mean of a year."""
    return station_with(
        interval=1440, period="year", maximum="25", symbols=("PM2.5",), medium="ambient_air"
    )


def send_days(station: Station, count: int, value: str, *, begin: datetime = YEAR) -> None:
    send(station, begin, [value] * count, interval=1440, symbol="PM2.5")


@pytest.mark.parametrize(("days", "said"), [(274, "not_enough_data"), (275, "exceeded")])
def test_a_year_needs_three_quarters_of_its_days(days: int, said: str) -> None:
    station = yearly()
    send_days(station, days, "30")
    settle(NEXT_YEAR + GRACE)
    made = verdict(station, YEAR)
    assert (made.result, made.n, made.expected) == (said, days, 366)


def test_a_year_is_judged_after_its_grace() -> None:
    station = yearly()
    send_days(station, 300, "20")
    settle(NEXT_YEAR + GRACE - MINUTE)
    assert results(station, "year") == {}
    settle(NEXT_YEAR + GRACE)
    assert results(station, "year") == {YEAR: "within"}
    assert verdict(station, YEAR).end == NEXT_YEAR


def test_a_day_that_changes_changes_its_year_alone() -> None:
    station = yearly()
    send_days(station, 366 + 365, "20")
    settle(NEXT_YEAR + 365 * DAY + GRACE)
    assert set(results(station, "year")) == {YEAR, NEXT_YEAR}
    late = NEXT_YEAR + 366 * DAY
    send(station, YEAR + 360 * DAY, ["9999"], interval=1440, symbol="PM2.5", received=late)
    settle(late)
    assert results(station, "year") == {YEAR: "exceeded", NEXT_YEAR: "within"}
    assert Alert.objects.get(kind="exceedance").late is True


def test_a_year_that_was_over_before_anything_came_is_judged_as_if_on_time() -> None:
    station = yearly()
    settle(NEXT_YEAR)
    send(
        station,
        YEAR,
        ["30"] * 300,
        interval=1440,
        symbol="PM2.5",
        received=NEXT_YEAR + timedelta(days=5),
    )
    settle(NEXT_YEAR + timedelta(days=5))
    assert results(station, "year") == {YEAR: "exceeded"}
