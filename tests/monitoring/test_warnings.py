"""Early warnings on the running hour and day, before a verdict is due (judging.md §4)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from alerts.models import Alert, Notification
from stations.models import Parameter, PermitLimit, Station
from tests.factories import AgencyFactory, JurisdictionFactory
from tests.flow.register import NOON, station_with
from tests.monitoring.timeline import DAY, HOUR, MIDNIGHT, MINUTE, kinds, send, send_hour, settle

pytestmark = pytest.mark.django_db

THREE = MIDNIGHT + 3 * HOUR


@pytest.fixture
def hourly() -> Station:
    """COD at most 60 in the mean of an hour."""
    return station_with(period="hour")


@pytest.fixture
def daily() -> Station:
    """COD at most 60 in the mean of a day."""
    return station_with(period="day")


@pytest.fixture
def department() -> None:
    JurisdictionFactory(agency=AgencyFactory(emails=["so@mau.example"]))


def warning(period: str) -> Alert:
    return Alert.objects.get(kind="early_warning", period=period)


def periods() -> list[str]:
    warned = Alert.objects.filter(kind="early_warning").order_by("period")
    return list(warned.values_list("period", flat=True))


def hours(station: Station, count: int, value: str, *, begin: datetime = MIDNIGHT) -> None:
    for hour in range(count):
        send_hour(station, begin + hour * HOUR, value)


@pytest.mark.parametrize(("slots", "warned"), [(8, []), (9, ["hour"])])
def test_an_hour_speaks_from_three_quarters_of_its_slots(
    hourly: Station, slots: int, warned: list[str]
) -> None:
    send(hourly, NOON, ["90"] * slots)
    settle(NOON + 50 * MINUTE)
    assert periods() == warned


@pytest.mark.parametrize(("value", "warned"), [("47.9", []), ("48", ["hour"])])
def test_a_warning_begins_at_eight_tenths_of_a_maximum(
    hourly: Station, value: str, warned: list[str]
) -> None:
    send_hour(hourly, NOON, value)
    settle(NOON + 59 * MINUTE)
    assert periods() == warned


@pytest.mark.parametrize(("value", "warned"), [("62.6", []), ("62.5", ["hour"])])
def test_a_warning_begins_at_the_minimum_through_eight_tenths(
    hourly: Station, value: str, warned: list[str]
) -> None:
    PermitLimit.objects.update(maximum=None, minimum=Decimal(50))
    send_hour(hourly, NOON, value)
    settle(NOON + 59 * MINUTE)
    assert periods() == warned


@pytest.mark.parametrize(("value", "warned"), [("9.0", []), ("9.1", ["hour"])])
def test_of_a_range_only_outside_is_warned(hourly: Station, value: str, warned: list[str]) -> None:
    PermitLimit.objects.update(minimum=Decimal(6), maximum=Decimal(9))
    send_hour(hourly, NOON, value)
    settle(NOON + 59 * MINUTE)
    assert periods() == warned


def test_the_hour_before_the_running_one_is_looked_at_too(hourly: Station) -> None:
    send_hour(hourly, NOON, "90")
    settle(NOON + HOUR + 20 * MINUTE)
    assert periods() == ["hour"]


def test_an_hour_before_that_is_not(daily: Station) -> None:
    send_hour(daily, NOON, "90")
    settle(NOON + 2 * HOUR)
    assert periods() == []


def test_an_hour_whose_verdict_is_due_is_not_warned_of(hourly: Station) -> None:
    send_hour(hourly, NOON, "90")
    settle(NOON + HOUR + 30 * MINUTE)
    assert kinds(hourly) == ["exceedance"]


def test_the_last_hour_of_a_day_is_looked_at_after_midnight(hourly: Station) -> None:
    send_hour(hourly, MIDNIGHT + DAY - HOUR, "90")
    settle(MIDNIGHT + DAY + 10 * MINUTE)
    assert periods() == ["hour"]


def test_later_hours_join_the_unclosed_warning(hourly: Station) -> None:
    for hour in range(2):
        send_hour(hourly, NOON + hour * HOUR, "90")
        settle(NOON + hour * HOUR + 59 * MINUTE)
    assert warning("hour").spans.count() == 2


def test_without_a_limit_of_the_hour_that_of_the_day_counts(daily: Station) -> None:
    send_hour(daily, MIDNIGHT, "90")
    settle(MIDNIGHT + 59 * MINUTE)
    assert periods() == ["hour"]


def test_an_hour_without_cause_ends_a_warning_of_hours(daily: Station) -> None:
    send_hour(daily, NOON, "90")
    settle(NOON + 59 * MINUTE)
    send_hour(daily, NOON + HOUR, "10")
    settle(NOON + HOUR + 59 * MINUTE)
    assert warning("hour").resolved_at == NOON + HOUR


def test_silence_does_not_end_a_warning_of_hours(daily: Station) -> None:
    send_hour(daily, NOON, "90")
    settle(NOON + 59 * MINUTE)
    send(daily, NOON + HOUR, ["10"] * 3)
    settle(NOON + 2 * HOUR)
    assert warning("hour").resolved_at is None


@pytest.mark.parametrize(("count", "warned"), [(2, ["hour"]), (3, ["day", "hour"])])
def test_a_day_speaks_from_three_valid_hours(daily: Station, count: int, warned: list[str]) -> None:
    hours(daily, count, "90")
    settle(MIDNIGHT + count * HOUR)
    assert periods() == warned


def test_hours_below_the_minimum_capture_are_not_valid(daily: Station) -> None:
    for hour in range(6):
        send(daily, MIDNIGHT + hour * HOUR, ["90"] * 8)
    settle(MIDNIGHT + 6 * HOUR)
    assert "day" not in periods()


def test_the_rest_of_the_day_is_told(daily: Station) -> None:
    """36 slots of 90 leave (60 × 288 − 3240) ÷ 252 = 55.71…, told one digit finer than 60."""
    hours(daily, 3, "90")
    settle(THREE - MINUTE)
    evidence = warning("day").evidence
    assert (evidence["rest_max"], evidence["slots_left"], evidence["certain"]) == (55.7, 252, False)


def test_the_rest_is_told_as_finely_as_the_limit(daily: Station) -> None:
    PermitLimit.objects.update(maximum=Decimal("0.005"))
    hours(daily, 3, "0.0075")
    settle(THREE - MINUTE)
    assert warning("day").evidence["rest_max"] == 0.0046


def test_what_only_zeros_could_mend_is_not_yet_certain(daily: Station) -> None:
    hours(daily, 3, "480")
    settle(THREE - MINUTE)
    assert warning("day").evidence["certain"] is False


def test_what_even_zeros_cannot_mend_is_certain(daily: Station) -> None:
    hours(daily, 3, "480.1")
    settle(THREE - MINUTE)
    evidence = warning("day").evidence
    assert evidence["certain"] is True
    assert evidence["rest_max"] < 0


def test_what_can_be_negative_is_never_certain(daily: Station) -> None:
    Parameter.objects.filter(symbol="COD").update(can_be_negative=True)
    hours(daily, 3, "480.1")
    settle(THREE - MINUTE)
    assert warning("day").evidence["certain"] is False


def test_a_warning_of_the_day_ends_when_the_day_is_judged(daily: Station) -> None:
    hours(daily, 3, "50")
    settle(THREE)
    settle(MIDNIGHT + DAY + 30 * MINUTE)
    told = warning("day")
    assert (told.resolved_at, told.taken_over_by) == (MIDNIGHT + DAY, None)


def test_an_exceeded_day_takes_its_warning_over(daily: Station) -> None:
    for hour in range(24):
        send_hour(daily, MIDNIGHT + hour * HOUR, "90")
        settle(MIDNIGHT + hour * HOUR + 59 * MINUTE)
    settle(MIDNIGHT + DAY + 30 * MINUTE)
    assert warning("day").taken_over_by == Alert.objects.get(kind="exceedance")


def test_the_warning_of_today_goes_on_when_yesterday_is_judged(daily: Station) -> None:
    hours(daily, 24, "10")
    hours(daily, 4, "50", begin=MIDNIGHT + DAY)
    settle(MIDNIGHT + DAY + 4 * HOUR)
    assert warning("day").resolved_at is None


@pytest.mark.usefixtures("department")
@pytest.mark.parametrize(("value", "mails"), [("60", 0), ("60.1", 1)])
def test_only_beyond_the_limit_is_mailed(hourly: Station, value: str, mails: int) -> None:
    send_hour(hourly, NOON, value)
    settle(NOON + 59 * MINUTE)
    assert Notification.objects.count() == mails


@pytest.mark.usefixtures("department")
def test_it_is_mailed_once_a_parameter_and_day(daily: Station) -> None:
    for hour in range(6):
        send_hour(daily, MIDNIGHT + hour * HOUR, "90")
        settle(MIDNIGHT + hour * HOUR + 59 * MINUTE)
    assert periods() == ["day", "hour"]
    assert Notification.objects.count() == 1


@pytest.mark.usefixtures("department")
def test_back_fill_of_today_by_command_mails_nobody(daily: Station) -> None:
    send(daily, MIDNIGHT, ["90"] * 36, received=THREE, mail=False)
    settle(THREE)
    assert "day" in periods()
    assert not Notification.objects.exists()
