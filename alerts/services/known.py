"""What the desk has of a finding's cause already, read once and locked (judging.md §5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import Q

from alerts.domain import kinds
from alerts.domain.muting import Cover
from alerts.models import Alert, AlertSpan
from alerts.models.alert import REOPENS_WITHIN
from alerts.services.cases import alerts_of
from alerts.services.findings import Finding
from alerts.services.muting import cover_of
from alerts.services.writing import Writing


@dataclass(frozen=True)
class Known:
    """The alerts of an identity that a finding may belong to, and their periods around it.

    One short question to the database where the cause is new, two where all that is known of it
    was closed long ago. The alerts are locked until the end of the transaction, so nobody closes
    one meanwhile.
    """

    finding: Finding
    alerts: tuple[Alert, ...] = ()
    spans: tuple[AlertSpan, ...] = ()
    writing: Writing = field(default_factory=Writing)
    closed_long_ago: Mapping[int, datetime] = field(default_factory=dict)
    """Alerts that are not among those, and when each was closed."""

    @classmethod
    def of(cls, finding: Finding, *, now: datetime) -> Known:
        """Those that are unclosed or closed lately, and those that tell of this time."""
        ever = dict(alerts_of(finding.identity).order_by().values_list("pk", "closed_at"))
        if not ever:
            return cls(finding)
        spans = tuple(AlertSpan.objects.filter(_around(finding), alert__in=list(ever)))
        young = {pk for pk, at in ever.items() if at is None or at >= now - REOPENS_WITHIN}
        relevant = Alert.objects.filter(pk__in=young.union(span.alert_id for span in spans))
        alerts = tuple(relevant.order_by("-pk").select_for_update(of=("self",)))
        read = {alert.pk for alert in alerts}
        long_ago = {pk: at for pk, at in ever.items() if at is not None and pk not in read}
        return cls(finding, alerts, spans, closed_long_ago=long_ago)

    @cached_property
    def cover(self) -> Cover | None:
        """The announced work that holds its mails back; asked once for all who need it."""
        return cover_of(self.finding)

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

    def closed_last(self) -> int | None:
        """Of all that were ever closed the one closed last."""
        closed = [(at, pk) for pk, at in self.closed_long_ago.items()]
        closed += [(each.closed_at, each.pk) for each in self.alerts if each.closed_at is not None]
        return max(closed)[1] if closed else None

    def may_come_back(self, now: datetime) -> Alert | None:
        """The one closed last, if that was not long ago."""
        last = self.closed_last()
        alert = next((alert for alert in self.alerts if alert.pk == last), None)
        return alert if alert is not None and alert.may_reopen(now) else None

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
