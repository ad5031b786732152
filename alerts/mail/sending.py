"""Sends what is due, at least once, and writes each attempt down before and after."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from time import monotonic

from django.conf import settings

from alerts.mail.compose import compose
from alerts.mail.doors import Door, NotNow, Refused, open_door
from alerts.mail.work_letters import compose_work_news
from alerts.models import Attachment, Attempt, Message
from alerts.services.posting import AT_A_TIME, finish, gather, take_next
from alerts.services.work_news import gather_work_news

LONGEST_ROUND = timedelta(seconds=60)
Clock = Callable[[], datetime]


def send_due(*, now: datetime, door: Door | None = None) -> int:
    """Gathers what is due into mails and hands them over; how many were taken.

    `now` may be a moved clock; it goes on from there while this runs. Ends when nothing is due,
    when the server is down, or after a minute: the next round goes on. `door`: another way out
    than that of the settings.
    """
    while gather(now=now, compose=compose) == AT_A_TIME:
        continue
    gather_work_news(now=now, compose=compose_work_news)
    clock, end = _clock_from(now), now + LONGEST_ROUND
    speed = settings.EMAIL_PER_MINUTE if door is None else 0
    sent = 0
    with door or open_door() as way_out:
        while clock() < end and (attempt := take_next(now=clock(), per_minute=speed)) is not None:
            outcome = deliver(attempt, way_out, clock=clock)
            sent += outcome == Attempt.Outcome.SENT
            if outcome is None:
                break
    return sent


def deliver(attempt: Attempt, door: Door, *, clock: Clock) -> Attempt.Outcome | None:
    """Makes one attempt that is already written down. None: the whole server is down."""
    server_is_down = False
    try:
        reply = door.hand_over(as_mail(attempt.message, attempt=attempt.number))
        outcome = Attempt.Outcome.SENT
    except Refused as refusal:
        outcome, reply = Attempt.Outcome.REFUSED, refusal.reply
    except NotNow as delay:
        outcome, reply = Attempt.Outcome.LATER, delay.reply
        server_is_down = delay.whole_server
    finish(attempt, outcome=outcome, reply=reply, now=clock())
    return None if server_is_down else outcome


def as_mail(message: Message, *, attempt: int) -> EmailMessage:
    """The mail as it goes over the wire: the same in each attempt but for the attempt's number.

    Raises Refused for an address that is none: no attempt would ever do better.
    """
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = message.subject
    mail["From"] = settings.DEFAULT_FROM_EMAIL
    mail["To"] = message.to
    if len(mail["To"].addresses) != 1 or "@" not in mail["To"].addresses[0].addr_spec:
        raise Refused(f"{message.to!r} is no address")
    mail["Date"] = message.created_at
    mail["Message-ID"] = message.message_id
    if message.references:
        mail["References"] = message.references
        mail["In-Reply-To"] = message.references.split()[-1]
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-QTTD-Attempt"] = str(attempt)
    mail.set_content(message.text, cte="quoted-printable")
    mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
    _enclose(mail, list(message.attachments.order_by("pk")))
    return mail


def _enclose(mail: EmailMessage, enclosed: list[Attachment]) -> None:
    """Pictures beside the HTML that shows them, papers at the end."""
    html = mail.get_body(("html",))
    for one in enclosed:
        maintype, _, subtype = one.content_type.partition("/")
        content = bytes(one.content)
        if one.content_id and isinstance(html, EmailMessage):
            html.add_related(
                content,
                maintype=maintype,
                subtype=subtype,
                cid=one.content_id,
                filename=one.name,
                disposition="inline",
            )
    for one in enclosed:
        maintype, _, subtype = one.content_type.partition("/")
        if not one.content_id:
            mail.add_attachment(
                bytes(one.content), maintype=maintype, subtype=subtype, filename=one.name
            )


def _clock_from(now: datetime) -> Clock:
    """A clock that stands at `now` and goes on."""
    begun = monotonic()
    return lambda: now + timedelta(seconds=monotonic() - begun)
