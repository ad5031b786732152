"""Announced work holds mails back until it ends; the alert itself is opened and seen as ever."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from alerts.domain import muting, states
from alerts.domain.muting import Cover, Work, opens_at
from alerts.models import Alert, AlertEvent, Maintenance, Notification, What, WorkHolds
from alerts.services.cases import tell
from alerts.services.deadlines import begin_deadlines_at
from alerts.services.findings import Finding


def held_kinds(on: date) -> dict[str, frozenset[str]]:
    """The kinds of alerts whose mails each sort of work holds back that is approved on a day."""
    rows = WorkHolds.objects.in_force(on).values_list("what", "kinds")
    return {what: frozenset(held) for what, held in rows}


def cover_of(finding: Finding) -> Cover | None:
    """What holds the mails of a finding back; asked of the database for kinds alone that can be."""
    if finding.kind not in muting.MAY_BE_HELD_BACK or finding.station_id is None:
        return None
    return _cover(
        finding.station_id, finding.kind, finding.parameter, finding.start, finding.evidence
    )


def _cover(
    station_id: int, kind: str, parameter: str, start: datetime, evidence: Mapping[str, Any]
) -> Cover | None:
    moment = opens_at(kind, start, evidence)
    rows = list(Maintenance.objects.approved().filter(station=station_id, end__gt=moment))
    works = [
        Work(row.pk, frozenset(row.holds_back), row.start, row.end, frozenset(row.parameters))
        for row in rows
    ]
    return muting.cover_of(works, kind=kind, parameter=parameter, moment=moment)


def note_cover(alert: Alert, cover: Cover | None, *, now: datetime) -> None:
    """Say in a case what holds its mails back, or that nothing does any more."""
    if cover is None:
        if alert.held_back_by_id is not None:
            alert.held_back_by = None
            alert.save(update_fields=["held_back_by"])
        return
    alert.held_back_by_id = cover.work
    alert.save(update_fields=["held_back_by"])
    tell(alert, What.HELD_BACK, at=now, data={"work": cover.work, "until": cover.until})


@transaction.atomic
def renew_holds(*, station_id: int, now: datetime) -> int:
    """After work was approved, taken back or ended early: hold back, or let go, what is unresolved
    and waits for somebody. How many cases changed.

    Mails that left stay sent; those in waiting leave as long after the end of the work as they
    would have after the beginning of the case.
    """
    going = (
        Alert.objects.unclosed()
        .unresolved()
        .filter(station=station_id, kind__in=muting.MAY_BE_HELD_BACK)
        .exclude(policy={})
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    return sum(_renew(alert, now=now) for alert in going)


def _renew(alert: Alert, *, now: datetime) -> bool:
    span = alert.spans.filter(withdrawn_at=None).order_by("-end", "-start").first()
    if span is None or alert.station_id is None:
        return False
    cover = _cover(alert.station_id, alert.kind, alert.parameter, span.start, span.evidence)
    before = held_until(alert)
    if (cover.until if cover else None) == before:
        return False
    begins = opens_at(alert.kind, span.start, span.evidence)
    _move_notes(
        alert, before=before or begins, after=cover.until if cover else max(begins, now), now=now
    )
    if cover is None:
        alert.held_back_by = None
        alert.save(update_fields=["held_back_by"])
        tell(alert, What.LET_GO, at=now)
    else:
        note_cover(alert, cover, now=now)
    if alert.state in (states.OPEN, states.ACKNOWLEDGED):
        begin_deadlines_at(alert, max(now, cover.until) if cover else now)
    return True


def held_until(alert: Alert) -> datetime | None:
    """Until when the mails of a case are, or were, held back; None where they are not."""
    if alert.held_back_by_id is None:
        return None
    events = AlertEvent.objects.filter(alert=alert, what=What.HELD_BACK)
    said = events.order_by("-pk").values_list("data", flat=True).first()
    return datetime.fromisoformat(said["until"]) if said else None


def _move_notes(alert: Alert, *, before: datetime, after: datetime, now: datetime) -> None:
    waiting = Notification.objects.filter(alert=alert, state=Notification.State.WAITING)
    for note in waiting:
        due = max(now, note.due_at + (after - before))
        Notification.objects.filter(pk=note.pk).update(due_at=due)
