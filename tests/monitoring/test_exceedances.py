"""What verdicts mean for the desk: opened, over, withdrawn, come again (judging.md §5)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from alerts.models import Alert, Notification
from alerts.services import acknowledge, close
from monitoring.models import Verdict
from monitoring.services import telling
from stations.models import PermitLimit, Station
from tests.alerts.factories import person
from tests.factories import AgencyFactory, JurisdictionFactory
from tests.flow.register import NOON, station_with
from tests.monitoring.timeline import (
    DAY,
    HOUR,
    MIDNIGHT,
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

ONE, TWO, THREE = NOON + HOUR, NOON + 2 * HOUR, NOON + 3 * HOUR


@pytest.fixture(autouse=True, params=[0, 10**6], ids=["together", "one by one"])
def told_how(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many periods the desk is told of at once, the outcome is the same."""
    monkeypatch.setattr(telling, "MANY", request.param - 1)


@pytest.fixture
def station() -> Station:
    """COD at most 60 in the mean of an hour."""
    return station_with()


@pytest.fixture
def department() -> None:
    """An agency that is mailed of everything."""
    JurisdictionFactory(agency=AgencyFactory(emails=["so@mau.example"]))


def told() -> int:
    return Notification.objects.exclude(state="dropped").count()


def close_it(station: Station) -> None:
    officer = person()
    acknowledge(alert=exceedance(station), by=officer, now=TWO)
    close(alert=exceedance(station), by=officer, note="Đã lấy mẫu đối chứng", now=TWO)


@pytest.mark.parametrize(("value", "opened"), [("60", []), ("60.1", ["exceedance"])])
def test_only_above_the_limit_opens_an_alert(
    station: Station, value: str, opened: list[str]
) -> None:
    send_hour(station, NOON, value)
    settle(TWO)
    assert kinds(station) == opened


def test_each_exceeded_period_belongs_to_the_one_alert(station: Station) -> None:
    for hour in range(3):
        send_hour(station, NOON + hour * HOUR, "90")
    settle(NOON + 4 * HOUR)
    assert exceedance(station).spans.count() == 3


def test_the_next_hour_within_ends_it(station: Station) -> None:
    send_hour(station, NOON, "90")
    send_hour(station, ONE, "10")
    settle(THREE)
    alert = exceedance(station)
    assert (alert.resolved_at, alert.state) == (TWO, "open")


def test_an_hour_without_enough_data_ends_nothing(station: Station) -> None:
    send_hour(station, NOON, "90")
    send(station, ONE, ["10"] * 8)
    settle(THREE)
    assert results(station)[ONE] == "not_enough_data"
    assert exceedance(station).resolved_at is None


def test_silence_ends_nothing(station: Station) -> None:
    send_hour(station, NOON, "90")
    settle(NOON + 2 * DAY)
    assert exceedance(station).resolved_at is None


def test_a_within_of_another_period_kind_ends_nothing(station: Station) -> None:
    PermitLimit.objects.create(
        channel=station.channels.get(), period="day", maximum=Decimal(60), source="GPMT số 1"
    )
    for hour in range(24):
        send_hour(station, MIDNIGHT + hour * HOUR, "90" if hour == 23 else "10")
    settle(MIDNIGHT + DAY + HOUR)
    assert results(station, "day") == {MIDNIGHT: "within"}
    assert Alert.objects.get(kind="exceedance", period="hour").resolved_at is None


def test_a_within_under_the_next_permit_ends_it(station: Station) -> None:
    PermitLimit.objects.update(valid_until=date(2024, 5, 21))
    PermitLimit.objects.create(
        channel=station.channels.get(),
        period="hour",
        maximum=Decimal(60),
        source="GPMT số 2",
        valid_from=date(2024, 5, 22),
    )
    midnight = MIDNIGHT + DAY
    send_hour(station, midnight - HOUR, "90")
    settle(midnight + 30 * MINUTE)
    send_hour(station, midnight, "10")
    settle(midnight + 2 * HOUR)
    assert exceedance(station).resolved_at == midnight + HOUR


def test_a_within_that_comes_late_moves_the_end_to_where_it_was(station: Station) -> None:
    send_hour(station, NOON, "90")
    send_hour(station, TWO, "10")
    settle(NOON + 4 * HOUR)
    assert exceedance(station).resolved_at == THREE
    send_hour(station, ONE, "10", received=NOON + 4 * HOUR)
    settle(NOON + 4 * HOUR)
    assert exceedance(station).resolved_at == TWO


def test_an_end_that_is_taken_away_moves_to_the_next_within(station: Station) -> None:
    send_hour(station, NOON, "90")
    send_hour(station, ONE, "10")
    send_hour(station, TWO, "10")
    settle(NOON + 4 * HOUR)
    send_hour(station, ONE, "10", status="02", received=NOON + 4 * HOUR)
    settle(NOON + 4 * HOUR)
    assert exceedance(station).resolved_at == THREE


