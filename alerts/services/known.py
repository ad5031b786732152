"""What the desk has of a finding's cause already, read once and locked (judging.md §5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from alerts.domain import kinds
from alerts.models import Alert, AlertSpan, State
from alerts.models.alert import REOPENS_WITHIN
from alerts.services.cases import alerts_of
from alerts.services.findings import Finding
from alerts.services.writing import Writing


@dataclass(frozen=True)
class Known:
    """The alerts of an identity that a finding may belong to, and their periods around it.

    Two questions to the database, one where the cause is new. The alerts are locked until the
    end of the transaction, so nobody closes one meanwhile.
    """

    finding: Finding
    alerts: tuple[Alert, ...]
    spans: tuple[AlertSpan, ...]
    writing: Writing = field(default_factory=Writing)

    @classmethod
    def of(cls, finding: Finding, *, now: datetime) -> Known:
        """The unclosed alert, the one closed last, and all that tell of this time."""
        around = _around(finding)
        of_cause = alerts_of(finding.identity)
        closed_last = of_cause.filter(state=State.CLOSED).order_by("-closed_at").values("pk")[:1]
        # One that is closed while we wait for its lock is still found: it was closed just now.
        young = Q(closed_at=None) | Q(closed_at__gte=now - REOPENS_WITHIN)
        touching = Exists(AlertSpan.objects.filter(around, alert=OuterRef("pk")))
        relevant = of_cause.filter(young | Q(pk__in=closed_last) | touching)
        alerts = tuple(relevant.order_by("-pk").select_for_update(of=("self",)))
        if not alerts:
            return cls(finding, (), ())
        return cls(finding, alerts, tuple(AlertSpan.objects.filter(around, alert__in=alerts)))

    def alert(self, span: AlertSpan) -> Alert:
        """The alert that a period belongs to."""
        return next(alert for alert in self.alerts if alert.pk == span.alert_id)

    def told(self) -> AlertSpan | None:
        """The period that already tells of this: the same one, or the same course of time.

        That of the youngest alert; one that was withdrawn only where no other is left.
        """
        same = [span for span in self.spans if self._is_same(span)]
        same.sort(key=lambda span: (-span.alert_id, span.withdrawn_at is not None, span.start))
        return same[0] if same else None

    def _is_same(self, span: AlertSpan) -> bool:
        if self.finding.kind in kinds.KINDS_BY_PERIOD:
            return (span.start, span.end) == (self.finding.start, self.finding.end)
        apart = kinds.ONE_COURSE_WITHIN.get(self.finding.kind, timedelta(0))
        return span.start == self.finding.start or (
            span.start < self.finding.end + apart and span.end > self.finding.start - apart
        )

    def unclosed(self) -> Alert | None:
        """The one that waits for someone."""
        return next((alert for alert in self.alerts if not alert.is_closed()), None)

    def closed_last(self) -> Alert | None:
        """Of those closed the one closed last."""
        closed = [(alert.closed_at, alert) for alert in self.alerts if alert.closed_at is not None]
        return max(closed, key=lambda each: each[0])[1] if closed else None

    def touching(self) -> list[Alert]:
        """Those with a period that holds or touches this one; newest first."""
        standing = {
            span.alert_id
            for span in self.spans
            if span.withdrawn_at is None
            and span.start <= self.finding.end
            and span.end >= self.finding.start
        }
        alerts = [alert for alert in self.alerts if alert.pk in standing]
        return sorted(alerts, key=lambda alert: (alert.opened_at, alert.pk), reverse=True)

    def other_unclosed(self, alert: Alert) -> bool:
        """Whether another one waits for someone: then this one may not come back."""
        unclosed = self.unclosed()
        return unclosed is not None and unclosed.pk != alert.pk


def _around(finding: Finding) -> Q:
    """Periods that hold, touch or nearly touch the finding's."""
    apart = kinds.ONE_COURSE_WITHIN.get(finding.kind, timedelta(0))
    return Q(start__lte=finding.end + apart, end__gte=finding.start - apart)
