"""Deadlines: reminded, told to the next level, lapsed; and what stops them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.management import call_command

from alerts.models import Alert, EscalationStep, KindRule, Notification
from alerts.services import acknowledge, close, escalating, report, resolve
from alerts.services.escalating import keep_deadlines
from alerts.services.findings import Finding
from alerts.services.handling import Explanation, add_note, answer, send_back, verify
from stations.models import Contact, Membership
from tests.alerts.factories import (
    DAY,
    HOUR,
    JUDGED,
    agency,
    exceedance,
    person,
    silence,
    station,
    zone,
)

MINUTE = timedelta(minutes=1)
OWNER = "chuco@mau.example"
SHIFT = "vanhanh@mau.example"
HEAD = "truong@stnmt.example"
SAID = Explanation(cause="process", words="Bể hiếu khí quá tải")
"""An exceedance is judged on Wednesday 22/5/2024 at 0:30, so: to be acknowledged by 9:30 of that
day, to be explained by Thursday 0:30, both by the shipped rules."""


@pytest.fixture
def place(db):
    """A plant with an owner and a shift; a department with a head and an officer."""
    plant = station(operator_email=SHIFT)
    operator = plant.facility.operator
    Contact.objects.create(operator=operator, name="Chủ cơ sở", role="owner", email=OWNER)
    department = agency("environment_department", email="canhbao@stnmt.example")
    for role, email in (("head", HEAD), ("officer", "canbo@stnmt.example")):
        Membership.objects.create(person=person(email=email), agency=department, role=role)
    return plant


def clock_to(end: datetime, begin: datetime = JUDGED) -> None:
    """The desk's clock goes on, every quarter of an hour."""
    now = begin
    while now <= end:
        keep_deadlines(now=now)
        now += 15 * MINUTE


def told(alert: Alert) -> list[tuple[str, str]]:
    """Whom the escalation told, in order."""
    notes = Notification.objects.filter(alert=alert, event__what__in=("reminded", "escalated"))
    return list(notes.order_by("pk").values_list("event__what", "address"))


def test_a_case_begins_with_its_deadlines(place):
    alert = report(exceedance(place), now=JUDGED)
    assert alert.acknowledge_due_at == JUDGED + 9 * HOUR
    assert alert.answer_due_at == JUDGED + DAY


def test_nobody_answers_so_each_level_is_told_once(place):
    alert = report(exceedance(place), now=JUDGED)
    clock_to(JUDGED + 7 * DAY)
    assert told(alert) == [
        ("reminded", "canbo@stnmt.example"),  # Wednesday 9:30: not acknowledged
        ("escalated", HEAD),  # four working hours later
        ("reminded", SHIFT),  # two hours before the deadline of the explanation
        ("escalated", OWNER),  # at the deadline
        ("escalated", "canbo@stnmt.example"),
        ("escalated", HEAD),
    ]


def test_who_acknowledges_in_time_is_not_reminded_of_it(place):
    alert = report(exceedance(place), now=JUDGED)
    acknowledge(alert=alert, by=person(), now=JUDGED + HOUR)
    clock_to(JUDGED + 12 * HOUR)
    assert told(alert) == []


def test_an_explanation_ends_the_waiting_for_one(place):
    alert = report(exceedance(place), now=JUDGED)
    answer(alert=alert, by=person(), said=SAID, now=JUDGED + HOUR)
    clock_to(JUDGED + 7 * DAY)
    assert told(alert) == []


def test_what_was_sent_back_has_a_new_deadline(place):
    alert = report(exceedance(place), now=JUDGED)
    answer(alert=alert, by=person(), said=SAID, now=JUDGED + HOUR)
    alert.refresh_from_db()
    send_back(alert=alert, by=person(), reason="Thiếu biên bản", now=JUDGED + 2 * HOUR)
    alert.refresh_from_db()
    assert alert.answer_due_at == JUDGED + 2 * HOUR + DAY


def test_what_was_sent_back_climbs_the_levels_again(place):
    alert = report(exceedance(place), now=JUDGED)
    acknowledge(alert=alert, by=person(), now=JUDGED + HOUR)
    clock_to(JUDGED + 3 * DAY)
    before = told(alert)
    alert.refresh_from_db()
    answer(alert=alert, by=person(), said=SAID, now=JUDGED + 3 * DAY)
    send_back(alert=alert, by=person(), reason="Thiếu", now=JUDGED + 3 * DAY)
    clock_to(JUDGED + 3 * DAY + 21 * HOUR, begin=JUDGED + 3 * DAY)
    assert told(alert) == before
    clock_to(JUDGED + 9 * DAY, begin=JUDGED + 3 * DAY)
    of_the_answer = [("reminded", SHIFT), ("escalated", OWNER)]
    assert told(alert)[len(before) : len(before) + 2] == of_the_answer
    assert told(alert)[-1] == ("escalated", HEAD)


def test_a_lapsed_acknowledgement_is_asked_for_again(place):
    alert = report(exceedance(place), now=JUDGED)
    acknowledge(alert=alert, by=person(), now=JUDGED + HOUR)
    clock_to(JUDGED + 8 * DAY)
    alert.refresh_from_db()
    lapsed = alert.events.get(what="lapsed").at
    assert alert.acknowledge_due_at is not None
    assert lapsed < alert.acknowledge_due_at
    reminders = Notification.objects.filter(
        alert=alert, event__what="reminded", event__data__missing="acknowledgement"
    )
    assert [note.address for note in reminders] == ["canbo@stnmt.example"]
    assert alert.answer_due_at == JUDGED + DAY  # the operator's own deadline stays


