"""What comes into our inbox: answers to their case, bounces to their mail, the rest aside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from alerts.domain.incoming import read_incoming
from alerts.domain.refusals import is_about_the_mailbox
from alerts.mail import inbox
from alerts.mail.compose import compose
from alerts.mail.inbox import InboxUnavailable, read_inbox
from alerts.models import Alert, CaseFile, InboundMail, Message, Notification, RefusedAddress
from alerts.services import report
from alerts.services.incoming import take_in
from alerts.services.posting import gather
from alerts.services.refusing import check_reach, mend
from tests.alerts.factories import DAY, HOUR, JUDGED, MINUTE, agency, exceedance, person, station
from tests.alerts.imap import Mailbox, imap_server

pytestmark = [pytest.mark.django_db, pytest.mark.servers]
LATER = JUDGED + 10 * MINUTE


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with imap_server() as running:
        yield running


def told(address: str = "vanhanh@mau.example") -> tuple[Alert, Message]:
    alert = report(exceedance(station(operator_email=address)), now=JUDGED)
    gather(now=JUDGED, compose=compose)
    return alert, Message.objects.get(to=address, notifications__alert=alert)


def read(box: Mailbox) -> int:
    return read_inbox(now=LATER, inbox=box.inbox)


def answer(to: Message, words: str, **headers: str) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    given = {
        "From": "Trực ca <vanhanh@mau.example>",
        "Subject": f"Re: {to.subject}",
        "Message-ID": "<tra-loi-1@mau.example>",
        "In-Reply-To": to.message_id,
    } | headers
    for name, value in given.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(words)
    return mail


def bounce(
    of: Message, *, status: str = "5.1.1", action: str = "failed", code: str = "550"
) -> bytes:
    return (
        "Return-Path: <>\r\n"
        "From: Mail Delivery System <MAILER-DAEMON@mx.example>\r\n"
        "To: qttd@so.example\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\n"
        f"Message-ID: <bounce-{status}-{of.pk}@mx.example>\r\n"
        "Auto-Submitted: auto-replied\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nI could not deliver it.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {of.to}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; {code} {status} <{of.to}>: no such\r\n    user here\r\n\r\n"
        "--b\r\nContent-Type: message/rfc822\r\n\r\n"
        f"From: qttd@so.example\r\nTo: {of.to}\r\nMessage-ID: {of.message_id}\r\n"
        "Subject: x\r\n\r\nbody\r\n--b--\r\n"
    ).encode()


def test_an_answer_is_attached_to_its_case_with_its_papers(box: Mailbox) -> None:
    alert, mail = told()
    words = "Đã giảm lưu lượng vào lúc 01:30.\n\nVào 22/05/2024 00:30, qttd đã viết:\n> COD 92"
    reply = answer(mail, words)
    reply.add_attachment(
        b"%PDF-1.4", maintype="application", subtype="pdf", filename="biên bản.pdf"
    )
    box.mails.append(reply.as_bytes())
    assert read(box) == 1
    kept = InboundMail.objects.get()
    assert (kept.sort, kept.alert, kept.answers) == ("reply", alert, mail)
    event = alert.events.get(what="replied")
    assert event.note == "Đã giảm lưu lượng vào lúc 01:30."
    assert event.data["from"] == "vanhanh@mau.example"
    paper = CaseFile.objects.get()
    with paper.file.open() as stored:
        assert (paper.name, paper.by, stored.read()) == ("biên bản.pdf", None, b"%PDF-1.4")
    assert alert.state == "open", "a mail is no explanation with its form"


def test_what_was_taken_in_is_marked_and_read_once(box: Mailbox) -> None:
    _alert, mail = told()
    box.mails.append(answer(mail, "Đã nhận").as_bytes())
    assert (read(box), box.seen) == (1, {1})
    assert read(box) == 0
    box.seen.clear()
    assert read(box) == 0, "known by its Message-ID"
    assert InboundMail.objects.count() == 1


def test_a_session_that_breaks_before_the_mark_takes_nothing_in_twice(box: Mailbox) -> None:
    alert, mail = told()
    box.mails.append(answer(mail, "Đã nhận").as_bytes())
    box.drops_before_store = 1
    with pytest.raises(InboxUnavailable):
        read(box)
    assert InboundMail.objects.count() == 1
    assert read(box) == 0
    assert box.seen == {1}
    assert alert.events.filter(what="replied").count() == 1


def test_a_mail_that_cannot_be_taken_in_holds_no_other_up(
    box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    _alert, mail = told()
    box.mails += [b"Subject: hong\r\n\r\n.", answer(mail, "Đã nhận").as_bytes()]

    def takes_most(raw: bytes, *, now: datetime) -> InboundMail | None:
        if raw.startswith(b"Subject: hong"):
            raise LookupError(raw)
        return take_in(raw, now=now)

    monkeypatch.setattr(inbox, "take_in", takes_most)
    assert (read(box), box.seen) == (1, {2})
    assert InboundMail.objects.get().sort == "reply"
    monkeypatch.undo()
    assert (read(box), box.seen) == (1, {1, 2}), "it was not lost"


@pytest.mark.parametrize(
    "change", [{"password": "wrong"}, {"folder": "Khác"}, {"port": 9}], ids=lambda c: next(iter(c))
)
def test_an_inbox_that_cannot_be_read_says_why(box: Mailbox, change: dict[str, object]) -> None:
    assert box.inbox is not None
    with pytest.raises(InboxUnavailable):
        read_inbox(now=LATER, inbox=replace(box.inbox, **change))  # type: ignore[arg-type]


def test_without_an_inbox_nothing_is_read() -> None:
    assert read_inbox(now=LATER) == 0


def test_a_bounce_for_good_marks_the_address_and_tells_the_department(box: Mailbox) -> None:
    agency(email="so@stnmt.example")
    alert, mail = told()
    box.mails.append(bounce(mail))
    read(box)
    kept = InboundMail.objects.get()
    assert (kept.sort, kept.answers, kept.alert) == ("bounce", mail, alert)
    mark = RefusedAddress.objects.get()
    assert mark.address == "vanhanh@mau.example"
    assert "no such user here" in mark.reply
    assert alert.events.filter(what="mail_failed", data__bounce=kept.pk).exists()
    fault = Alert.objects.get(kind="own_fault")
    assert fault.notifications.get().address == "so@stnmt.example"
    gather(now=LATER, compose=compose)
    told_so = Message.objects.get(notifications__alert=fault)
    assert "vanhanh@mau.example từ chối thư" in told_so.subject
    # and nothing more is sent there
    report(exceedance(alert.station, parameter="TSS"), now=LATER)
    dropped = Notification.objects.get(address="vanhanh@mau.example", alert__parameter="TSS")
    assert dropped.state == "dropped"


@pytest.mark.parametrize(
    ("status", "action", "code", "marks"),
    [
        ("5.1.1", "failed", "550", True),
        ("5.2.2", "failed", "552", True),
        ("5.4.1", "failed", "550", True),
        ("5.7.1", "failed", "550", False),
        ("4.4.1", "delayed", "451", False),
        ("4.2.2", "failed", "452", False),
        ("2.0.0", "relayed", "250", False),
    ],
)
def test_only_what_is_about_the_mailbox_marks_it(
    box: Mailbox, status: str, action: str, code: str, marks: bool
) -> None:
    _alert, mail = told()
    box.mails.append(bounce(mail, status=status, action=action, code=code))
    read(box)
    assert InboundMail.objects.get().sort == "bounce"
    assert RefusedAddress.objects.exists() is marks


def test_a_forged_bounce_without_an_id_of_ours_marks_nobody(box: Mailbox) -> None:
    _alert, mail = told()
    forged = replace_id(bounce(mail), mail.message_id, "<0000@so.example>")
    box.mails.append(forged)
    assert read(box) == 1
    assert InboundMail.objects.get().sort == "other"
    assert not RefusedAddress.objects.exists()


def replace_id(raw: bytes, old: str, new: str) -> bytes:
    assert old.encode() in raw
    return raw.replace(old.encode(), new.encode())


def test_a_bounce_in_plain_words_is_known_by_our_id(box: Mailbox) -> None:
    _alert, mail = told()
    old = EmailMessage(policy=SMTP)
    old["From"], old["Subject"] = "postmaster@cu.example", "failure notice"
    old["Message-ID"] = "<cu@cu.example>"
    old.set_content(f"550 5.1.1 user unknown\n\nMessage-ID: {mail.message_id}\n")
    box.mails.append(old.as_bytes())
    read(box)
    assert InboundMail.objects.get().sort == "bounce"
    assert RefusedAddress.objects.get().reply == "550 5.1.1 user unknown"


def test_an_absence_note_is_no_answer(box: Mailbox) -> None:
    alert, mail = told()
    box.mails.append(answer(mail, "Tôi nghỉ phép", Auto_Submitted="auto-replied").as_bytes())
    read(box)
    assert InboundMail.objects.get().sort == "other"
    assert not alert.events.filter(what="replied").exists()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff\xfe",
        b"From: a\r\nContent-Type: multipart/report; boundary=x\r\n\r\n--x",
        b"From: =?utf-8?b?//8=?=\r\nMessage-ID: <<>>\r\nSubject: \x80\r\n\r\n\x80",
        b"Content-Type: text/plain; charset=khongco\r\nMessage-ID: <a@b>\r\n\r\nch\xe1",
    ],
)
def test_what_is_no_proper_mail_is_kept_aside(box: Mailbox, raw: bytes) -> None:
    assert read_incoming(raw).sort == "other"
    box.mails.append(raw)
    assert read(box) == 1
    kept = InboundMail.objects.get()
    assert (kept.sort, bytes(kept.raw)) == ("other", raw)


@pytest.mark.parametrize(
    ("reply", "mailbox"),
    [
        ("550 5.1.1 no such user", True),
        ("550 no such mailbox", True),
        ("553 mailbox name not allowed", True),
        ("552 too large", False),
        ("554 5.7.1 relay access denied", False),
        ("550 5.7.1 rejected as spam", False),
        ("450 5.1.1 odd", True),
        ("421 later", False),
    ],
)
def test_whose_fault_a_refusal_is(reply: str, mailbox: bool) -> None:
    assert is_about_the_mailbox(reply) is mailbox


def test_a_facility_that_nobody_can_be_told_of_is_told_to_the_department() -> None:
    agency(email="so@stnmt.example")
    of, other = station(), station(operator_email="khac@mau.example")
    assert check_reach(now=JUDGED) == 0
    mark = RefusedAddress.objects.create(address="vanhanh@mau.example", since=JUDGED, reply="550")
    assert check_reach(now=JUDGED) == 1
    fault = Alert.objects.get(kind="own_fault")
    assert (fault.station, fault.source) == (of, "no_recipient")
    assert [note.address for note in fault.notifications.all()] == ["so@stnmt.example"]
    assert check_reach(now=JUDGED + HOUR) == 0, "told once"
    assert mend(refused=mark, by=person(), now=JUDGED + DAY)
    assert not mend(refused=mark, by=person(), now=JUDGED + DAY)
    assert check_reach(now=JUDGED + DAY) == 1
    fault.refresh_from_db()
    assert fault.resolved_at == JUDGED + DAY
    assert not Alert.objects.filter(station=other).exists()
