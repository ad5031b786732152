"""Maintenance, calibration and stops: announced, decided, taken back; what they hold back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from alerts.domain import kinds
from alerts.domain.muting import MAY_BE_HELD_BACK
from alerts.models import Alert, Maintenance, Notification, WorkHolds
from alerts.services import acknowledge, report, resolve
from alerts.services.escalating import keep_deadlines
from alerts.services.findings import Finding
from monitoring.models import DirtyHour
from monitoring.services.announcing import (
    AlreadyDecided,
    Announced,
    BadSpan,
    CannotAnnounce,
    ReasonMissing,
    announce,
    approve,
    end_early,
    refuse,
    withdraw,
)
from stations.domain.wording import in_vietnam
from stations.models import Person, Station
from tests.alerts.factories import (
    JUDGED,
    agency,
    exceedance,
    person,
    silence,
    station,
    warning,
)
from tests.factories import ChannelFactory
from tests.flow.register import NOON, station_with
from tests.monitoring.timeline import results as judged
from tests.monitoring.timeline import send, settle

pytestmark = pytest.mark.django_db

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
START = JUDGED  # Wednesday 22/5/2024, half past midnight
END = START + 8 * HOUR


@pytest.fixture
def place() -> Station:
    made = station()
    ChannelFactory(station=made, symbol="COD")
    ChannelFactory(station=made, symbol="TSS")
    agency(email="canhbao@stnmt.example")
    return made


@pytest.fixture
def officer() -> Person:
    return person(name="Người trước")


def announced(at: Station, **changes: Any) -> Maintenance:
    given: dict[str, Any] = {
        "what": "maintenance", "start": START, "end": END, "reason": "Thay bơm", "parameters": ()
    }  # fmt: skip
    given |= changes
    return announce(wanted=Announced(at, **given), by=person(), now=START - HOUR)


def approved(at: Station, officer: Person, *, now: datetime = START - HOUR, **changes: Any) -> Any:
    return approve(work=announced(at, **changes), by=officer, now=now)


def finding(at: Station, kind: str, begin: datetime, *, parameter: str = "COD") -> Finding:
    of_station = kind in (kinds.SILENT_STATION, kinds.SILENT_12H, kinds.UNREADABLE_FILES)
    return Finding(
        kind=kind, station_id=at.pk, start=begin, end=begin + HOUR,
        parameter="" if of_station else parameter,
    )  # fmt: skip


def due(alert: Alert) -> list[datetime]:
    return sorted(alert.notifications.filter(state="waiting").values_list("due_at", flat=True))


def test_what_is_announced_holds_nothing_back_before_the_department_agrees(place: Station) -> None:
    announced(place)
    alert = report(silence(place, since=START + HOUR), now=START + 2 * HOUR)
    assert alert.held_back_by is None
    assert due(alert)[0] == START + 2 * HOUR  # an hour after the last file


def test_a_silence_within_approved_work_is_told_an_hour_after_its_end(
    place: Station, officer: Person
) -> None:
    work = approved(place, officer)
    alert = report(silence(place, since=START + HOUR), now=START + 2 * HOUR)
    alert.refresh_from_db()
    assert (alert.state, alert.held_back_by) == ("open", work)
    assert set(due(alert)) == {END + HOUR}
    assert alert.events.get(what="held_back").data["work"] == work.pk


def test_what_is_over_when_the_work_ends_is_told_nobody(place: Station, officer: Person) -> None:
    approved(place, officer)
    alert = report(silence(place, since=START + HOUR), now=START + 2 * HOUR)
    resolve(kind="silent_station", station_id=place.pk, at=END - MINUTE, now=END)
    assert set(alert.notifications.values_list("state", flat=True)) == {"dropped"}


def test_deadlines_count_from_the_end_of_the_work(place: Station, officer: Person) -> None:
    approved(place, officer)
    alert = report(silence(place, since=START + HOUR), now=START + 2 * HOUR)
    assert alert.answer_due_at == END + 24 * HOUR
    assert alert.acknowledge_due_at is not None
    assert alert.acknowledge_due_at > END
    keep_deadlines(now=END - MINUTE)
    assert not alert.events.filter(what__in=("reminded", "escalated")).exists()


@pytest.mark.parametrize("begins", [START - MINUTE, END], ids=["before", "at its end"])
def test_what_begins_outside_of_the_work_is_told_as_ever(
    place: Station, officer: Person, begins: datetime
) -> None:
    approved(place, officer)
    alert = report(finding(place, kinds.DEVICE_FAULT, begins), now=begins + HOUR)
    assert alert.held_back_by is None


@pytest.mark.parametrize("begins", [START, END - MINUTE], ids=["first", "last"])
def test_what_begins_within_the_work_is_held_back(
    place: Station, officer: Person, begins: datetime
) -> None:
    approved(place, officer)
    alert = report(finding(place, kinds.DEVICE_FAULT, begins), now=begins + HOUR)
    assert alert.held_back_by is not None


def test_a_silence_counts_from_the_file_that_was_missed(place: Station, officer: Person) -> None:
    """The logger was switched off with its last file sent five minutes before the work began."""
    approved(place, officer)
    said = Finding(
        kind="silent_station", station_id=place.pk, start=START - 5 * MINUTE,
        end=START + 18 * MINUTE, evidence={"silent_after": (START + 15 * MINUTE).isoformat()},
    )  # fmt: skip
    assert report(said, now=START + 18 * MINUTE).held_back_by is not None


@pytest.mark.parametrize("what", ["maintenance", "calibration", "stop"])
@pytest.mark.parametrize("kind", kinds.KINDS)
def test_each_kind_is_held_back_or_not_as_the_table_says(
    place: Station, officer: Person, what: str, kind: str
) -> None:
    approved(place, officer, what=what)
    begins = START - 8 * HOUR if kind == kinds.SILENT_12H else START + HOUR
    alert = report(finding(place, kind, begins), now=START + 2 * HOUR)
    of_logger = {kinds.SILENT_STATION, kinds.SILENT_12H, kinds.WRONG_CLOCK, kinds.UNREADABLE_FILES}
    table = set(MAY_BE_HELD_BACK) - (of_logger if what == "calibration" else set())
    assert (alert.held_back_by is not None) == (kind in table)


@pytest.mark.parametrize(("day", "held"), [(0, True), (1, False)])
def test_work_keeps_what_held_on_the_day_on_which_it_was_approved(
    place: Station, officer: Person, day: int, held: bool
) -> None:
    """From the second day on the department holds back no fault of what it approves then."""
    turn = in_vietnam(START).date() + timedelta(days=1)
    old = WorkHolds.objects.get(what="maintenance")
    old.valid_until = turn - timedelta(days=1)
    old.save()
    WorkHolds.objects.create(what="maintenance", kinds=["silent_station"], valid_from=turn)
    work = approved(place, officer, end=START + 72 * HOUR, now=START + day * 24 * HOUR)
    assert (kinds.DEVICE_FAULT in work.holds_back) == held
    begins = START + 48 * HOUR  # another table holds by then
    alert = report(finding(place, kinds.DEVICE_FAULT, begins), now=begins + HOUR)
    assert (alert.held_back_by is not None) == held


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_the_database_refuses_what_was_measured_in_approved_work_and_in_a_case(
    place: Station, officer: Person, kind: str
) -> None:
    work = approved(place, officer)
    alert = report(finding(place, kinds.DEVICE_FAULT, START + HOUR), now=START + 2 * HOUR)
    works, cases = Maintenance.objects.filter(pk=work.pk), Alert.objects.filter(pk=alert.pk)
    if kind in MAY_BE_HELD_BACK:
        assert works.update(holds_back=[kind]) == 1
        assert cases.update(kind=kind) == 1
        return
    with pytest.raises(IntegrityError, match="what_was_measured"), transaction.atomic():
        works.update(holds_back=[kind])
    with pytest.raises(IntegrityError, match="what_was_measured"), transaction.atomic():
        cases.update(kind=kind)


def test_what_nobody_approved_holds_nothing(place: Station) -> None:
    work = announced(place)
    assert work.holds_back == []
    with pytest.raises(IntegrityError, match="only_approved"), transaction.atomic():
        Maintenance.objects.filter(pk=work.pk).update(holds_back=["device_fault"])


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_the_database_lets_nobody_hold_back_what_was_measured(kind: str) -> None:
    rows = WorkHolds.objects.filter(what="stop")
    if kind in MAY_BE_HELD_BACK:
        assert rows.update(kinds=[kind]) == 1
    else:
        with pytest.raises(IntegrityError, match="what_was_measured"), transaction.atomic():
            rows.update(kinds=["device_fault", kind])


def test_a_sort_of_work_of_which_nobody_says_anything_holds_nothing_back(
    place: Station, officer: Person
) -> None:
    WorkHolds.objects.all().delete()
    approved(place, officer)
    alert = report(finding(place, kinds.DEVICE_FAULT, START + HOUR), now=START + 2 * HOUR)
    assert alert.held_back_by is None


def test_what_is_measured_is_never_held_back_whatever_was_announced(
    place: Station, officer: Person
) -> None:
    for what in Maintenance.What.values:
        for day in (-2, 30):
            approved(place, officer, what=what, start=START + day * 24 * HOUR,
                     end=START + (day + 4) * 24 * HOUR)  # fmt: skip
    over = report(exceedance(place), now=JUDGED)
    near = report(warning(place, day=30, ratio="1.2"), now=START + 30 * 24 * HOUR)
    for alert in (over, near):
        assert (alert.held_back_by, alert.events.filter(what="held_back").count()) == (None, 0)
    assert Notification.objects.filter(alert=over, due_at=JUDGED).exists()
    never = {kinds.EXCEEDANCE, kinds.EARLY_WARNING, kinds.CHANGED_VALUES, kinds.WRONG_SENDER}
    assert not never & set(MAY_BE_HELD_BACK)


def test_work_on_one_parameter_explains_no_other_and_no_station(
    place: Station, officer: Person
) -> None:
    approved(place, officer, parameters=("COD",))
    fault = kinds.DEVICE_FAULT
    held = report(finding(place, fault, START + HOUR), now=START + 2 * HOUR)
    other = report(finding(place, fault, START + HOUR, parameter="TSS"), now=START + 2 * HOUR)
    whole = report(silence(place, since=START + HOUR), now=START + 2 * HOUR)
    assert [each.held_back_by is None for each in (held, other, whole)] == [False, True, True]


def test_works_that_follow_one_another_are_one(place: Station, officer: Person) -> None:
    approved(place, officer)
    approved(place, officer, start=END, end=END + 4 * HOUR)
    approved(place, officer, start=END + 5 * HOUR, end=END + 6 * HOUR)
    alert = report(silence(place, since=START + HOUR), now=START + 2 * HOUR)
    assert set(due(alert)) == {END + 5 * HOUR}


def test_a_neighbours_work_explains_nothing_here(place: Station, officer: Person) -> None:
    approved(station(), officer)
    assert report(silence(place, since=START + HOUR), now=START + 2 * HOUR).held_back_by is None


def test_work_approved_afterwards_holds_back_what_is_not_told_yet(
    place: Station, officer: Person
) -> None:
    alert = report(silence(place, since=START + HOUR), now=START + 80 * MINUTE)
    work = approved(place, officer, now=START + 90 * MINUTE)
    alert.refresh_from_db()
    assert (alert.held_back_by, set(due(alert))) == (work, {END + HOUR})
    assert alert.answer_due_at == END + 24 * HOUR


def test_work_that_is_taken_back_lets_go_what_it_held(place: Station, officer: Person) -> None:
    work = approved(place, officer)
    alert = report(silence(place, since=START + HOUR), now=START + 2 * HOUR)
    withdraw(work=work, by=work.declared_by, reason="Hoãn", now=START + 3 * HOUR)
    alert.refresh_from_db()
    assert (alert.held_back_by, set(due(alert))) == (None, {START + 4 * HOUR})
    assert alert.answer_due_at == START + 27 * HOUR
    assert list(alert.events.values_list("what", flat=True))[-1] == "let_go"


def test_work_that_ends_early_holds_back_until_then(place: Station, officer: Person) -> None:
    work = approved(place, officer)
    alert = report(silence(place, since=START + HOUR), now=START + 2 * HOUR)
    ended = end_early(work=work, by=work.declared_by, now=START + 3 * HOUR)
    assert (ended.end, ended.planned_end) == (START + 3 * HOUR, END)
    alert.refresh_from_db()
    assert (alert.held_back_by, set(due(alert))) == (work, {START + 4 * HOUR})


def test_an_officer_who_has_taken_the_case_keeps_it(place: Station, officer: Person) -> None:
    alert = report(silence(place, since=START + HOUR), now=START + 80 * MINUTE)
    acknowledge(alert=alert, by=officer, now=START + 85 * MINUTE)
    approved(place, officer, now=START + 90 * MINUTE)
    alert.refresh_from_db()
    assert (alert.state, alert.acknowledged_by) == ("acknowledged", officer)
    assert alert.answer_due_at == END + 24 * HOUR


def test_of_two_who_decide_the_second_is_told(place: Station, officer: Person) -> None:
    work = announced(place)
    approve(work=work, by=officer, now=START)
    with pytest.raises(AlreadyDecided, match="Người trước"):
        refuse(work=work, by=person(), note="Không", now=START)
    with pytest.raises(AlreadyDecided, match="Người trước"):
        approve(work=work, by=person(), now=START)


def test_what_was_taken_back_is_decided_by_nobody(place: Station, officer: Person) -> None:
    work = announced(place)
    withdraw(work=work, by=officer, reason="Hoãn", now=START)
    with pytest.raises(AlreadyDecided):
        approve(work=work, by=person(), now=START)
    with pytest.raises(AlreadyDecided):
        withdraw(work=work, by=person(), reason="Hoãn", now=START)


def test_what_was_refused_is_not_taken_back(place: Station, officer: Person) -> None:
    work = refuse(work=announced(place), by=officer, note="Không", now=START)
    with pytest.raises(AlreadyDecided):
        withdraw(work=work, by=person(), reason="Hoãn", now=START)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"end": START}, BadSpan),
        ({"end": START + timedelta(days=92, seconds=1)}, BadSpan),
        ({"start": START - HOUR - timedelta(days=31, seconds=1)}, BadSpan),
        ({"reason": "  "}, ReasonMissing),
        ({"what": "holiday"}, CannotAnnounce),
        ({"parameters": ("Hg",)}, CannotAnnounce),
    ],
)
def test_what_makes_no_sense_is_not_announced(
    place: Station, changes: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        announced(place, **changes)
    assert not Maintenance.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [{"end": START + timedelta(days=92)}, {"start": START - HOUR - timedelta(days=31)}],
    ids=["long", "long ago"],
)
def test_the_longest_and_the_earliest_may_be_announced(
    place: Station, changes: dict[str, Any]
) -> None:
    assert announced(place, **changes).pk


def test_a_refusal_says_why(place: Station, officer: Person) -> None:
    with pytest.raises(ReasonMissing):
        refuse(work=announced(place), by=officer, note=" ", now=START)


@pytest.mark.parametrize(
    "columns",
    [
        {"decision": "approved"},
        {"decision": "refused", "decided_at": START},
        {"cancelled_at": START},
        {"ended_early_at": START},
        {"planned_end": END + HOUR},
        {"reason": ""},
    ],
)
def test_who_and_when_stand_or_fall_together(place: Station, columns: dict[str, Any]) -> None:
    work = announced(place)
    with pytest.raises(IntegrityError), transaction.atomic():
        Maintenance.objects.filter(pk=work.pk).update(**columns)


def test_announced_afterwards_is_after_the_beginning(place: Station) -> None:
    early = announce(
        wanted=Announced(place, "stop", START, END, "Nghỉ Tết"), by=person(), now=START
    )
    late = announce(
        wanted=Announced(place, "stop", START, END, "Nghỉ Tết"), by=person(), now=START + MINUTE
    )
    assert (early.declared_afterwards, late.declared_afterwards) == (False, True)


def test_an_approved_stop_judges_its_hours_again_and_its_end_too(officer: Person) -> None:
    made = station_with()
    send(made, NOON, ["90"] * 6)
    settle(NOON + 2 * HOUR)
    assert judged(made) == {NOON: "not_enough_data"}
    wanted = Announced(made, "stop", NOON + 30 * MINUTE, NOON + 6 * HOUR, "Nghỉ")
    work = announce(wanted=wanted, by=officer, now=NOON + 2 * HOUR)
    assert not DirtyHour.objects.exists()
    work = approve(work=work, by=officer, now=NOON + 2 * HOUR)
    settle(NOON + 2 * HOUR)
    assert judged(made)[NOON] == "exceeded"
    work = end_early(work=work, by=officer, now=NOON + 3 * HOUR)
    settle(NOON + 3 * HOUR)
    assert judged(made)[NOON] == "exceeded"
    withdraw(work=work, by=officer, reason="Nhầm", now=NOON + 3 * HOUR)
    settle(NOON + 3 * HOUR)
    assert judged(made)[NOON] == "not_enough_data"


def test_a_calibration_expects_all_that_it_expected(officer: Person) -> None:
    made = station_with()
    send(made, NOON, ["90"] * 6)
    settle(NOON + 2 * HOUR)
    wanted = Announced(made, "calibration", NOON + 30 * MINUTE, NOON + HOUR, "Hiệu chuẩn")
    work = announce(wanted=wanted, by=officer, now=NOON + 2 * HOUR)
    approve(work=work, by=officer, now=NOON + 2 * HOUR)
    assert not DirtyHour.objects.exists()


@pytest.mark.parametrize("covered", [True, False])
def test_a_new_alert_asks_once_which_work_covers_it(
    place: Station, officer: Person, covered: bool
) -> None:
    if covered:
        approved(place, officer)
    with CaptureQueriesContext(connection) as asked:
        alert = report(finding(place, kinds.DEVICE_FAULT, START + HOUR), now=START + 2 * HOUR)
    assert (alert.held_back_by is not None) == covered
    of_works = [one for one in asked.captured_queries if 'FROM "alerts_maintenance"' in one["sql"]]
    assert len(of_works) == 1
