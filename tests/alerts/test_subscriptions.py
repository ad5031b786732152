"""Who asked to hear is told, in their own way, and nobody is told what they may not see."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from alerts.domain.reach import Reach
from alerts.mail.compose import compose
from alerts.models import Message, Notification, RefusedAddress, Subscription
from alerts.services import Finding, report, resolve
from alerts.services.outbox import hold_late_notes
from alerts.services.posting import gather
from alerts.services.reached import reached
from alerts.services.subscribing import Wanted, subscribe, unsubscribe
from monitoring.views.explain_words import waits_words
from stations.models import Membership, Person
from stations.services.grants import rebuild_grants
from tests.alerts.factories import (
    DAY,
    HOUR,
    JUDGED,
    MIDNIGHT,
    MINUTE,
    agency,
    exceedance,
    person,
    silence,
    station,
    zone,
)

pytestmark = pytest.mark.django_db


def member(of: Any, **columns: Any) -> Person:
    someone = person(email="canbo@stnmt.example", language="vi", **columns)
    Membership.objects.create(person=someone, agency=of, role="officer")
    rebuild_grants()
    return someone


def wish(of: Person, **changes: Any) -> Subscription:
    wanted = {"kinds": (), "facilities": (), "least_severity": 1, "pace": "at_once"} | changes
    return subscribe(person=of, wanted=Wanted(**wanted))


def notes(address: str = "canbo@stnmt.example") -> list[Notification]:
    return list(Notification.objects.filter(address=address).order_by("pk"))


def test_who_asked_is_told_beside_the_agencys_mailbox() -> None:
    officer = member(agency(email="so@stnmt.example"))
    of = station()
    report(exceedance(of), now=JUDGED)
    assert notes() == []
    wish(officer)
    report(exceedance(of, parameter="TSS"), now=JUDGED)
    (note,) = notes()
    assert (note.person_id, note.due_at, note.together) == (officer.pk, JUDGED, False)
    assert len(notes("so@stnmt.example")) == 2


def test_who_may_not_see_a_station_is_told_nothing_of_it() -> None:
    from stations.models import Unit

    unit = Unit.objects.create(code="XA", kind="district", name="Huyện Xa")
    stranger = member(agency("district_committee", what="unit", unit=unit))
    wish(stranger)
    report(exceedance(station()), now=JUDGED)
    assert notes() == []


def test_one_mail_a_person_whatever_number_of_roles() -> None:
    officer = member(agency())  # the agency has no mailbox: its people are written to
    wish(officer)
    wish(officer, pace="hourly")
    of = station(operator_email="canbo@stnmt.example")
    report(exceedance(of), now=JUDGED)
    assert len(notes()) == 1


def test_what_is_hourly_leaves_together_in_one_mail_of_several_stations() -> None:
    officer = member(agency(email="so@stnmt.example"))
    wish(officer, pace="hourly")
    at = JUDGED + 10 * MINUTE  # 00:40 in Vietnam
    first, second = station(), station()
    report(exceedance(first), now=at)
    report(exceedance(second), now=at + 3 * MINUTE)
    gather(now=at + 5 * MINUTE, compose=compose)
    assert not Message.objects.filter(to="canbo@stnmt.example").exists()
    gather(now=at + 20 * MINUTE, compose=compose)
    (mail,) = Message.objects.filter(to="canbo@stnmt.example")
    assert mail.station_id is None
    assert first.code in mail.text
    assert second.code in mail.text


def test_a_silence_that_ends_within_the_hour_is_never_told_to_who_reads_hourly() -> None:
    officer = member(agency(email="so@stnmt.example"))
    wish(officer, pace="hourly", quiet_from=time(22), quiet_until=time(6))
    of = station()
    began = MIDNIGHT + HOUR  # 01:00 in Vietnam; told after an hour, quiet until 06:00
    report(silence(of, since=began), now=began + 20 * MINUTE)
    assert notes()[0].due_at == MIDNIGHT + 6 * HOUR
    end = began + 3 * HOUR
    resolve(kind="silent_station", station_id=of.pk, at=end, now=end)
    (note,) = notes()
    assert note.state == "dropped"
    assert [n.event.what for n in notes("so@stnmt.example")] == ["opened", "resolved"]


def test_an_unconfirmed_limit_is_told_to_no_operator_who_asked() -> None:
    of = station()
    staff = agency("operator", what="operator", operator=of.facility.operator)
    shift = member(staff)
    wish(shift)
    report(exceedance(of, confirmed=False), now=JUDGED)
    assert notes() == []
    report(exceedance(of, parameter="TSS"), now=JUDGED)
    assert [note.audience for note in notes()] == ["operator"]


def test_a_line_outage_is_one_mail_to_its_keeper_and_none_to_an_operator() -> None:
    agency("information_department", email="cntt@mau.example", what="links")
    agency(email="so@stnmt.example")
    here = zone()
    station(zone=here)
    finding = Finding(
        kind="line_outage",
        station_id=None,
        zone_id=here.pk,
        start=MIDNIGHT,
        end=MIDNIGHT + 20 * MINUTE,
    )
    report(finding, now=MIDNIGHT + 20 * MINUTE)
    assert [n.address for n in Notification.objects.all()] == ["cntt@mau.example"]
    gather(now=MIDNIGHT + HOUR, compose=compose)
    mail = Message.objects.get()
    assert mail.text.startswith("Sự cố đường truyền")
    assert here.name in mail.subject


def test_a_line_that_nobody_keeps_is_told_to_the_department() -> None:
    agency(email="so@stnmt.example")
    finding = Finding("line_outage", None, MIDNIGHT, MIDNIGHT + HOUR)
    report(finding, now=MIDNIGHT + HOUR)
    assert [n.address for n in Notification.objects.all()] == ["so@stnmt.example"]


def test_an_address_that_refuses_gets_a_note_that_says_so_and_no_mail() -> None:
    RefusedAddress.objects.create(address="VanHanh@mau.example", since=MIDNIGHT, reply="550 no")
    report(exceedance(station()), now=JUDGED)
    (note,) = notes("vanhanh@mau.example")
    assert note.state == "dropped"
    assert "refuses" in note.why
    assert gather(now=JUDGED + DAY, compose=compose) == 0


def test_nobody_changes_the_wish_of_another() -> None:
    department = agency(email="so@stnmt.example")
    officer = member(department)
    kept = wish(officer)
    other = person(email="khac@stnmt.example")
    assert not unsubscribe(person=other, number=kept.pk)
    with pytest.raises(Subscription.DoesNotExist):
        subscribe(person=other, wanted=Wanted((), (), 1, "daily"), number=kept.pk)
    client = Client()
    client.force_login(other)
    assert client.post(f"/mails/mine/{kept.pk}/forget/").status_code == 404
    asked = {f"w{kept.pk}-pace": "daily", f"w{kept.pk}-least_severity": "1", "number": kept.pk}
    assert client.post("/mails/mine/", asked).status_code == 404
    kept.refresh_from_db()
    assert kept.pace == "at_once"


def test_the_page_keeps_changes_and_forgets_a_wish() -> None:
    of = station()
    officer = member(agency(email="so@stnmt.example"))
    client = Client()
    client.force_login(officer)
    asked = {
        "number": "",
        "new-pace": "daily",
        "new-least_severity": "3",
        "new-kinds": ["exceedance", "silent_station"],
        "new-facilities": [str(of.facility_id)],
        "new-quiet_from": "22:00",
        "new-quiet_until": "06:00",
    }
    page = client.post("/mails/mine/", asked, follow=True).content.decode()
    kept = Subscription.objects.get()
    assert (kept.person, kept.pace, kept.least_severity) == (officer, "daily", 3)
    assert of.facility.name in page
    assert "22:00–06:00" in page
    half = client.post("/mails/mine/", {**asked, "new-quiet_until": ""})
    assert half.status_code == 400
    assert "cả giờ bắt đầu và giờ kết thúc" in half.content.decode()
    client.post("/mails/mine/language/", {"language": "en"})
    officer.refresh_from_db()
    assert officer.language == "en"
    client.post(f"/mails/mine/{kept.pk}/forget/")
    assert not Subscription.objects.exists()


def test_a_facility_of_another_cannot_be_asked_for() -> None:
    of = station()
    staff = agency("operator", what="operator", operator=station().facility.operator)
    shift = member(staff)
    client = Client()
    client.force_login(shift)
    asked = {
        "new-pace": "daily",
        "new-least_severity": "1",
        "new-facilities": [str(of.facility_id)],
    }
    answer = client.post("/mails/mine/", asked)
    assert answer.status_code == 400
    assert of.facility.name not in answer.content.decode()
    assert not Subscription.objects.exists()


def test_the_end_comes_in_the_same_way_as_the_beginning() -> None:
    officer = member(agency(email="so@stnmt.example"))
    wish(officer, pace="hourly")
    of = station()
    report(silence(of, since=MIDNIGHT), now=MIDNIGHT + 20 * MINUTE)
    gather(now=MIDNIGHT + HOUR, compose=compose)
    end = MIDNIGHT + timedelta(minutes=95)
    resolve(kind="silent_station", station_id=of.pk, at=end, now=end)
    assert [note.due_at for note in notes()] == [MIDNIGHT + HOUR, MIDNIGHT + 2 * HOUR]


@pytest.mark.parametrize(
    ("changes", "minutes", "words"),
    [
        ({}, 0, ""),
        ({"pace": "hourly"}, 20, "Người nhận đăng ký nhận gom hằng giờ."),
        (
            {"kinds": ("silent_station",)},
            6 * 60 + 20,
            "Người nhận không đăng ký loại này: theo quy định vẫn gửi, gom hằng ngày lúc 07:00.",
        ),
        (
            {"quiet_from": time(22), "quiet_until": time(6)},
            5 * 60 + 20,
            "Giờ không làm phiền của người nhận: 22:00–06:00.",
        ),
    ],
)
def test_the_reason_page_names_the_wish_and_when_the_mail_will_leave(
    changes: dict[str, Any], minutes: int, words: str
) -> None:
    """Due at 0:40; the person is told by the rule of the agency, which has no mailbox."""
    officer = member(agency())
    wish(officer, **changes)
    due = JUDGED + 10 * MINUTE
    alert = report(exceedance(station()), now=due)
    (told,) = [each for each in reached(alert) if each.address == officer.email]
    assert told.reach == Reach.WAITING
    assert told.at == due + minutes * MINUTE
    with translation.override("vi"):
        assert waits_words(told.waits) == words
    gather(now=told.at, compose=compose)
    (left,) = [each for each in reached(alert) if each.address == officer.email]
    assert (left.reach, left.waits) == (Reach.SENDING, told.waits)  # also afterwards


def test_a_back_fill_that_goes_on_calls_nobody_out_of_their_quiet_hours() -> None:
    officer = member(agency())
    wish(officer, quiet_from=time(22), quiet_until=time(6))
    of = station()
    report(replace(exceedance(of), late=True), now=JUDGED)
    (note,) = notes()
    morning = note.due_at
    assert morning == MIDNIGHT + DAY + 6 * HOUR
    hold_late_notes(station_id=of.pk, now=JUDGED + 10 * MINUTE)
    assert notes()[0].due_at == morning


def test_a_back_fill_that_goes_on_holds_who_has_no_wish() -> None:
    of = station()
    report(replace(exceedance(of), late=True), now=JUDGED)
    before = {note.due_at for note in notes("vanhanh@mau.example")}
    hold_late_notes(station_id=of.pk, now=JUDGED + 2 * MINUTE)
    after = {note.due_at for note in notes("vanhanh@mau.example")}
    assert (before, after) == ({JUDGED + 5 * MINUTE}, {JUDGED + 7 * MINUTE})