def test_an_end_that_is_taken_away_with_no_other_is_taken_back(station: Station) -> None:
    send_hour(station, NOON, "90")
    send_hour(station, ONE, "10")
    settle(THREE)
    send_hour(station, ONE, "10", status="02", received=THREE)
    settle(THREE)
    alert = exceedance(station)
    assert (alert.resolved_at, whats(alert)[-1]) == (None, "unresolved")


def test_a_closed_alert_too_has_its_end(station: Station) -> None:
    send_hour(station, NOON, "90")
    settle(TWO)
    close_it(station)
    send_hour(station, ONE, "10")
    settle(THREE)
    assert exceedance(station).resolved_at == TWO


def test_a_closed_alert_loses_its_end_beside_a_case_that_opens(station: Station) -> None:
    """Two files at once: one takes its end away, the other opens a case before it."""
    week = 8 * DAY
    send_hour(station, NOON + week, "90")
    send_hour(station, ONE + week, "10")
    settle(NOON + week + 4 * HOUR)
    assert exceedance(station).resolved_at == TWO + week
    officer = person()
    acknowledge(alert=exceedance(station), by=officer, now=NOON + week + 4 * HOUR)
    close(alert=exceedance(station), by=officer, note="Đã xử lý", now=NOON + week + 4 * HOUR)
    send_hour(station, ONE + week, "10", status="02", received=NOON + week + 5 * HOUR)
    send_hour(station, NOON, "90", received=NOON + week + 5 * HOUR)
    settle(NOON + week + 5 * HOUR)
    old, new = Alert.objects.filter(kind="exceedance").order_by("pk")
    assert (new.late, new.previous) == (True, old)
    assert (old.resolved_at, whats(old)[-1]) == (None, "unresolved")


def correct(station: Station, value: str, *, at: datetime, status: str = "00") -> None:
    """The logger sends the hour again, otherwise."""
    send_hour(station, NOON, value, status=status, received=at)
    settle(at)


def test_a_corrected_hour_within_is_withdrawn(station: Station) -> None:
    send_hour(station, NOON, "90")
    settle(TWO)
    correct(station, "10", at=TWO)
    alert = exceedance(station)
    assert alert.withdrawn
    assert alert.spans.get().withdrawn_reason


def test_the_superseded_verdict_stays(station: Station) -> None:
    send_hour(station, NOON, "90")
    settle(TWO)
    correct(station, "10", at=TWO)
    said = Verdict.objects.filter(start=NOON).order_by("judged_at", "superseded_at")
    assert sorted(said.values_list("result", "superseded_at")) == [
        ("exceeded", TWO),
        ("within", None),
    ]


def test_a_corrected_hour_without_enough_data_is_not_withdrawn(station: Station) -> None:
    send_hour(station, NOON, "90")
    settle(TWO)
    correct(station, "90", at=TWO, status="02")
    assert results(station)[NOON] == "not_enough_data"
    assert not exceedance(station).withdrawn


def test_it_is_withdrawn_by_a_later_within_even_so(station: Station) -> None:
    send_hour(station, NOON, "90")
    settle(TWO)
    correct(station, "90", at=TWO, status="02")
    correct(station, "10", at=TWO + MINUTE)
    assert exceedance(station).withdrawn


def test_an_hour_exceeded_again_is_reinstated(station: Station) -> None:
    send_hour(station, NOON, "90")
    settle(TWO)
    correct(station, "10", at=TWO)
    correct(station, "91", at=TWO + MINUTE)
    alert = exceedance(station)
    assert (alert.withdrawn, whats(alert)[-1]) == (False, "reinstated")


def test_what_was_said_is_kept_beside_a_corrected_value(station: Station) -> None:
    send_hour(station, NOON, "90")
    settle(TWO)
    correct(station, "95", at=TWO)
    span = exceedance(station).spans.get()
    assert (span.value, span.corrected_value) == (90, 95)


def test_data_in_time_are_not_late_however_late_they_are_settled(station: Station) -> None:
    send_hour(station, NOON, "90")
    settle(NOON + 5 * DAY)
    assert exceedance(station).late is False


@pytest.mark.parametrize(("in_time", "late"), [(9, False), (8, True)], ids=["enough", "too few"])
def test_what_came_in_time_decides_and_not_what_came_after_it(
    station: Station, in_time: int, late: bool
) -> None:
    send(station, NOON, ["90"] * in_time)
    rest = NOON + in_time * 5 * MINUTE
    send(station, rest, ["90"] * (12 - in_time), received=NOON + 5 * HOUR)
    settle(NOON + 5 * HOUR)
    assert exceedance(station).late is late