def test_steps_that_fail_leave_their_place_to_others(place, monkeypatch):
    broken = [report(exceedance(place, day=day, parameter=f"P{day}"), now=JUDGED) for day in (0, 1)]
    whole = report(exceedance(place, day=2), now=JUDGED + 2 * HOUR)
    usual = escalating._tell_level

    def tell(alert, step, *, now):
        if alert.pk in {each.pk for each in broken}:
            raise ValueError("broken")
        usual(alert, step, now=now)

    monkeypatch.setattr(escalating, "_tell_level", tell)
    monkeypatch.setattr(escalating, "AT_A_TIME", 2)
    due = max(each.next_step_at for each in [*broken, whole])
    keep_deadlines(now=due)
    assert told(whole) == []
    keep_deadlines(now=due)
    assert len(told(whole)) == 1
    assert not told(broken[0])


def test_a_silence_that_is_over_waits_for_nobody(place):
    alert = report(silence(place), now=JUDGED)
    resolve(kind="silent_station", station_id=place.pk, at=JUDGED + HOUR, now=JUDGED + HOUR)
    clock_to(JUDGED + 7 * DAY)
    assert told(alert) == []


def test_an_exceedance_that_is_over_is_to_be_explained_all_the_same(place):
    alert = report(exceedance(place), now=JUDGED)
    resolve(
        kind="exceedance", station_id=place.pk, parameter="COD", period="day",
        source="QCVN 40:2011/BTNMT", at=JUDGED + DAY, now=JUDGED + DAY,
    )  # fmt: skip
    clock_to(JUDGED + 7 * DAY)
    assert ("escalated", OWNER) in told(alert)


def test_a_line_that_is_down_climbs_to_who_answers_for_the_province_and_to_no_operator(place):
    agency("environment_department", email="khac@stnmt.example", what="zone", zone=zone())
    alert = report(Finding("line_outage", None, JUDGED, JUDGED + HOUR), now=JUDGED)
    clock_to(JUDGED + 7 * DAY)
    assert told(alert) == [("reminded", "canbo@stnmt.example"), ("escalated", HEAD)]


def test_no_operator_is_told_about_a_limit_that_nobody_confirmed(place):
    alert = report(exceedance(place, confirmed=False), now=JUDGED)
    clock_to(JUDGED + 7 * DAY)
    assert not {SHIFT, OWNER} & {address for _, address in told(alert)}
    assert ("escalated", HEAD) in told(alert)


def test_history_that_mails_nobody_has_no_deadlines(place):
    alert = report(exceedance(place), now=JUDGED, mail=False)
    clock_to(JUDGED + 7 * DAY)
    assert (alert.acknowledge_due_at, told(alert)) == (None, [])


def test_a_running_case_keeps_the_policy_that_it_began_with(place):
    alert = report(exceedance(place), now=JUDGED)
    EscalationStep.objects.all().delete()
    KindRule.objects.update(answer_within=timedelta(hours=1))
    clock_to(JUDGED + 7 * DAY)
    assert len(told(alert)) == 6
    later = report(exceedance(station(), day=30), now=JUDGED + 30 * DAY)
    assert later.answer_due_at == JUDGED + 30 * DAY + HOUR


def test_an_acknowledgement_without_progress_lapses(place):
    alert = report(exceedance(place), now=JUDGED)
    acknowledge(alert=alert, by=person(name="Người Nhận"), now=JUDGED + 9 * HOUR)
    clock_to(JUDGED + 2 * DAY)  # under 16 working hours
    alert.refresh_from_db()
    assert alert.state == "acknowledged"
    clock_to(JUDGED + 4 * DAY, begin=JUDGED + 2 * DAY)
    alert.refresh_from_db()
    assert (alert.state, alert.acknowledged_by) == ("open", None)
    assert "lapsed" in alert.events.values_list("what", flat=True)


def test_a_note_keeps_an_acknowledgement(place):
    alert = report(exceedance(place), now=JUDGED)
    acknowledge(alert=alert, by=person(), now=JUDGED + 9 * HOUR)
    add_note(alert=alert, by=person(), note="Đã hẹn kiểm tra", now=JUDGED + 2 * DAY)
    clock_to(JUDGED + 3 * DAY)
    alert.refresh_from_db()
    assert alert.state == "acknowledged"


def test_a_verified_case_is_closed_with_a_note(place):
    alert = report(exceedance(place), now=JUDGED)
    answer(alert=alert, by=person(), said=SAID, now=JUDGED + HOUR)
    verify(alert=alert, by=person(), now=JUDGED + 2 * HOUR)
    close(alert=alert, by=person(), note="Đã khắc phục", now=JUDGED + 3 * HOUR)
    alert.refresh_from_db()
    assert (alert.state, alert.next_step_at) == ("closed", None)


def test_each_step_is_taken_once_whoever_asks_how_often(place):
    alert = report(exceedance(place), now=JUDGED)
    for _ in range(3):
        keep_deadlines(now=JUDGED + 7 * DAY)
    for _ in range(10):
        keep_deadlines(now=JUDGED + 7 * DAY)
    assert len(told(alert)) == 6


def test_settle_keeps_the_deadlines_too(place, settings, tmp_path):
    settings.EMAIL_FOLDER = tmp_path
    alert = report(exceedance(place), now=JUDGED)
    call_command("settle", now=JUDGED + 10 * HOUR)
    assert told(alert)[0] == ("reminded", "canbo@stnmt.example")
