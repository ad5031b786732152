"""What every verb of the desk needs: find an alert, sum up its spans, add to its story."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from alerts.domain.states import REOPEN, next_state
from alerts.models import Alert, AlertEvent, AlertSpan, What
from alerts.models.alert import AlertQuerySet
from alerts.services.deadlines import DUE
from alerts.services.findings import Identity
from stations.domain.wording import limits
from stations.models import Person


def alerts_of(identity: Identity) -> AlertQuerySet:
    """All alerts of an identity, whatever their state."""
    return Alert.objects.filter(
        kind=identity.kind,
        station=identity.station_id,
        zone=identity.zone_id,
        parameter=identity.parameter,
        period=identity.period,
        source=identity.source,
    )


def locked_unclosed(identity: Identity) -> Alert | None:
    """The one unclosed alert of an identity, locked until the end of the transaction."""
    return alerts_of(identity).unclosed().select_for_update().first()


def tell(
    alert: Alert,
    what: What,
    *,
    at: datetime,
    by: Person | None = None,
    note: str = "",
    data: dict[str, Any] | None = None,
) -> AlertEvent:
    """Adds a line to the alert's story."""
    return AlertEvent.objects.create(
        alert=alert, what=what, at=at, by=by, note=note, data=data or {}
    )


def sum_up(alert: Alert) -> None:
    """Sets what the alert shows from its stored spans, the same whatever order they came in."""
    show(alert, list(alert.spans.all()))
    alert.save(update_fields=SUMMED_UP)


def show(alert: Alert, spans: Sequence[AlertSpan]) -> None:
    """Lays into an alert what its spans say; nothing is stored.

    The latest period speaks for the alert; one that was withdrawn only where no other is left.
    """
    standing = [span for span in spans if span.withdrawn_at is None]
    shown = standing or spans
    latest = max(shown, key=lambda span: (span.end, span.start))
    _copy_evidence(alert, latest)
    alert.severity = max(span.severity for span in shown)
    alert.late = all(span.late for span in shown)
    alert.withdrawn = not standing
    alert.starts_at = min(span.start for span in shown)
    alert.ends_at = max(span.end for span in shown)


SUMMED_UP = [
    "value",
    "minimum",
    "maximum",
    "limit",
    "unit",
    "ratio",
    "limit_confirmed",
    "evidence",
    "severity",
    "late",
    "withdrawn",
    "starts_at",
    "ends_at",
]


def _copy_evidence(alert: Alert, span: AlertSpan) -> None:
    for column in ("value", "minimum", "maximum", "unit", "ratio", "limit_confirmed", "evidence"):
        setattr(alert, column, getattr(span, column))
    has_limit = span.minimum is not None or span.maximum is not None
    alert.limit = limits(span.minimum, span.maximum) if has_limit else ""


def begin_again(alert: Alert, *, now: datetime) -> None:
    """Begins a new course of an alert that the data had called over. Its state stays."""
    alert.raised_at = now
    alert.resolved_at = alert.resolved_after = alert.taken_over_by = None
    alert.save(update_fields=["raised_at", "resolved_at", "resolved_after", "taken_over_by"])


def reopen(alert: Alert, *, now: datetime) -> None:
    """Puts a closed alert back on the desk. Who closed it, and why, stays in its story."""
    alert.state = next_state(alert.state, REOPEN)
    for column in PEOPLES:
        setattr(alert, column, None)
    for column in WORDS:
        setattr(alert, column, "")
    alert.policy = {}  # the new course gets the rules of its own day
    alert.acknowledge_due_at = alert.answer_due_at = alert.next_step_at = None
    alert.save(update_fields=["state", *PEOPLES, *WORDS, *DUE])
    begin_again(alert, now=now)


PEOPLES = (
    *("acknowledged_at", "acknowledged_by", "answered_at", "answered_by", "returned_at"),
    *("returned_by", "verified_at", "verified_by", "closed_at", "closed_by", "progress_at"),
)
"""What people did in a course that was closed: it stays in the story alone."""

WORDS = ("returned_reason", "closing_note")