@pytest.mark.parametrize(("first", "late"), [("61", False), ("60", True)], ids=["above", "at"])
def test_an_hour_above_its_limit_by_late_data_alone_is_late(
    station: Station, first: str, late: bool
) -> None:
    send(station, NOON, [first] * 9)
    send(station, NOON + 45 * MINUTE, ["90"] * 3, received=NOON + 5 * HOUR)
    settle(NOON + 5 * HOUR)
    assert exceedance(station).late is late


@pytest.mark.parametrize(("in_time", "late"), [(216, False), (215, True)], ids=["enough", "less"])
def test_so_it_is_with_a_day(in_time: int, late: bool) -> None:
    by_day = station_with(period="day")
    send(by_day, MIDNIGHT, ["90"] * in_time)
    rest = MIDNIGHT + in_time * 5 * MINUTE
    send(by_day, rest, ["90"] * (288 - in_time), received=MIDNIGHT + 2 * DAY)
    settle(MIDNIGHT + 2 * DAY)
    assert exceedance(by_day).late is late


def test_a_past_hour_opens_an_alert_marked_late(station: Station) -> None:
    send_hour(station, NOON, "90", received=NOON + 5 * HOUR)
    settle(NOON + 5 * HOUR)
    assert exceedance(station).late is True


def test_a_past_hour_joins_the_unclosed_alert_as_a_late_span(station: Station) -> None:
    send_hour(station, NOON + 4 * HOUR, "90")
    settle(NOON + 6 * HOUR)
    send_hour(station, NOON, "90", received=NOON + 6 * HOUR)
    settle(NOON + 6 * HOUR)
    alert = exceedance(station)
    assert list(alert.spans.order_by("start").values_list("late", flat=True)) == [True, False]
    assert alert.late is False


def test_an_hour_exceeded_soon_after_closing_reopens_the_alert(station: Station) -> None:
    send_hour(station, NOON, "90")
    settle(TWO)
    close_it(station)
    send_hour(station, NOON + 6 * DAY, "90")
    settle(NOON + 6 * DAY + 2 * HOUR)
    alert = exceedance(station)
    assert (alert.state, alert.spans.count()) == ("open", 2)


def test_an_hour_exceeded_long_after_closing_is_a_new_alert_that_links_back(
    station: Station,
) -> None:
    send_hour(station, NOON, "90")
    settle(TWO)
    close_it(station)
    send_hour(station, NOON + 8 * DAY, "90")
    settle(NOON + 8 * DAY + 2 * HOUR)
    first, second = Alert.objects.filter(kind="exceedance").order_by("pk")
    assert second.previous == first


@pytest.mark.usefixtures("department")
def test_what_a_logger_sends_is_mailed(station: Station) -> None:
    send_hour(station, NOON, "90")
    settle(TWO)
    assert told() == 1


@pytest.mark.usefixtures("department")
def test_back_fill_by_command_mails_nobody(station: Station) -> None:
    send_hour(station, NOON, "90", received=NOON + DAY, mail=False)
    settle(NOON + DAY)
    assert kinds(station) == ["exceedance"]
    assert told() == 0


@pytest.mark.usefixtures("department")
def test_an_hour_that_a_logger_sent_in_part_is_mailed(station: Station) -> None:
    send(station, NOON, ["90"] * 6, received=NOON + DAY)
    send(station, NOON + 30 * MINUTE, ["90"] * 6, received=NOON + DAY, mail=False)
    settle(NOON + DAY)
    assert told() == 1


@pytest.mark.usefixtures("department")
@pytest.mark.parametrize(("mail", "notes"), [(True, 2), (False, 1)], ids=["logger", "command"])
def test_an_end_is_mailed_unless_a_command_brought_it(
    station: Station, mail: bool, notes: int
) -> None:
    send_hour(station, NOON, "90")
    settle(TWO)
    send_hour(station, ONE, "10", received=THREE, mail=mail)
    settle(THREE)
    assert exceedance(station).resolved_at == TWO
    assert told() == notes


@pytest.mark.usefixtures("department")
@pytest.mark.parametrize(("mail", "notes"), [(True, 2), (False, 1)], ids=["logger", "command"])
def test_a_withdrawal_is_mailed_unless_a_command_brought_it(
    station: Station, mail: bool, notes: int
) -> None:
    send_hour(station, NOON, "90")
    settle(TWO)
    Notification.objects.update(state="failed")  # no longer waiting, so not dropped either
    send_hour(station, NOON, "10", received=TWO, mail=mail)
    settle(TWO)
    assert exceedance(station).withdrawn
    assert told() == notes


@pytest.mark.usefixtures("department")
def test_an_exceedance_found_only_after_it_was_over_is_mailed(station: Station) -> None:
    send_hour(station, NOON, "90")
    send_hour(station, ONE, "10")
    settle(NOON + 5 * HOUR)
    said = Notification.objects.exclude(state="dropped").values_list("event__what", flat=True)
    assert sorted(said) == ["opened", "resolved"]
