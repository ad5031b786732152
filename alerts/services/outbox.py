"""Writes what is to be told, in the transaction of the event it tells of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db.models import Min, Q
from django.utils.translation import gettext_noop

from alerts.domain.grouping import late_leaves_at
from alerts.domain.routing import Route, Rule, Told, address_key, routes, rule_for
from alerts.models import Alert, AlertEvent, Audience, Notification, What
from alerts.models.outbox import NotificationQuerySet
from alerts.services.findings import Finding
from alerts.services.listening import Wishes
from alerts.services.readers import Readers, readers_for
from alerts.services.webhooks import lay_calls
from stations.domain.wording import in_vietnam
from stations.models import Person
from stations.services.recipients import Recipient

RAISING = (
    What.OPENED,
    What.JOINED,
    What.RECURRED,
    What.REOPENED,
    What.GREW,
    What.REINSTATED,
)
DEPARTMENT = Rule(audience="agency", agency_kind="environment_department", if_unconfirmed=True)
"""Who hears of what happened to a line that nobody keeps."""
DROPPED = Notification.State.DROPPED
REFUSES = gettext_noop("the address refuses mail")
WAITING = Notification.State.WAITING


def notify(
    alert: Alert,
    event: AlertEvent,
    finding: Finding,
    *,
    now: datetime,
    held_until: datetime | None = None,
) -> int:
    """Writes a note to everyone whom the policy names, or who asked, and who does not know yet.

    Of a line or of the province it is told to who looks after the lines, to no operator. How many.
    `held_until`: the end of announced work, from which the delay of each rule counts.
    """
    today = in_vietnam(now).date()
    readers = readers_for(alert.station_id)
    rules = readers.rules(alert.kind, on=today)
    not_before = _late_until(alert.station_id, now) if finding.late else now
    known = _who_knows(alert, event, finding, rules)

    def chosen(of: Sequence[Recipient], by: Sequence[Rule]) -> list[Route]:
        return routes(
            of,
            rules=by,
            start=finding.counts_from or finding.start,
            ratio=finding.ratio,
            confirmed=finding.confirmed,
            told=known,
            now=now,
        )

    found = chosen(_named_by_rules(alert, readers, rules, on=today), rules)
    if not found and alert.station_id is None and event.what == What.OPENED:
        found = chosen(readers.keepers(alert.zone_id, on=today), [DEPARTMENT])
    wishes = readers.wishes
    asking = list(wishes.listeners(alert, severity=finding.rank, on=today))
    taken = {address_key(route.reader.address) for route in found}
    found += [
        route
        for route in chosen(asking, [*rules, *_rules_of_listeners(asking, rules)])
        if address_key(route.reader.address) not in taken
    ]
    notes = [
        _note(
            alert,
            event,
            route,
            finding,
            wishes,
            now=now,
            not_before=max(not_before, held_until + route.rule.delay) if held_until else not_before,
        )
        for route in found
    ]
    Notification.objects.bulk_create(notes)
    lay_calls(wishes.webhooks, alert, event, severity=finding.rank, now=now)
    return len(notes)


def _named_by_rules(
    alert: Alert, readers: Readers, rules: Sequence[Rule], *, on: date
) -> list[Recipient]:
    """The readers among whom the rules choose."""
    if not rules:
        return []
    if alert.station_id is not None:
        return readers.of(alert.station_id, on=on)
    return readers.keepers(alert.zone_id, on=on)


def _rules_of_listeners(asking: Sequence[Recipient], rules: Sequence[Rule]) -> list[Rule]:
    """For who asked though no rule names their agency: as the first rule of the kind says."""
    usual = rules[0] if rules else Rule(audience="agency")
    return [
        replace(
            usual,
            audience=reader.audience,
            agency_kind=reader.agency_kind or "",
            if_unconfirmed=False,
        )
        for reader in asking
        if rule_for(reader, rules) is None
    ]


def notify_told(
    alert: Alert, event: AlertEvent, *, now: datetime, only_if_wanted: bool = False
) -> int:
    """Writes a note of the end to each address that was told of the beginning, once. How many."""
    told = _raising_notes(alert).exclude(state=DROPPED).order_by("address", "-pk")
    if only_if_wanted:
        told = told.filter(tell_resolved=True)
    latest = {address_key(note.address): note for note in reversed(told)}
    wishes = readers_for(alert.station_id).wishes
    lay_calls(wishes.webhooks, alert, event, severity=alert.severity, now=now)
    if not latest:
        return 0
    due_at = _late_until(alert.station_id, now) if event.data.get("late") else now
    Notification.objects.bulk_create(
        [
            _following_note(note, event, alert, wishes, now=now, due_at=due_at)
            for note in latest.values()
        ]
    )
    return len(latest)


def notify_sent_back(
    alert: Alert, event: AlertEvent, *, explained_by: Person | None, now: datetime
) -> int:
    """Writes a note to who explained, and to each of the operator's addresses that was told of
    the case: the explanation lacks something, and its deadline runs anew. How many."""
    told = _raising_notes(alert).filter(audience=Audience.OPERATOR).exclude(state=DROPPED)
    latest = {address_key(note.address): note for note in told.order_by("pk")}
    wishes = readers_for(alert.station_id).wishes
    notes = [
        _following_note(note, event, alert, wishes, now=now, due_at=now) for note in latest.values()
    ]
    mailbox = explained_by.email if explained_by is not None else ""
    if explained_by is not None and mailbox and address_key(mailbox) not in latest:
        notes.append(_note_to_who_explained(alert, event, explained_by, wishes, now=now))
    Notification.objects.bulk_create(notes)
    return len(notes)


def _note_to_who_explained(
    alert: Alert, event: AlertEvent, person: Person, wishes: Wishes, *, now: datetime
) -> Notification:
    return Notification(
        alert=alert,
        event=event,
        station_id=alert.station_id,
        address=person.email,
        name=str(person),
        language=person.language or "vi",
        audience=Audience.OPERATOR,
        person_id=person.pk,
        about_day=in_vietnam(now).date(),
        tell_resolved=False,
        created_at=now,
        due_at=now,
        **_refused(person.email, wishes),
    )


def hold_late_notes(*, station_id: int, now: datetime) -> int:
    """Lets what late data told wait for the end of the back-fill: more of it was judged just now.

    How many notes wait for longer; what waits for a wish until later stays.
    """
    until = _late_until(station_id, now)
    return _late_waiting(station_id).filter(due_at__lt=until).update(due_at=until)


def _late_until(station_id: int | None, now: datetime) -> datetime:
    first = _late_waiting(station_id).aggregate(since=Min("created_at"))["since"]
    return late_leaves_at(now, since=first)


def _late_waiting(station_id: int | None) -> NotificationQuerySet:
    """Notes of a station about late data that are in no mail yet."""
    return Notification.objects.filter(station=station_id, state=WAITING, event__data__late=True)


def drop_waiting(
    alert: Alert,
    events: Iterable[What],
    *,
    why: str,
    due_after: datetime | None = None,
) -> int:
    """Drops notes that are in no mail yet; with `due_after`, only those due at it or later."""
    waiting = Notification.objects.filter(alert=alert, state=WAITING, event__what__in=list(events))
    if due_after is not None:
        waiting = waiting.filter(due_at__gte=due_after)
    return waiting.update(state=DROPPED, why=why)


def _who_knows(alert: Alert, event: AlertEvent, finding: Finding, rules: Sequence[Rule]) -> Told:
    """Asked only as far as the rules look at it; of a case just opened nobody knows yet."""
    of_this: frozenset[str] = frozenset()
    if event.what != What.OPENED and not all(rule.once_a_day for rule in rules):
        notes = _raising_notes(alert).exclude(state=DROPPED)
        of_this = _addresses(notes if finding.late else notes.filter(_not_held()))
    today: frozenset[str] = frozenset()
    if any(rule.once_a_day for rule in rules):
        today = _addresses(_notes_of_day(alert, finding).exclude(state=DROPPED))
    return Told(of_this=of_this, today=today)


def _notes_of_day(alert: Alert, finding: Finding) -> NotificationQuerySet:
    """Notes of the beginning of any alert of this sort that are about the finding's day."""
    return Notification.objects.filter(
        station=alert.station_id,
        alert__kind=alert.kind,
        alert__parameter=alert.parameter,
        about_day=in_vietnam(finding.start).date(),
        event__what__in=RAISING,
    )


