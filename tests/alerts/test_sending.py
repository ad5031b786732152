"""Mails are sent at least once, and every attempt is written down."""

from __future__ import annotations

import smtplib
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from alerts import mail
from alerts.domain.retrying import LEASE
from alerts.mail import sending
from alerts.models import Alert, Attempt, Message, Notification
from alerts.services import report, resolve
from alerts.services.posting import take_next
from alerts.tasks import send_mail
from tests.alerts.factories import HOUR, JUDGED, MINUTE, agency, exceedance, silence, station
from tests.alerts.servers import Postman, smtp_server

pytestmark = [pytest.mark.django_db, pytest.mark.servers]


class Killed(BaseException):
    """Stands for kill -9: nothing after it runs, no handler catches it."""


@pytest.fixture
def postman(settings: Any) -> Iterator[Postman]:
    with smtp_server(settings) as running:
        yield running


def told(**changes: Any) -> Alert:
    return report(exceedance(station(), **changes), now=JUDGED)


def attempts() -> list[tuple[int, str, bool]]:
    return [
        (a.number, a.outcome, a.finished_at is not None) for a in Attempt.objects.order_by("pk")
    ]


def test_a_mail_is_handed_to_the_server_with_its_trio(postman: Postman) -> None:
    alert = told()
    assert mail.send_due(now=JUDGED) == 1
    (taken,) = postman.taken
    assert taken["To"] == "vanhanh@mau.example"
    assert taken["X-QTTD-Attempt"] == "1"
    assert "COD" in taken["Subject"]
    parts = [part.get_content_type() for part in taken.iter_parts()]
    assert parts == ["text/plain", "text/html"]
    assert attempts() == [(1, "sent", True)]
    message = Message.objects.get()
    assert (message.state, taken["Message-ID"]) == ("sent", message.message_id)
    assert message.attempts.get().reply == "250 taken as number 7"
    assert alert.events.last().what == "mailed"


def test_nothing_is_sent_twice(postman: Postman) -> None:
    told()
    mail.send_due(now=JUDGED)
    assert mail.send_due(now=JUDGED + HOUR) == 0
    assert len(postman.taken) == 1


def test_the_first_leaves_at_once_and_the_rest_of_five_minutes_together(postman: Postman) -> None:
    of = station()
    report(exceedance(of), now=JUDGED)
    assert mail.send_due(now=JUDGED) == 1
    report(exceedance(of, parameter="TSS"), now=JUDGED + MINUTE)
    report(exceedance(of, parameter="NH4"), now=JUDGED + 2 * MINUTE)
    assert mail.send_due(now=JUDGED + 4 * MINUTE) == 0
    assert mail.send_due(now=JUDGED + 5 * MINUTE) == 1
    text = postman.taken[1].get_body(("plain",)).get_content()
    assert "TSS" in text
    assert "NH4" in text
    assert Notification.objects.exclude(state="grouped").count() == 0


def test_another_station_and_another_reader_wait_for_nobody(postman: Postman) -> None:
    agency(email="so@mau.example")
    told()
    mail.send_due(now=JUDGED)
    told()
    assert mail.send_due(now=JUDGED + MINUTE) == 2
    assert len(postman.taken) == 4


def test_a_silence_is_not_mailed_before_its_hour(postman: Postman) -> None:
    finding = silence(station(), since=JUDGED)
    report(finding, now=JUDGED + 20 * MINUTE)
    assert mail.send_due(now=JUDGED + 59 * MINUTE) == 0
    assert mail.send_due(now=JUDGED + 60 * MINUTE) == 1


def test_the_end_follows_in_the_thread_of_the_beginning(postman: Postman) -> None:
    of = station()
    report(silence(of, since=JUDGED), now=JUDGED + 20 * MINUTE)
    mail.send_due(now=JUDGED + HOUR)
    resolve(kind="silent_station", station_id=of.pk, at=JUDGED + 2 * HOUR, now=JUDGED + 2 * HOUR)
    mail.send_due(now=JUDGED + 2 * HOUR)
    first, second = postman.taken
    assert second["References"] == second["In-Reply-To"] == first["Message-ID"]


