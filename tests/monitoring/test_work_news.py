"""Announced work is told of in mails: to who may decide, and to who asked. Never as an alert."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from alerts.mail import send_due
from alerts.models import Alert, Maintenance, Message, Notification, QuietLetters, WorkNews
from alerts.services import report
from alerts.services.refusing import mark_refused
from alerts.services.subscribing import Wanted, subscribe, want_quiet_letters
from monitoring.services.announcing import (
    AlreadyDecided,
    Announced,
    announce,
    approve,
    end_early,
    refuse,
    withdraw,
)
from monitoring.services.timeline.playing import ScriptedDoor
from stations.models import Agency, Membership, Person, Station
from stations.services.grants import rebuild_grants
from tests.alerts.factories import JUDGED, agency, exceedance, person, station
from tests.factories import ChannelFactory

pytestmark = pytest.mark.django_db

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
START = JUDGED + 8 * HOUR  # 08:30 in Vietnam
END = START + 8 * HOUR
NOW = START - HOUR
CONTACT = "vanhanh@mau.example"


@pytest.fixture
def place() -> Station:
    made = station()
    ChannelFactory(station=made, symbol="COD")
    return made


@pytest.fixture
def department() -> Agency:
    return agency(email="canhbao@stnmt.example")


def member(of: Agency, email: str, role: str = "officer", **columns: Any) -> Person:
    made = person(email=email, **columns)
    Membership.objects.create(person=made, agency=of, role=role)
    rebuild_grants()
    return made


@pytest.fixture
def officer(department: Agency, place: Station) -> Person:
    return member(department, "canbo@stnmt.example")


@pytest.fixture
def operator(place: Station) -> Person:
    return person(email="truong.ca@mau.example")


def announced(at: Station, by: Person, **changes: Any) -> Maintenance:
    given: dict[str, Any] = {
        "what": "maintenance", "start": START, "end": END, "reason": "Thay bơm", "parameters": ()
    }  # fmt: skip
    return announce(wanted=Announced(at, **(given | changes)), by=by, now=NOW)


def sent(at: Any = NOW + 10 * MINUTE) -> list[tuple[str, str]]:
    """Whom the mails went to that leave until a moment, with their subjects."""
    known = set(Message.objects.values_list("pk", flat=True))
    with ScriptedDoor() as door:
        send_due(now=at, door=door)
    fresh = Message.objects.exclude(pk__in=known).order_by("to", "pk")
    return [(mail.to, mail.subject) for mail in fresh]


def test_who_may_decide_is_told_ten_minutes_later_and_nobody_else(
    place: Station, officer: Person, operator: Person
) -> None:
    member(agency("zones_board", what="all_zones"), "ban@bql.example")
    announced(place, operator)
    assert sent(NOW + 10 * MINUTE - timedelta(seconds=1)) == []
    mails = sent()
    assert [to for to, _subject in mails] == ["canbo@stnmt.example"]
    assert place.code in mails[0][1]


def test_the_letter_says_what_to_do_by_when_and_leads_to_the_announcement(
    place: Station, officer: Person, operator: Person
) -> None:
    work = announced(place, operator)
    sent()
    letter = Message.objects.get()
    first, second = letter.text.splitlines()[:2]
    assert "Bảo trì" in first
    assert place.code in first
    assert "08:30" in second
    assert "Thay bơm" in letter.text
    assert f"/works/{work.pk}/" in letter.text
    assert f"/works/{work.pk}/" in letter.html
    assert letter.purpose == "work"


def test_who_reads_english_is_written_to_in_english(
    place: Station, department: Agency, operator: Person
) -> None:
    member(department, "officer@stnmt.example", language="en")
    announced(place, operator)
    sent()
    assert "Approve or refuse it before 08:30" in Message.objects.get().text


def test_it_is_no_alert_and_no_notice_of_one(
    place: Station, officer: Person, operator: Person
) -> None:
    work = announced(place, operator)
    approve(work=work, by=officer, now=NOW)
    sent()
    assert not Alert.objects.exists()
    assert not Notification.objects.exists()


def test_several_announcements_come_in_one_mail(
    place: Station, officer: Person, operator: Person
) -> None:
    announced(place, operator)
    announced(place, operator, what="calibration", parameters=("COD",))
    mails = sent()
    assert len(mails) == 1
    assert "1" in mails[0][1]
    assert "COD" in Message.objects.get().text


def test_who_announced_it_and_the_operators_contacts_hear_of_the_decision(
    place: Station, officer: Person, operator: Person
) -> None:
    work = announced(place, operator)
    sent()
    approve(work=work, by=officer, now=NOW + 20 * MINUTE)
    mails = sent(NOW + 30 * MINUTE)
    assert [to for to, _subject in mails] == ["truong.ca@mau.example", CONTACT]


def test_the_reason_of_a_refusal_is_in_the_letter(
    place: Station, officer: Person, operator: Person
) -> None:
    work = announced(place, operator)
    sent()
    refuse(work=work, by=officer, note="Trùng kỳ quan trắc", now=NOW + 20 * MINUTE)
    sent(NOW + 30 * MINUTE)
    letter = Message.objects.get(to=CONTACT)
    assert "Trùng kỳ quan trắc" in letter.text
    assert "Trùng kỳ quan trắc" in letter.html


def test_what_is_decided_before_the_mail_left_is_asked_of_nobody(
    place: Station, officer: Person, operator: Person
) -> None:
    work = announced(place, operator)
    approve(work=work, by=officer, now=NOW + MINUTE)
    assert [to for to, _s in sent(NOW + HOUR)] == ["truong.ca@mau.example", CONTACT]
    asked = WorkNews.objects.get(step="announced")
    assert (asked.state, asked.why) == ("dropped", "overtaken: approved")


def test_what_is_taken_back_before_the_mail_left_is_told_nobody(
    place: Station, officer: Person, operator: Person
) -> None:
    work = announced(place, operator)
    withdraw(work=work, by=operator, reason="Hoãn", now=NOW + MINUTE)
    assert "canbo@stnmt.example" not in [to for to, _s in sent(NOW + HOUR)]


def test_what_is_taken_back_afterwards_is_told_who_knew(
    place: Station, officer: Person, operator: Person
) -> None:
    work = announced(place, operator)
    sent()
    withdraw(work=work, by=operator, reason="Hoãn", now=NOW + 20 * MINUTE)
    assert "canbo@stnmt.example" in [to for to, _s in sent(NOW + HOUR)]


def test_an_early_end_is_told_to_both_sides_but_not_to_who_ended_it(
    place: Station, officer: Person, operator: Person
) -> None:
    work = announced(place, operator)
    approve(work=work, by=officer, now=NOW)
    sent()
    end_early(work=Maintenance.objects.get(pk=work.pk), by=operator, now=START + HOUR)
    assert [to for to, _s in sent(START + 2 * HOUR)] == ["canbo@stnmt.example", CONTACT]


def test_the_second_who_decides_tells_nobody(
    place: Station, officer: Person, operator: Person
) -> None:
    work = announced(place, operator)
    approve(work=work, by=officer, now=NOW)
    before = WorkNews.objects.count()
    with pytest.raises(AlreadyDecided):
        refuse(work=work, by=officer, note="Không", now=NOW)
    assert WorkNews.objects.count() == before


def test_heads_are_asked_only_where_no_officer_may_decide(
    place: Station, department: Agency, operator: Person
) -> None:
    member(department, "truong@stnmt.example", "head")
    announced(place, operator)
    assert [to for to, _s in sent()] == ["truong@stnmt.example"]


def test_the_departments_mailbox_is_asked_where_nobody_of_it_has_an_address(
    place: Station, department: Agency, operator: Person
) -> None:
    announced(place, operator)
    assert [to for to, _s in sent()] == ["canhbao@stnmt.example"]


@pytest.mark.parametrize(
    ("pace", "due"),
    [
        ("at_once", NOW + 10 * MINUTE),
        ("hourly", NOW + 30 * MINUTE),  # NOW is 07:30
        ("daily", NOW + 23 * HOUR + 30 * MINUTE),
    ],
)
def test_news_comes_as_it_was_asked_for(
    place: Station, officer: Person, operator: Person, pace: str, due: Any
) -> None:
    want_quiet_letters(person=officer, works=pace, without=[])
    announced(place, operator)
    assert WorkNews.objects.get().due_at == due


def test_who_wants_none_gets_none_and_the_row_says_so(
    place: Station, officer: Person, operator: Person
) -> None:
    want_quiet_letters(person=officer, works="never", without=[])
    announced(place, operator)
    assert sent(NOW + 48 * HOUR) == []
    assert WorkNews.objects.get().why == "the reader asked for none"


@pytest.mark.parametrize(
    ("until", "due"),
    [(time(7, 40), NOW + 10 * MINUTE), (time(7, 41), NOW + 11 * MINUTE)],
    ids=["quiet hours over", "a minute left of them"],
)
def test_news_never_comes_in_quiet_hours(
    place: Station, officer: Person, operator: Person, until: time, due: Any
) -> None:
    quiet = Wanted([], [], 1, "at_once", quiet_from=time(22), quiet_until=until)
    subscribe(person=officer, wanted=quiet)
    announced(place, operator)
    assert WorkNews.objects.get().due_at == due


def test_an_address_that_refuses_gets_none_and_the_row_says_why(
    place: Station, officer: Person, operator: Person
) -> None:
    mark_refused(address="canbo@stnmt.example", reply="550 no such user", message=None, now=NOW)
    announced(place, operator)
    assert "canbo@stnmt.example" not in [to for to, _s in sent()]
    assert WorkNews.objects.get().why.startswith("the address refuses mail since")


def test_no_alert_waits_for_news_of_work_about_its_station(
    place: Station, officer: Person, operator: Person
) -> None:
    work = announced(place, operator)
    approve(work=work, by=officer, now=NOW)
    sent()
    at = NOW + 11 * MINUTE
    report(exceedance(place), now=at)
    assert CONTACT in [to for to, _s in sent(at)]


def test_what_follows_hangs_on_the_mail_before_it(
    place: Station, officer: Person, operator: Person
) -> None:
    work = announced(place, operator)
    sent()
    first = Message.objects.get()
    withdraw(work=work, by=operator, reason="Hoãn", now=NOW + 20 * MINUTE)
    sent(NOW + HOUR)
    second = Message.objects.filter(to=first.to).latest("pk")
    assert second.references.split() == [first.message_id]


@pytest.mark.parametrize(
    "columns",
    [{"state": "grouped"}, {"state": "dropped"}],
    ids=["in no mail", "dropped without a word"],
)
def test_the_database_refuses_news_without_its_mail_or_its_reason(
    place: Station, officer: Person, operator: Person, columns: dict[str, str]
) -> None:
    announced(place, operator)
    with pytest.raises(IntegrityError), transaction.atomic():
        WorkNews.objects.update(**columns)


def test_wishes_are_kept_once_a_person(officer: Person) -> None:
    want_quiet_letters(person=officer, works="hourly", without=[])
    want_quiet_letters(person=officer, works="never", without=["morning"])
    kept = QuietLetters.objects.get()
    assert (kept.works, kept.without) == ("never", ["morning"])