def _raising_notes(alert: Alert) -> NotificationQuerySet:
    """Notes of the present course of an alert, and those of earlier ones in the same back-fill:
    who is about to be told of the first hears of all in that mail. Of a cause that comes and goes
    all courses since it was called so are one."""
    since = min(filter(None, (alert.raised_at, alert.told_since)))
    present = Q(created_at__gte=since) | Q(state=WAITING, event__data__late=True)
    return Notification.objects.filter(present, alert=alert, event__what__in=RAISING)


def _not_held() -> Q:
    """Notes that do not wait for the end of a back-fill: what goes on now is told now."""
    prompt = Q(event__data__late__isnull=True) | Q(event__data__late=False)
    return ~Q(state=WAITING) | prompt


def _addresses(notes: NotificationQuerySet) -> frozenset[str]:
    return frozenset(address_key(address) for address in notes.values_list("address", flat=True))


def _note(
    alert: Alert,
    event: AlertEvent,
    route: Route,
    finding: Finding,
    wishes: Wishes,
    *,
    now: datetime,
    not_before: datetime,
) -> Notification:
    reader = route.reader
    due = max(route.due_at, not_before)
    leaves = wishes.leaving(reader.address, alert, severity=finding.rank, due=due)
    return Notification(
        alert=alert,
        event=event,
        station_id=alert.station_id,
        address=reader.address,
        name=reader.name,
        language=reader.language or "vi",
        audience=reader.audience,
        agency_kind=reader.agency_kind or "",
        person_id=reader.person_id,
        contact_id=reader.contact_id,
        about_day=in_vietnam(finding.start).date(),
        tell_resolved=route.rule.tell_resolved,
        created_at=now,
        due_at=leaves.at,
        together=leaves.together,
        waits=leaves.waits.as_data() if leaves.waits else {},
        **_refused(reader.address, wishes),
    )


def _refused(address: str, wishes: Wishes) -> dict[str, Any]:
    """A note to an address that refuses is written all the same, and says why it is not sent."""
    since = wishes.refused.get(address_key(address))
    if since is None:
        return {}
    return {"state": DROPPED, "why": REFUSES}


def _following_note(
    told: Notification,
    event: AlertEvent,
    alert: Alert,
    wishes: Wishes,
    *,
    now: datetime,
    due_at: datetime,
) -> Notification:
    leaves = wishes.leaving(told.address, alert, severity=alert.severity, due=due_at)
    return Notification(
        alert_id=told.alert_id,
        event=event,
        station_id=told.station_id,
        address=told.address,
        name=told.name,
        language=told.language,
        audience=told.audience,
        agency_kind=told.agency_kind,
        person_id=told.person_id,
        contact_id=told.contact_id,
        about_day=told.about_day,
        tell_resolved=told.tell_resolved,
        created_at=now,
        due_at=leaves.at,
        together=leaves.together,
        waits=leaves.waits.as_data() if leaves.waits else {},
        **_refused(told.address, wishes),
    )
