"""The desk's clock meets new data, and an officer at the calendar, each with its own connection."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction

from alerts.models import Alert, SpecialDay
from alerts.services import flapping, policy_changes, raising, report, resolve
from alerts.services.escalating import keep_deadlines
from alerts.services.flapping import settle_flapping
from alerts.services.handling import Explanation, answer, send_back
from alerts.services.policy_changes import put_day, take_out_day
from monitoring.services.locks import lock_stations
from stations.domain.wording import in_vietnam
from stations.models import Person, Station
from tests.alerts.factories import (
    DAY,
    HOUR,
    JUDGED,
    MINUTE,
    agency,
    exceedance,
    person,
    silence,
    station,
)
from tests.flow.together import Gate, wait_for_a_waiting_lock, wait_for_a_waiting_row, workers

pytestmark = pytest.mark.django_db(transaction=True)

STEADY = JUDGED + 14 * HOUR + 12 * HOUR
"""Twelve hours after the last turn of `come_and_gone`."""


@pytest.fixture
def place() -> Station:
    agency(email="canhbao@stnmt.example")
    return station()


@transaction.atomic
def begins(of: Station, at: datetime) -> Alert:
    """Silent since `at`, and found so, under the station's lock."""
    lock_stations([of.pk])
    return report(silence(of, since=at), now=at + 65 * MINUTE)


def turn(of: Station, at: datetime) -> None:
    begins(of, at)
    over = at + 2 * HOUR
    resolve(kind="silent_station", station_id=of.pk, at=over, now=over)


def come_and_gone(of: Station, times: int = 4) -> Alert:
    """Silent for two hours every four, so often."""
    for n in range(times):
        turn(of, JUDGED + 4 * n * HOUR)
    return Alert.objects.get(kind="silent_station")


def told(alert: Alert, what: str) -> int:
    return alert.events.filter(what=what).count()


def ends_mailed(alert: Alert) -> int:
    """To the department."""
    notes = alert.notifications.filter(event__what="resolved").exclude(state="dropped")
    return notes.filter(address="canhbao@stnmt.example").count()


# What comes and goes