def test_not_now_is_tried_again_with_the_same_message_id(postman: Postman) -> None:
    told()
    postman.answers_to_rcpt = ["450 mailbox busy"]
    assert mail.send_due(now=JUDGED) == 0
    assert mail.send_due(now=JUDGED + MINUTE / 2) == 0
    assert mail.send_due(now=JUDGED + 2 * MINUTE) == 1
    (taken,) = postman.taken
    assert taken["X-QTTD-Attempt"] == "2"
    assert attempts() == [(1, "later", True), (2, "sent", True)]
    assert Attempt.objects.first().reply.startswith("450")


@pytest.mark.parametrize("at", ["answers_to_rcpt", "answers_to_data"])
def test_a_refusal_for_good_is_failed_and_stands_in_the_story(postman: Postman, at: str) -> None:
    alert = told()
    setattr(postman, at, ["550 no such mailbox"])
    assert mail.send_due(now=JUDGED) == 0
    assert mail.send_due(now=JUDGED + 2 * HOUR) == 0
    assert Message.objects.get().state == "failed"
    last = alert.events.last()
    assert (last.what, last.data["reply"]) == ("mail_failed", "550 no such mailbox")


def test_a_refused_mail_does_not_hold_up_the_next(postman: Postman) -> None:
    agency(email="so@mau.example")
    told()
    postman.answers_to_rcpt = ["550 no such mailbox"]
    assert mail.send_due(now=JUDGED) == 1


def test_a_server_that_is_down_delays_and_loses_nothing(settings: Any) -> None:
    told()
    with smtp_server(settings):
        pass
    assert mail.send_due(now=JUDGED) == 0
    message = Message.objects.get()
    assert (message.state, message.next_attempt_at > JUDGED) == ("waiting", True)
    with smtp_server(settings) as postman:
        assert mail.send_due(now=JUDGED + 2 * MINUTE) == 1
        assert len(postman.taken) == 1


def test_a_server_that_does_not_answer_is_left_after_the_timeout(
    postman: Postman, settings: Any
) -> None:
    told()
    postman.sleeps, settings.EMAIL_TIMEOUT = 2, 0.3
    assert mail.send_due(now=JUDGED) == 0
    assert attempts() == [(1, "later", True)]


def test_a_mail_taken_without_an_answer_goes_again_under_the_same_id(postman: Postman) -> None:
    told()
    postman.drops_after_data = 1
    mail.send_due(now=JUDGED)
    mail.send_due(now=JUDGED + 2 * MINUTE)
    first, second = postman.taken
    assert first["Message-ID"] == second["Message-ID"]
    assert (first["X-QTTD-Attempt"], second["X-QTTD-Attempt"]) == ("1", "2")


STEPS = [
    (sending, "gather", "before"),
    (sending, "gather", "after"),
    (sending, "take_next", "before"),
    (sending, "take_next", "after"),
    (smtplib.SMTP, "ehlo", "before"),
    (smtplib.SMTP, "mail", "before"),
    (smtplib.SMTP, "rcpt", "before"),
    (smtplib.SMTP, "data", "before"),
    (smtplib.SMTP, "data", "after"),
    (sending, "finish", "before"),
    (sending, "finish", "after"),
]
SEEN_BY_SERVER = {("data", "after"), ("finish", "before"), ("finish", "after")}


@pytest.mark.parametrize(
    ("where", "step", "when"), STEPS, ids=[f"{when} {step}" for _, step, when in STEPS]
)
def test_a_kill_between_any_two_steps_loses_no_mail(
    postman: Postman, monkeypatch: pytest.MonkeyPatch, where: Any, step: str, when: str
) -> None:
    told()
    real = getattr(where, step)

    def killed(*given: Any, **named: Any) -> Any:
        if when == "after":
            real(*given, **named)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(where, step, killed)
        with pytest.raises(Killed):
            mail.send_due(now=JUDGED)
    mail.send_due(now=JUDGED + LEASE + MINUTE)
    ids = {taken["Message-ID"] for taken in postman.taken}
    assert ids == {Message.objects.get().message_id}
    twice = (step, when) in {("data", "after"), ("finish", "before")}
    assert [taken["X-QTTD-Attempt"] for taken in postman.taken] == (
        ["1", "2"] if twice else [str(Attempt.objects.last().number)]
    )
    assert Message.objects.get().state == "sent"
    assert Attempt.objects.filter(finished_at=None).count() == 0


