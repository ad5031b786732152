"""The clock of the desk: reminds, tells the next level, and lets idle acknowledgements lapse."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.utils.dateparse import parse_datetime

from alerts.domain import kinds
from alerts.domain.escalation import ACKNOWLEDGEMENT
from alerts.domain.working_time import NobodyWorks
from alerts.models import Alert, AlertEvent, EscalationStep, Notification, State, What
from alerts.services.cases import tell
from alerts.services.deadlines import DeskRules, kept_steps
from alerts.services.flapping import settle_flapping
from alerts.services.handling import lapse
from alerts.services.readers import readers_for
from alerts.services.webhooks import lay_calls
from stations.domain.wording import in_vietnam
from stations.services.levels import contacts_of, members_for, members_of_everything
from stations.services.recipients import Recipient

log = structlog.get_logger(__name__)

AT_A_TIME = 200
TRIED_AGAIN_AFTER = timedelta(minutes=15)
"""A step that fails makes room for others: those that fail must not be the first for ever."""

EVENTS = {EscalationStep.What.REMIND: What.REMINDED, EscalationStep.What.ESCALATE: What.ESCALATED}


def keep_deadlines(*, now: datetime) -> int:
    """Take every step of escalation that has come due, and let what lies idle lapse; how many."""
    due = Alert.objects.unclosed().filter(next_step_at__lte=now).order_by("next_step_at", "pk")
    taken = sum(_taken(pk, now) for pk in list(due.values_list("pk", flat=True)[:AT_A_TIME]))
    return taken + _lapse_idle(now) + settle_flapping(now=now)


def _taken(pk: int, now: datetime) -> int:
    try:
        return int(take_step(pk, now=now))
    except NobodyWorks:
        raise
    except Exception:  # one case must not hold up the deadlines of all others
        log.exception("step_not_taken", alert=pk)
        due = Alert.objects.filter(pk=pk, next_step_at__lte=now)
        due.update(next_step_at=now + TRIED_AGAIN_AFTER)
        return 0


@transaction.atomic
def take_step(pk: int, *, now: datetime) -> bool:
    """Take the next step of a case that is due; False where another worker was first."""
    alert = (
        Alert.objects.unclosed()
        .filter(pk=pk, next_step_at__lte=now)
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("station__facility__operator")
        .first()
    )
    if alert is None:
        return False
    steps = kept_steps(alert)
    step = steps[alert.steps_taken] if alert.steps_taken < len(steps) else None
    alert.steps_taken += 1
    following = steps[alert.steps_taken] if alert.steps_taken < len(steps) else None
    alert.next_step_at = parse_datetime(following["at"]) if following else None
    alert.save(update_fields=["steps_taken", "next_step_at"])
    if step is not None and still_missing(alert, step["missing"]):
        _tell_level(alert, step, now=now)
    return True


def still_missing(alert: Alert, missing: str) -> bool:
    """Whether a case still waits for what a step is about.

    What was over by itself waits for nobody, but an exceedance is to be explained all the same.
    """
    if alert.withdrawn or alert.taken_over_by_id is not None:
        return False
    if alert.resolved_at is not None and alert.kind not in kinds.KINDS_BY_PERIOD:
        return False
    if missing == ACKNOWLEDGEMENT:
        return bool(alert.state == State.OPEN)
    return alert.state in (State.OPEN, State.ACKNOWLEDGED, State.RETURNED)


def _tell_level(alert: Alert, step: Mapping[str, Any], *, now: datetime) -> None:
    what = EVENTS[EscalationStep.What(step["what"])]
    readers = readers_of(alert, step, now=now)
    data = {
        "missing": step["missing"],
        "due": alert.acknowledge_due_at
        if step["missing"] == ACKNOWLEDGEMENT
        else alert.answer_due_at,
        "audience": step["audience"],
        "to": [reader.address for reader in readers],
    }
    event = tell(alert, what, at=now, data=data)
    Notification.objects.bulk_create([_note(alert, event, reader, now=now) for reader in readers])
    webhooks = readers_for(alert.station_id).wishes.webhooks
    lay_calls(webhooks, alert, event, severity=alert.severity, now=now)


def readers_of(alert: Alert, step: Mapping[str, Any], *, now: datetime) -> list[Recipient]:
    """The people of the level that a step names; each address once."""
    station, on = alert.station, in_vietnam(now).date()
    if step["audience"] == "operator" and (station is None or not alert.limit_confirmed):
        return []  # a limit that nobody compared with the paper is told to no operator
    if station is None:
        found = members_of_everything(
            zone_id=alert.zone_id, kind=step["agency_kind"], role=step["member_role"], on=on
        )
    elif step["audience"] == "operator":
        found = contacts_of(station, role=step["contact_role"], on=on)
    else:
        found = members_for(station, kind=step["agency_kind"], role=step["member_role"], on=on)
    return list({reader.address.strip().lower(): reader for reader in reversed(found)}.values())


def _note(alert: Alert, event: AlertEvent, reader: Recipient, *, now: datetime) -> Notification:
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
        about_day=in_vietnam(now).date(),
        tell_resolved=False,
        created_at=now,
        due_at=now,
    )


def _lapse_idle(now: datetime) -> int:
    rules = DeskRules()
    idle = Alert.objects.filter(state=State.ACKNOWLEDGED, progress_at__lte=now)
    lapsed = 0
    for alert in idle.exclude(policy__lapses_after=None).select_related("acknowledged_by"):
        if _idle_for_long(alert, rules, now):
            lapsed += lapse(alert=alert, now=now) is not None
    return lapsed


def _idle_for_long(alert: Alert, rules: DeskRules, now: datetime) -> bool:
    """By working time since the last progress, as the case's own rules say."""
    seconds = alert.policy.get("lapses_after")
    if seconds is None or alert.progress_at is None:
        return False
    try:
        over_at = rules.calendar.after(alert.progress_at, timedelta(seconds=seconds))
    except NobodyWorks:
        return False
    return over_at <= now
