"""Slots that are not expected: approved stops, and a plant that stands idle by its oxygen."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from alerts.models import Maintenance, Notification
from monitoring.models import DayMean, DirtyHour, HourMean, Verdict
from monitoring.services.evidence import evidence_for
from monitoring.services.means import mean_rows, stopped_in
from monitoring.services.receive import store_entries
from monitoring.services.stops import stop_changed
from stations.models import PermitLimit, RuleSetting, Station
from tests.alerts.factories import person
from tests.factories import AgencyFactory, ChannelFactory, JurisdictionFactory
from tests.flow.register import NOON, file_of, station_with
from tests.monitoring.timeline import DAY, HOUR, MIDNIGHT, MINUTE, results, send, send_hour, settle

pytestmark = pytest.mark.django_db


def stop(
    station: Station,
    start: datetime,
    end: datetime,
    *,
    what: str = "stop",
    decision: str = "approved",
    parameters: tuple[str, ...] = (),
) -> Maintenance:
    officer = person()
    row = Maintenance.objects.create(
        station=station,
        what=what,
        parameters=list(parameters),
        start=start,
        end=end,
        reason="Nghỉ Tết",
        declared_at=start,
        declared_by=officer,
        decision=decision,
        decided_at=end if decision else None,
        decided_by=officer if decision else None,
        decision_note="Chưa đủ căn cứ" if decision == "refused" else "",
    )
    stop_changed(station, start, end)
    return row


def hour(station: Station, start: datetime = NOON) -> tuple[int, int]:
    """Filled and expected slots of an hour."""
    mean = HourMean.objects.get(station=station, start=start, basis="")
    return mean.n, mean.expected


def test_slots_of_an_approved_stop_are_not_expected() -> None:
    station = station_with()
    send(station, NOON, ["50"] * 6)
    stop(station, NOON + 30 * MINUTE, NOON + HOUR)
    settle(NOON + 2 * HOUR)
    assert hour(station) == (6, 6)
    assert results(station) == {NOON: "within"}


def test_a_measured_value_within_a_stop_counts_and_is_expected() -> None:
    station = station_with()
    send(station, NOON, ["50"] * 6 + ["80"])
    stop(station, NOON + 30 * MINUTE, NOON + HOUR)
    settle(NOON + 2 * HOUR)
    assert hour(station) == (7, 7)
    assert HourMean.objects.get(start=NOON).value == pytest.approx((6 * 50 + 80) / 7)


@pytest.mark.parametrize(
    ("what", "decision"), [("maintenance", "approved"), ("stop", ""), ("stop", "refused")]
)
def test_nothing_else_that_was_announced_leaves_a_slot_out(what: str, decision: str) -> None:
    station = station_with()
    send(station, NOON, ["50"] * 6)
    stop(station, NOON + 30 * MINUTE, NOON + HOUR, what=what, decision=decision)
    settle(NOON + 2 * HOUR)
    assert hour(station) == (6, 12)
    assert results(station) == {NOON: "not_enough_data"}


def test_a_stop_of_one_parameter_leaves_the_others_as_they_are() -> None:
    station = station_with(symbols=("COD", "TSS"))
    for symbol in ("COD", "TSS"):
        send(station, NOON, ["50"] * 6, symbol=symbol)
    stop(station, NOON + 30 * MINUTE, NOON + HOUR, parameters=("COD",))
    settle(NOON + 2 * HOUR)
    expected = dict(HourMean.objects.values_list("slot", "expected"))
    assert expected == {1: 6, 2: 12}


def test_a_stop_that_is_approved_later_judges_its_hours_again() -> None:
    station = station_with()
    send(station, NOON, ["90"] * 6)
    settle(NOON + 2 * HOUR)
    assert results(station) == {NOON: "not_enough_data"}
    stop(station, NOON + 30 * MINUTE, NOON + HOUR)
    settle(NOON + 2 * HOUR)
    assert results(station) == {NOON: "exceeded"}


def test_a_stop_that_is_taken_back_is_expected_again() -> None:
    station = station_with()
    send(station, NOON, ["50"] * 6)
    row = stop(station, NOON + 30 * MINUTE, NOON + HOUR)
    settle(NOON + 2 * HOUR)
    Maintenance.objects.filter(pk=row.pk).update(decision="refused", decision_note="Nhầm")
    stop_changed(station, row.start, row.end)
    settle(NOON + 2 * HOUR)
    assert results(station) == {NOON: "not_enough_data"}


def test_what_the_department_changed_mails_nobody() -> None:
    JurisdictionFactory(agency=AgencyFactory(emails=["so@mau.example"]))
    station = station_with()
    send(station, NOON, ["90"] * 6)
    settle(NOON + 2 * HOUR)
    stop(station, NOON + 30 * MINUTE, NOON + HOUR)
    settle(NOON + 2 * HOUR)
    assert results(station) == {NOON: "exceeded"}
    assert not Notification.objects.exclude(state="dropped").exists()


def test_a_day_expects_what_its_hours_expect_those_without_a_reading_too() -> None:
    station = station_with(period="day")
    for i in range(12):
        send_hour(station, MIDNIGHT + i * HOUR, "50")
    stop(station, NOON, MIDNIGHT + DAY)
    settle(MIDNIGHT + DAY + HOUR)
    day = DayMean.objects.get(station=station, start=MIDNIGHT, basis="")
    assert (day.n, day.expected) == (144, 144)
    assert results(station, "day") == {MIDNIGHT: "within"}


def test_an_hour_that_was_stopped_as_a_whole_expects_nothing() -> None:
    station = station_with()
    send_hour(station, NOON, "50")
    stop(station, NOON + HOUR, NOON + 2 * HOUR)
    settle(NOON + 3 * HOUR)
    made = Verdict.objects.get(station=station, start=NOON + HOUR)
    assert (made.result, made.n, made.expected, made.capture) == ("not_enough_data", 0, 0, None)


def test_the_slots_of_a_stop_are_counted_apart() -> None:
    station = station_with()
    send(station, NOON, ["50"] * 6)
    stop(station, NOON + 30 * MINUTE, NOON + HOUR)
    settle(NOON + 2 * HOUR)
    row = mean_rows("hour", station.pk, [NOON])[1, NOON, ""]
    assert (row.idle, stopped_in(row, 12)) == (0, 6)


def test_a_stop_before_the_first_reading_marks_nothing() -> None:
    station = station_with()
    assert stop_changed(station, NOON, NOON + HOUR) == 0
    send_hour(station, NOON + DAY, "50")
    settle(NOON + DAY)
    assert stop_changed(station, NOON, NOON + HOUR) == 0
    assert not DirtyHour.objects.exists()


def stack(oxygen: str) -> Station:
    """SO₂ at most 400 at 7 % oxygen: six slots at 13.95 % O₂, six at `oxygen`."""
    station = station_with(symbols=("SO2",), medium="emission", maximum="400")
    PermitLimit.objects.update(reference_oxygen=Decimal(7))
    ChannelFactory(station=station, symbol="O2")
    for i in range(12):
        at = NOON + 5 * i * MINUTE
        said = ("SO2", "200", "00"), ("O2", "13.95" if i < 6 else oxygen, "00")
        store_entries([file_of(station, at, *said)], now=at + MINUTE)
    return station


def at_reference() -> HourMean:
    return HourMean.objects.get(basis="7", start=NOON, slot=1)


@pytest.mark.parametrize(("oxygen", "idle"), [("17.99", 0), ("18", 6), ("20", 6)])
def test_a_plant_stands_idle_from_eighteen_percent(oxygen: str, idle: int) -> None:
    stack(oxygen)
    settle(NOON + 2 * HOUR)
    assert (at_reference().idle, at_reference().expected) == (idle, 12 - idle)


@pytest.mark.parametrize(
    ("day", "idle"), [(date(2024, 5, 21), 6), (date(2024, 5, 22), 0)], ids=["today", "tomorrow"]
)
def test_from_what_percent_is_a_dated_setting(day: date, idle: int) -> None:
    eve = date.fromordinal(day.toordinal() - 1)
    RuleSetting.objects.filter(key="idle_oxygen_percent").update(valid_until=eve)
    RuleSetting.objects.create(
        key="idle_oxygen_percent", value=Decimal(15), source="QĐ thử", valid_from=day
    )
    stack("16")
    settle(NOON + 2 * HOUR)
    assert at_reference().idle == idle


def test_idle_slots_of_a_stop_are_left_out_once() -> None:
    station = stack("20")
    stop(station, NOON + 30 * MINUTE, NOON + HOUR)
    settle(NOON + 2 * HOUR)
    assert (at_reference().n, at_reference().idle, at_reference().expected) == (6, 6, 6)
    assert results(station) == {NOON: "within"}


def test_a_stop_leaves_out_slots_without_oxygen() -> None:
    station = station_with(symbols=("SO2",), medium="emission", maximum="400")
    PermitLimit.objects.update(reference_oxygen=Decimal(7))
    ChannelFactory(station=station, symbol="O2")
    for i in range(6):
        at = NOON + 5 * i * MINUTE
        said = ("SO2", "200", "00"), ("O2", "13.95", "00")
        store_entries([file_of(station, at, *said)], now=at + MINUTE)
    stop(station, NOON + 30 * MINUTE, NOON + HOUR)
    settle(NOON + 2 * HOUR)
    assert (at_reference().n, at_reference().expected) == (6, 6)


def test_an_hour_in_which_the_plant_stood_idle_is_idle_though_the_channel_said_nothing() -> None:
    station = stack("13.95")
    for i in range(12):
        at = NOON + HOUR + 5 * i * MINUTE
        store_entries([file_of(station, at, ("O2", "20", "00"))], now=at + MINUTE)
    settle(NOON + 3 * HOUR)
    row = HourMean.objects.get(basis="7", start=NOON + HOUR, slot=1)
    assert (row.n, row.idle, row.expected) == (0, 12, 0)
    made = Verdict.objects.get(station=station, start=NOON + HOUR)
    assert (made.result, made.n, made.expected, made.capture) == ("not_enough_data", 0, 0, None)
    day = DayMean.objects.get(basis="7", start=MIDNIGHT, slot=1)
    assert (day.n, day.idle, day.expected) == (12, 12, 288 - 12)
    assert evidence_for(made).agrees


def test_a_channel_that_said_nothing_all_day_stood_idle_with_the_plant() -> None:
    station = stack("13.95")
    for i in range(12):
        at = NOON + DAY + 5 * i * MINUTE
        store_entries([file_of(station, at, ("O2", "20", "00"))], now=at + MINUTE)
    settle(NOON + DAY + 2 * HOUR)
    day = DayMean.objects.get(basis="7", start=MIDNIGHT + DAY, slot=1)
    assert (day.n, day.idle, day.expected) == (0, 12, 288 - 12)
