"""Who excludes what, until when, and what a closed month asks for."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from monitoring.models import ClosedMonth, Exclusion, Layer, Verdict
from monitoring.services import exclusions, months
from monitoring.services.exclusions import Wanted
from stations.models import Agency, Channel, Document, Membership, Person, RuleSetting, Station
from stations.services.grants import rebuild_grants
from tests.factories import (
    AgencyFactory,
    JurisdictionFactory,
    MembershipFactory,
    PersonFactory,
)
from tests.flow.register import NOON, station_with
from tests.monitoring.timeline import DAY, HOUR, MIDNIGHT, MINUTE, send_hour, settle

pytestmark = pytest.mark.django_db

MAY = date(2024, 5, 1)
JUNE_FIRST = MIDNIGHT + 11 * DAY
"""1/6/2024 00:00 in Vietnam."""
LATER = JUNE_FIRST + 2 * HOUR


@pytest.fixture
def station() -> Station:
    """An hour at noon of 21/5/2024, judged."""
    station = station_with()
    send_hour(station, NOON, "90")
    settle(NOON + 2 * HOUR)
    return station


def of_the_department(role: str) -> Person:
    agency = Agency.objects.filter(kind=Agency.Kind.ENVIRONMENT).first() or AgencyFactory()
    if not agency.jurisdictions.exists():
        JurisdictionFactory(agency=agency)
    person = PersonFactory(name=f"Người {role}")
    MembershipFactory(person=person, agency=agency, role=role)
    rebuild_grants()
    return person


@pytest.fixture
def officer() -> Person:
    return of_the_department(Membership.Role.OFFICER)


@pytest.fixture
def head() -> Person:
    return of_the_department(Membership.Role.HEAD)


@pytest.fixture
def operator() -> Person:
    return PersonFactory(name="Trực ca")


def paper(number: str = "BB số 7") -> Document:
    return Document.objects.get_or_create(number=number)[0]


def wanted(station: Station, **changes: object) -> Wanted:
    given: dict[str, object] = {
        "channel": Channel.objects.get(station=station),
        "start": NOON,
        "end": NOON + 30 * MINUTE,
        "why": "fault",
        "words": "Điện cực hỏng.",
        "document": None,
    }
    return Wanted(**(given | changes))  # type: ignore[arg-type]


def asked(station: Station, operator: Person) -> Exclusion:
    return exclusions.ask(wanted=wanted(station), by=operator, now=NOON + DAY)


def approved_verdicts() -> int:
    return Verdict.objects.in_effect(Layer.APPROVED).count()


def test_what_is_asked_for_counts_only_once_it_is_approved(
    station: Station, operator: Person, officer: Person
) -> None:
    row = asked(station, operator)
    assert (row.state, approved_verdicts()) == ("asked", 0)
    exclusions.approve(exclusion=row, by=officer, document=paper(), now=NOON + 2 * DAY)
    row.refresh_from_db()
    assert (row.state, row.decided_by, row.document) == ("approved", officer, paper())
    assert approved_verdicts() == 1


@pytest.mark.parametrize(
    ("now", "allowed"), [(JUNE_FIRST - MINUTE, True), (JUNE_FIRST, False)], ids=["last", "over"]
)
def test_an_operator_may_ask_for_ten_days(
    station: Station, operator: Person, now: datetime, allowed: bool
) -> None:
    """The span ended on 21/5: 31/5 is the last day."""
    if allowed:
        assert exclusions.ask(wanted=wanted(station), by=operator, now=now).pk
        return
    with pytest.raises(exclusions.TooLateToAsk) as refusal:
        exclusions.ask(wanted=wanted(station), by=operator, now=now)
    assert refusal.value.last == date(2024, 5, 31)


def test_the_days_to_ask_are_those_of_the_day_on_which_the_span_ended(
    station: Station, operator: Person
) -> None:
    RuleSetting.objects.filter(key=RuleSetting.Key.EXCLUSION_DAYS).update(
        valid_until=date(2024, 5, 20)
    )
    RuleSetting.objects.create(
        key=RuleSetting.Key.EXCLUSION_DAYS,
        value=Decimal(2),
        source="QĐ số 1",
        valid_from=date(2024, 5, 21),
    )
    with pytest.raises(exclusions.TooLateToAsk) as refusal:
        exclusions.ask(wanted=wanted(station), by=operator, now=NOON + 3 * DAY)
    assert refusal.value.last == date(2024, 5, 23)


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"end": NOON}, exclusions.BadSpan),
        ({"end": NOON + 2 * DAY}, exclusions.BadSpan),
        ({"start": NOON - 400 * DAY}, exclusions.BadSpan),
        ({"why": "because"}, exclusions.BadSpan),
        ({"words": "  "}, exclusions.WordsMissing),
    ],
    ids=["empty", "ahead", "too long", "no reason", "no words"],
)
def test_what_cannot_be_asked_for(
    station: Station, operator: Person, changes: dict[str, object], refused: type[Exception]
) -> None:
    with pytest.raises(refused):
        exclusions.ask(wanted=wanted(station, **changes), by=operator, now=NOON + DAY)
    assert not Exclusion.objects.exists()


def test_nothing_counts_without_a_document(
    station: Station, operator: Person, officer: Person
) -> None:
    row = asked(station, operator)
    with pytest.raises(exclusions.DocumentMissing):
        exclusions.approve(exclusion=row, by=officer, now=NOON + 2 * DAY)
    with pytest.raises(exclusions.DocumentMissing):
        exclusions.enter(wanted=wanted(station), by=officer, now=NOON + 2 * DAY)
    row.refresh_from_db()
    assert (row.state, approved_verdicts()) == ("asked", 0)


def test_a_refusal_has_a_reason_and_changes_nothing(
    station: Station, operator: Person, officer: Person
) -> None:
    row = asked(station, operator)
    with pytest.raises(exclusions.ReasonMissing):
        exclusions.refuse(exclusion=row, by=officer, note=" ", now=NOON + 2 * DAY)
    exclusions.refuse(exclusion=row, by=officer, note="Không có biên bản", now=NOON + 2 * DAY)
    row.refresh_from_db()
    assert (row.state, row.decision_note, approved_verdicts()) == (
        "refused",
        "Không có biên bản",
        0,
    )


def test_who_decides_second_is_told_who_was_first(
    station: Station, operator: Person, officer: Person, head: Person
) -> None:
    row = asked(station, operator)
    exclusions.refuse(exclusion=row, by=officer, note="Không có biên bản", now=NOON + 2 * DAY)
    with pytest.raises(exclusions.AlreadyDecided, match="Người officer"):
        exclusions.approve(exclusion=row, by=head, document=paper(), now=NOON + 2 * DAY)
    row.refresh_from_db()
    assert row.state == "refused"


def test_only_what_was_approved_is_taken_back_and_only_once(
    station: Station, operator: Person, officer: Person
) -> None:
    row = asked(station, operator)
    with pytest.raises(exclusions.AlreadyDecided):
        exclusions.revoke(exclusion=row, by=officer, reason="Nhầm", now=NOON + 2 * DAY)
    exclusions.approve(exclusion=row, by=officer, document=paper(), now=NOON + 2 * DAY)
    with pytest.raises(exclusions.ReasonMissing):
        exclusions.revoke(exclusion=row, by=officer, reason="", now=NOON + 2 * DAY)
    exclusions.revoke(exclusion=row, by=officer, reason="Nhầm", now=NOON + 2 * DAY)
    with pytest.raises(exclusions.AlreadyDecided):
        exclusions.revoke(exclusion=row, by=officer, reason="Nhầm", now=NOON + 2 * DAY)


def close(station: Station, by: Person) -> ClosedMonth:
    settle(LATER)
    return months.close_month(station=station, month=MAY, by=by, now=LATER)


@pytest.mark.parametrize(("now", "closes"), [(JUNE_FIRST - MINUTE, False), (LATER, True)])
def test_a_month_is_closed_once_it_is_over(
    station: Station, officer: Person, now: datetime, closes: bool
) -> None:
    settle(now)
    if closes:
        assert months.close_month(station=station, month=MAY, by=officer, now=now).closed_at == now
        return
    with pytest.raises(months.NotOver):
        months.close_month(station=station, month=MAY, by=officer, now=now)


def test_a_month_waits_for_its_last_verdicts(station: Station, officer: Person) -> None:
    settle(JUNE_FIRST + 10 * MINUTE)
    with pytest.raises(months.StillWaiting):
        months.close_month(station=station, month=MAY, by=officer, now=JUNE_FIRST + 10 * MINUTE)


def test_a_month_waits_for_data_that_are_not_worked_in(station: Station, officer: Person) -> None:
    settle(LATER)
    send_hour(station, NOON + HOUR, "20", received=LATER)
    with pytest.raises(months.StillWaiting):
        months.close_month(station=station, month=MAY, by=officer, now=LATER)


def test_a_month_waits_for_its_requests_and_names_them(
    station: Station, operator: Person, officer: Person
) -> None:
    row = asked(station, operator)
    with pytest.raises(months.StillWaiting) as refusal:
        close(station, officer)
    assert refusal.value.requests == [row]
    exclusions.refuse(exclusion=row, by=officer, note="Không", now=LATER)
    assert close(station, officer).station == station


def test_a_month_is_closed_once_and_the_second_is_told(
    station: Station, officer: Person, head: Person
) -> None:
    close(station, officer)
    with pytest.raises(months.AlreadyClosed, match="Người officer"):
        months.close_month(station=station, month=MAY, by=head, now=LATER)


def test_all_stations_of_a_facility_or_none(
    station: Station, operator: Person, officer: Person
) -> None:
    other = station_with()
    asked(station, operator)
    settle(LATER)
    with pytest.raises(months.StillWaiting):
        months.close_months(stations=[other, station], month=MAY, by=officer, now=LATER)
    assert not ClosedMonth.objects.exists()


def test_an_officer_may_not_change_a_closed_month(
    station: Station, officer: Person, head: Person
) -> None:
    close(station, officer)
    given = wanted(station, document=paper())
    with pytest.raises(months.NeedsLeave) as refusal:
        exclusions.enter(wanted=given, by=officer, head_reason="Vì tôi muốn", now=LATER)
    assert refusal.value.is_head is False
    assert not Exclusion.objects.exists()


def test_the_head_changes_a_closed_month_with_a_reason(
    station: Station, officer: Person, head: Person
) -> None:
    close(station, officer)
    given = wanted(station, document=paper())
    with pytest.raises(months.NeedsLeave) as refusal:
        exclusions.enter(wanted=given, by=head, head_reason=" ", now=LATER)
    assert refusal.value.is_head is True
    row = exclusions.enter(wanted=given, by=head, head_reason="Kết luận thanh tra", now=LATER)
    row.refresh_from_db()
    assert (row.head, row.head_reason) == (head, "Kết luận thanh tra")


def test_taking_back_in_a_closed_month_needs_leave_too(
    station: Station, officer: Person, head: Person
) -> None:
    row = exclusions.enter(wanted=wanted(station, document=paper()), by=officer, now=NOON + 2 * DAY)
    close(station, officer)
    with pytest.raises(months.NeedsLeave):
        exclusions.revoke(exclusion=row, by=officer, reason="Nhầm", now=LATER)
    exclusions.revoke(
        exclusion=row, by=head, reason="Nhầm", head_reason="Kết luận thanh tra", now=LATER
    )
    row.refresh_from_db()
    assert (row.state, row.head) == ("revoked", head)


def test_an_open_month_beside_a_closed_one_needs_no_leave(
    station: Station, officer: Person
) -> None:
    close(station, officer)
    june = JUNE_FIRST
    leave = months.require_leave([station.pk], june, june + HOUR, by=officer)
    assert leave == months.Leave()
    with pytest.raises(months.NeedsLeave):
        months.require_leave([station.pk], june - MINUTE, june + HOUR, by=officer)


def test_a_late_file_is_judged_and_the_month_says_what_changed(
    station: Station, officer: Person
) -> None:
    row = close(station, officer)
    assert months.changed_since(row) == months.ChangedSince([], 0)
    send_hour(station, NOON, "20", received=LATER + DAY)
    settle(LATER + DAY)
    changed = months.changed_since(row)
    assert ([v.result for v in changed.verdicts], changed.revisions) == (["within"], 12)
