"""Whom an alert reached, by which mails, and what kept it from everybody else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from alerts.domain import kinds
from alerts.domain.reach import Case, Reach, why_not
from alerts.domain.routing import address_key
from alerts.models import Alert, Attempt, Message, Notification
from alerts.services.outbox import RAISING
from alerts.services.readers import readers_for
from stations.domain.wording import in_vietnam


@dataclass(frozen=True, slots=True)
class Reached:
    """How it stands with one reader. `at`: when it left, or is to leave, or was dropped.

    `waits`: the wish or the quiet hours for which it waits, or waited (domain/wishes.py). `message`
    and `attempts` of one of whom something was written down.
    """

    reach: Reach
    address: str
    name: str
    audience: str
    agency_kind: str
    at: datetime | None = None
    why: str = ""
    waits: Mapping[str, Any] = field(default_factory=dict)
    what: str = ""
    message: Message | None = None
    attempts: tuple[Attempt, ...] = field(default=())


def reached(alert: Alert) -> list[Reached]:
    """Every note of an alert, by time; then everyone else who hears about its station, and why not.

    In a fixed number of queries.
    """
    notes = list(
        alert.notifications.select_related("message", "event")
        .prefetch_related("message__attempts")
        .order_by("created_at", "pk")
    )
    return [*map(_of_note, notes), *_of_others(alert, notes)]


def _of_note(note: Notification) -> Reached:
    message = note.message
    attempts = () if message is None else tuple(message.attempts.all())
    return Reached(
        reach=_reach(note),
        address=note.address,
        name=note.name,
        audience=note.audience,
        agency_kind=note.agency_kind,
        at=note.due_at if message is None else _moment(message),
        why=note.why,
        waits=note.waits,
        what=note.event.what,
        message=message,
        attempts=attempts,
    )


def _reach(note: Notification) -> Reach:
    by_note = {
        Notification.State.WAITING: Reach.WAITING,
        Notification.State.DROPPED: Reach.DROPPED,
        Notification.State.FAILED: Reach.NOT_WRITTEN,
    }
    if note.message is None:
        return by_note[Notification.State(note.state)]
    if note.message.state == Message.State.SENT:
        return Reach.MAILED
    if note.message.state == Message.State.FAILED:
        return Reach.REFUSED
    return Reach.RETRYING if note.message.attempts_made else Reach.SENDING


def _moment(message: Message) -> datetime:
    return message.sent_at or message.next_attempt_at or message.created_at


def _of_others(alert: Alert, notes: Iterable[Notification]) -> list[Reached]:
    if alert.station_id is None:
        return []
    on = in_vietnam(alert.raised_at).date()
    readers = readers_for(alert.station_id)
    known = {address_key(note.address) for note in notes}
    rules = readers.rules(alert.kind, on=on)
    case = _case(alert)
    return [
        Reached(
            reach=why_not(reader, rules, case),
            address=reader.address,
            name=reader.name,
            audience=reader.audience,
            agency_kind=reader.agency_kind or "",
        )
        for reader in readers.of(alert.station_id, on=on)
        if address_key(reader.address) not in known
    ]


def _case(alert: Alert) -> Case:
    about = in_vietnam(alert.starts_at).date()
    told = Notification.objects.filter(
        station=alert.station_id,
        alert__kind=alert.kind,
        alert__parameter=alert.parameter,
        about_day=about,
        event__what__in=RAISING,
    ).exclude(state=Notification.State.DROPPED)
    return Case(
        ratio=alert.ratio,
        confirmed=alert.limit_confirmed,
        only_near=_only_near(alert),
        with_deadlines=bool(alert.policy),
        held_back=alert.held_back_by_id is not None,
        of_day=frozenset(map(address_key, told.values_list("address", flat=True))),
    )


def _only_near(alert: Alert) -> bool:
    """Whether an early warning never went beyond its limit: it is shown, and mails nobody."""
    if alert.kind != kinds.EARLY_WARNING:
        return False
    levels = alert.spans.values_list("evidence__level", flat=True)
    return "over" not in set(levels) and not alert.policy
