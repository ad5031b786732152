"""Makes mails of what is due, takes them for sending, and writes down how each attempt ended."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Case, Q, When
from django.db.models.functions import Lower

from alerts.domain.grouping import GATHERING, leaves_at
from alerts.domain.refusals import is_about_the_mailbox
from alerts.domain.retrying import next_attempt
from alerts.domain.routing import address_key
from alerts.models import Attachment, Attempt, Message, Notification, What
from alerts.models.outbox import lost_since
from alerts.services.cases import tell
from alerts.services.refusing import mark_refused

log = structlog.get_logger(__name__)

AT_A_TIME = 100
ONE_MINUTE = timedelta(minutes=1)
MOST_REFERENCES = 10
NOT_URGENT = (Message.Purpose.DIGEST, Message.Purpose.WORK)
"""Mails that wait for no alert, and for which none waits."""
GATHERER = 0x71_74_74_64_01  # the advisory lock of the one who gathers


@dataclass(frozen=True)
class Enclosed:
    """A file that goes with a mail; with a `content_id` it is shown inside the HTML."""

    name: str
    content_type: str
    content: bytes
    content_id: str = ""


@dataclass(frozen=True)
class Composed:
    """A mail's trio: subject of one line, plain text, HTML; and what goes with them."""

    subject: str
    text: str
    html: str
    enclosed: tuple[Enclosed, ...] = ()


Compose = Callable[[Sequence[Notification], datetime], Composed]


@transaction.atomic
def gather(*, now: datetime, compose: Compose) -> int:
    """Makes mails of the notes that may leave now, at most a hundred; how many.

    One gatherer at a time: two would each see half of what belongs into one mail.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [GATHERER])
    made = 0
    for notes in _by_reader_and_station(now):
        first_due = min(note.due_at for note in notes)
        waits = not notes[0].together  # what was held back has waited
        if waits and leaves_at(first_due, last_mail_at=_last_mail_at(notes[0], now)) > now:
            continue
        _post(notes, now=now, compose=compose)
        made += 1
        if made == AT_A_TIME:
            break
    return made


def _by_reader_and_station(now: datetime) -> list[list[Notification]]:
    """What goes into one mail: of one reader about one station, or all that was held back."""
    due = (
        Notification.objects.due(now)
        .select_related("alert__station__facility", "alert__zone", "event")
        .order_by(Lower("address"), "together", "station", "due_at", "pk")
    )
    groups = groupby(due, key=_reader_and_station)
    return [list(notes) for _reader, notes in groups]


def _reader_and_station(note: Notification) -> tuple[str, bool, int | None]:
    return address_key(note.address), note.together, None if note.together else note.station_id


def _last_mail_at(note: Notification, now: datetime) -> datetime | None:
    recent = Message.objects.filter(
        station=note.station, created_at__gt=now - GATHERING, created_at__lte=now
    ).exclude(purpose__in=NOT_URGENT)
    to_reader = recent.filter(to__iexact=note.address.strip())
    return to_reader.order_by("-created_at").values_list("created_at", flat=True).first()


def _post(notes: list[Notification], *, now: datetime, compose: Compose) -> None:
    """Lays one mail into the outbox. A note that cannot be written stops no other one."""
    try:
        with transaction.atomic():
            message = _write(notes, compose(notes, now), now=now)
            _mark(notes, state=Notification.State.GROUPED, message=message)
    except Exception as failure:
        log.exception("mail_not_composed", notes=[note.pk for note in notes])
        _mark(notes, state=Notification.State.FAILED, why=repr(failure)[:300])
        for note in notes:
            data = {"to": note.address, "reply": repr(failure)}
            tell(note.alert, What.MAIL_FAILED, at=now, data=data)


def _mark(notes: list[Notification], **columns: object) -> None:
    Notification.objects.filter(pk__in=[note.pk for note in notes]).update(**columns)


def _write(notes: list[Notification], composed: Composed, *, now: datetime) -> Message:
    return lay_out(
        composed,
        to=notes[0].address,
        language=notes[0].language,
        station_id=_one_station(notes),
        references=" ".join(_thread(notes)),
        now=now,
    )


def _one_station(notes: list[Notification]) -> int | None:
    stations = {note.station_id for note in notes}
    return stations.pop() if len(stations) == 1 else None


def new_message_id() -> str:
    """One of this site's that nobody had before."""
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    return f"<{uuid.uuid4().hex}@{host}>"