def test_of_two_clocks_that_find_it_steady_one_says_so(
    place: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert = come_and_gone(place)
    assert alert.flapping_since is not None
    gate = Gate(monkeypatch, flapping, "tell")
    with workers() as start:
        first = start(settle_flapping, now=STEADY)
        gate.wait_reached()
        second = start(settle_flapping, now=STEADY)
        wait_for_a_waiting_row()
        gate.open()
        assert (first.result(), second.result()) == (1, 0)
    alert.refresh_from_db()
    assert alert.flapping_since is None
    assert (told(alert, "steady"), ends_mailed(alert)) == (1, 1)


def test_a_turn_that_comes_while_it_is_called_steady_is_a_turn_after_it(
    place: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if one had been after the other: nothing is lost, and it is told as news."""
    alert = come_and_gone(place)
    gate = Gate(monkeypatch, flapping, "tell")
    with workers() as start:
        calling = start(settle_flapping, now=STEADY)
        gate.wait_reached()
        coming = start(begins, place, STEADY - HOUR)
        wait_for_a_waiting_row()
        gate.open()
        assert calling.result() == 1
        coming.result()
    alert.refresh_from_db()
    assert alert.resolved_at is None
    assert told(alert, "steady") == 1
    order = list(alert.events.order_by("pk").values_list("what", flat=True))
    assert order.index("steady") < len(order) - 1 - order[::-1].index("recurred")
    assert alert.notifications.filter(event__what="recurred", created_at__gte=STEADY).exists()


def test_a_clock_that_waits_for_a_turn_does_not_call_it_steady(
    place: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert = come_and_gone(place)
    gate = Gate(monkeypatch, raising, "note_onset")
    with workers() as start:
        coming = start(begins, place, STEADY - HOUR)
        gate.wait_reached()
        calling = start(settle_flapping, now=STEADY + 5 * MINUTE)
        wait_for_a_waiting_row()
        gate.open()
        coming.result()
        assert calling.result() == 0
    alert.refresh_from_db()
    assert alert.flapping_since is not None
    assert (told(alert, "steady"), ends_mailed(alert)) == (0, 0)


def test_of_two_who_find_the_fourth_turn_one_calls_it_so(
    place: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert = come_and_gone(place, times=3)
    gate = Gate(monkeypatch, flapping, "tell")
    with workers() as start:
        first = start(begins, place, JUDGED + 12 * HOUR)
        gate.wait_reached()
        second = start(begins, place, JUDGED + 12 * HOUR)
        wait_for_a_waiting_lock()
        gate.open()
        assert first.result().pk == second.result().pk == alert.pk
    assert told(alert, "flapping") == 1
    assert told(alert, "opened") + told(alert, "recurred") == 4


# The calendar, while deadlines run

SAID = Explanation(cause="process", words="Bể hiếu khí quá tải")
COLUMNS = ("acknowledge_due_at", "answer_due_at", "next_step_at", "policy")


def deadlines(alert: Alert) -> list[Any]:
    return list(Alert.objects.filter(pk=alert.pk).values_list(*COLUMNS).get())


def opened(at: datetime) -> Alert:
    return report(exceedance(station()), now=at)


def day_off(day_of: datetime, by: Person, name: str = "Nghỉ bù") -> SpecialDay:
    day = in_vietnam(day_of).date()
    return put_day(day=day, kind="off", name=name, source="", by=by, now=JUDGED)


def first_workday(after: datetime) -> datetime:
    """A moment at which offices work, some days on, so that it may be taken out."""
    moment = in_vietnam(after + 3 * DAY).replace(hour=8, minute=30)
    while moment.isoweekday() > 5:
        moment += DAY
    return moment


def test_a_case_that_opens_while_a_day_is_put_in_does_not_wait_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It counts by the calendar that stood, and keeps it; the next case counts by the new one."""
    at = first_workday(JUDGED)
    by = person()
    gate = Gate(monkeypatch, policy_changes, "_uncompare")
    with workers() as start:
        editing = start(day_off, at, by)
        gate.wait_reached()
        alert = start(opened, at).result()  # while the day is not committed
        before = deadlines(alert)
        gate.open()
        editing.result()
    assert in_vietnam(before[0]).date() == in_vietnam(at).date()
    assert deadlines(alert) == before
    later = opened(at)
    assert in_vietnam(deadlines(later)[0]).date() > in_vietnam(at).date()


@pytest.mark.parametrize("put_in", [True, False])
def test_a_running_deadline_is_not_moved_by_an_edit_that_meets_its_step(
    monkeypatch: pytest.MonkeyPatch, put_in: bool
) -> None:
    at, by = first_workday(JUDGED), person()
    if not put_in:
        day_off(at, by)
    alert = opened(at)
    due, _answer, step, policy = deadlines(alert)
    gate = Gate(monkeypatch, policy_changes, "_uncompare")
    edit = (lambda: day_off(at, by)) if put_in else (
        lambda: take_out_day(day=in_vietnam(at).date(), by=by, now=JUDGED)
    )  # fmt: skip
    with workers() as start:
        editing = start(edit)
        gate.wait_reached()
        assert start(keep_deadlines, now=step).result() == 1  # the clock waits for no officer
        gate.open()
        editing.result()
    after = deadlines(alert)
    assert (after[0], after[3]) == (due, policy)
    assert keep_deadlines(now=step) == 0


def test_an_explanation_sent_back_counts_by_the_calendar_that_stands_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its deadline runs by the clock, its steps in working time: after the edit by the new one."""
    at, by = first_workday(JUDGED), person()
    sent = {}
    for edited in (False, True):
        alert = opened(at)
        answer(alert=alert, by=by, said=SAID, now=at + HOUR)
        gate = Gate(monkeypatch, policy_changes, "_uncompare")
        with workers() as start:
            editing = start(day_off, at + DAY, by, name="Nghỉ bù")
            gate.wait_reached()
            if edited:
                gate.open()
                editing.result()
            back = start(send_back, alert=alert, by=by, reason="Thiếu nhật ký", now=at + 2 * HOUR)
            back.result()
            gate.open()
            editing.result()
        alert.refresh_from_db()
        assert alert.answer_due_at == at + 2 * HOUR + timedelta(hours=24)
        sent[edited] = [each["at"] for each in alert.policy["steps"][alert.steps_taken :]]
        SpecialDay.objects.filter(day=in_vietnam(at + DAY).date()).delete()
    assert len(sent[False]) == len(sent[True])
    assert all(old <= new for old, new in zip(sent[False], sent[True], strict=True))
    assert sent[False] != sent[True]


def test_of_two_officers_at_one_day_none_is_lost_without_a_trace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at = first_workday(JUDGED)
    first, second = person(name="Người trước"), person(name="Người sau")
    gate = Gate(monkeypatch, policy_changes, "_uncompare")
    with workers() as start:
        one = start(day_off, at, first, name="Nghỉ bù")
        gate.wait_reached()
        other = start(day_off, at, second, name="Nghỉ lễ")
        wait_for_a_waiting_row()
        gate.open()
        one.result()
        other.result()
    row = SpecialDay.objects.get(day=in_vietnam(at).date())
    assert row.name == "Nghỉ lễ"
    history = apps.get_model("alerts", "SpecialDayEvent")._default_manager.filter(pgh_obj=row)
    said = history.order_by("pgh_id").values_list("name", "pgh_context__metadata__user")
    assert list(said) == [("Nghỉ bù", first.pk), ("Nghỉ lễ", second.pk)]