def test_a_mail_being_sent_is_not_taken_by_another_before_its_lease_ends(
    postman: Postman,
) -> None:
    told()
    sending.gather(now=JUDGED, compose=sending.compose)
    assert take_next(now=JUDGED) is not None
    assert take_next(now=JUDGED + LEASE - MINUTE) is None
    again = take_next(now=JUDGED + LEASE)
    assert again is not None
    assert attempts() == [(1, "unknown", True), (2, "", False)]


def test_a_sender_that_lost_its_lease_changes_only_its_own_attempt(postman: Postman) -> None:
    told()
    sending.gather(now=JUDGED, compose=sending.compose)
    slow = take_next(now=JUDGED)
    quick = take_next(now=JUDGED + LEASE)
    assert slow is not None
    assert quick is not None
    sending.finish(slow, outcome=Attempt.Outcome.LATER, reply="450", now=JUDGED + LEASE)
    assert Message.objects.get().state == "sending"
    sending.finish(quick, outcome=Attempt.Outcome.SENT, reply="250", now=JUDGED + LEASE)
    assert Message.objects.get().state == "sent"


@pytest.mark.parametrize("address", ["khong co gi", "a@b, c@d", ""])
def test_an_address_that_is_none_is_refused_and_holds_nobody_up(
    postman: Postman, address: str
) -> None:
    agency(email="so@mau.example")
    told()
    sending.gather(now=JUDGED, compose=sending.compose)
    Message.objects.filter(to="vanhanh@mau.example").update(to=address)
    assert mail.send_due(now=JUDGED) == 1
    assert Message.objects.get(to=address).state == "failed"


def test_a_note_that_cannot_be_written_stops_no_other(
    postman: Postman, monkeypatch: pytest.MonkeyPatch
) -> None:
    agency(email="so@mau.example")
    alert = told()
    real = sending.compose

    def broken(notes: Any, now: Any) -> Any:
        if notes[0].audience == "operator":
            raise ValueError("chữ hỏng")
        return real(notes, now)

    monkeypatch.setattr(sending, "compose", broken)
    assert mail.send_due(now=JUDGED) == 1
    assert alert.notifications.get(audience="operator").state == "failed"
    assert alert.events.filter(what="mail_failed").exists()


@pytest.mark.django_db(transaction=True)
def test_several_workers_at_once_send_each_mail_once(postman: Postman) -> None:
    of = station()
    for number in range(20):
        Message.objects.create(
            message_id=f"<{number}@mau.example>",
            to="vanhanh@mau.example",
            language="vi",
            station=of,
            subject=str(number),
            text="x",
            html="x",
            created_at=JUDGED,
            next_attempt_at=JUDGED,
        )
    together = threading.Barrier(4)

    def work() -> None:
        together.wait(10)
        try:
            mail.send_due(now=JUDGED)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(int(taken["Subject"]) for taken in postman.taken) == list(range(20))
    assert Attempt.objects.count() == 20


def test_the_task_sends_by_the_real_clock(postman: Postman) -> None:
    told()
    assert send_mail() == 1


def test_without_a_server_the_mails_lie_in_a_folder(settings: Any, tmp_path: Path) -> None:
    settings.EMAIL_FOLDER = tmp_path / "mails"
    told()
    assert mail.send_due(now=JUDGED) == 1
    (file,) = (tmp_path / "mails").iterdir()
    assert file.suffix == ".eml"
    kept = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert kept["To"] == "vanhanh@mau.example"


def test_a_repeat_into_the_folder_lies_where_the_first_one_lay(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EMAIL_FOLDER = tmp_path
    told()

    def killed(*given: Any, **named: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(sending, "finish", killed)
        with pytest.raises(Killed):
            mail.send_due(now=JUDGED)
    mail.send_due(now=JUDGED + LEASE + MINUTE)
    (file,) = tmp_path.iterdir()
    assert message_from_bytes(file.read_bytes(), policy=policy.default)["X-QTTD-Attempt"] == "2"