@transaction.atomic
def lay_out(
    composed: Composed,
    *,
    to: str,
    language: str,
    purpose: Message.Purpose = Message.Purpose.ALERT,
    station_id: int | None = None,
    references: str = "",
    message_id: str = "",
    now: datetime,
) -> Message:
    """Lay a mail into the outbox, with what goes with it."""
    message = Message.objects.create(
        purpose=purpose,
        message_id=message_id or new_message_id(),
        to=to.strip(),
        language=language,
        station_id=station_id,
        subject=" ".join(composed.subject.split())[:300],
        text=composed.text,
        html=composed.html,
        references=references,
        created_at=now,
        next_attempt_at=now,
    )
    Attachment.objects.bulk_create(
        [
            Attachment(
                message=message,
                name=one.name,
                content_type=one.content_type,
                content=one.content,
                content_id=one.content_id,
            )
            for one in composed.enclosed
        ]
    )
    return message


def _thread(notes: list[Notification]) -> list[str]:
    """The earlier mails to this reader about the same alerts, oldest first."""
    alerts = {note.alert_id for note in notes}
    told = Message.objects.filter(
        notifications__alert__in=alerts, to__iexact=notes[0].address.strip()
    )
    newest = told.order_by("-created_at", "-pk").values_list("pk", "message_id").distinct()
    by_age = dict(sorted(dict(newest[:MOST_REFERENCES]).items()))
    return list(by_age.values())


@transaction.atomic
def take_next(*, now: datetime, per_minute: int = 0) -> Attempt | None:
    """Takes one mail that is due, or whose sender was killed, for this sender alone.

    The attempt is on disk before anything is said to a server. `per_minute`: how many attempts
    the server takes within a minute (0: any number); alerts leave before digests and news of works.
    """
    if per_minute and _attempts_of_a_minute(now) >= per_minute:
        return None
    due = Q(state=Message.State.WAITING, next_attempt_at__lte=now) | lost_since(now)
    urgent = Case(When(purpose__in=NOT_URGENT, then=1), default=0)
    takeable = Message.objects.filter(due).order_by(urgent, "next_attempt_at", "pk")
    message = takeable.select_for_update(skip_locked=True, of=("self",)).first()
    if message is None:
        return None
    message.attempts.filter(finished_at=None).update(
        finished_at=now, outcome=Attempt.Outcome.UNKNOWN
    )
    message.state, message.taken_at = Message.State.SENDING, now
    message.attempts_made += 1
    message.save(update_fields=["state", "taken_at", "attempts_made"])
    return Attempt.objects.create(message=message, number=message.attempts_made, started_at=now)


def _attempts_of_a_minute(now: datetime) -> int:
    return Attempt.objects.filter(started_at__gt=now - ONE_MINUTE, started_at__lte=now).count()


@transaction.atomic
def finish(
    attempt: Attempt, *, outcome: Attempt.Outcome, reply: str, now: datetime
) -> Message.State:
    """Writes down how the attempt ended; the state that the mail has now.

    A sender that took so long that another one took the mail only completes its own attempt.
    """
    Attempt.objects.filter(pk=attempt.pk).update(finished_at=now, outcome=outcome, reply=reply)
    message = Message.objects.select_for_update().get(pk=attempt.message_id)
    if message.attempts_made != attempt.number or message.state != Message.State.SENDING:
        return Message.State(message.state)
    message.taken_at = None
    message.state = _state_after(message, outcome, now=now)
    if message.state == Message.State.SENT:
        message.sent_at = now
    message.save(update_fields=["state", "taken_at", "next_attempt_at", "sent_at"])
    _tell_alerts(message, reply=reply, now=now)
    if outcome == Attempt.Outcome.REFUSED and is_about_the_mailbox(reply):
        mark_refused(address=message.to, reply=reply, message=message, now=now)
    return Message.State(message.state)


def _state_after(message: Message, outcome: Attempt.Outcome, *, now: datetime) -> Message.State:
    if outcome == Attempt.Outcome.SENT:
        return Message.State.SENT
    if outcome == Attempt.Outcome.REFUSED:
        return Message.State.FAILED
    message.next_attempt_at = next_attempt(
        attempts=message.attempts_made, now=now, created_at=message.created_at
    )
    return Message.State.WAITING if message.next_attempt_at else Message.State.FAILED


def _tell_alerts(message: Message, *, reply: str, now: datetime) -> None:
    what = {Message.State.SENT: What.MAILED, Message.State.FAILED: What.MAIL_FAILED}
    event = what.get(Message.State(message.state))
    if event is None:
        return
    data = {"to": message.to, "message": message.pk, "reply": reply}
    alerts = {note.alert_id: note.alert for note in message.notifications.select_related("alert")}
    for alert in alerts.values():
        tell(alert, event, at=now, data=data)
