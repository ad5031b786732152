"""Many closed periods of one station told at once: of weeks that came late, or are judged anew.

Each is decided in the order given, just as `report` and `withdraw` decide one alone. What is known
of a cause is read once, and what is new is written at the end.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from alerts.models import Alert, AlertEvent, AlertSpan, What
from alerts.services.cases import alerts_of
from alerts.services.easing import after_withdrawal, withdraw
from alerts.services.findings import Finding, Identity
from alerts.services.grading import graded
from alerts.services.known import Known
from alerts.services.raising import report, spread, take_in
from alerts.services.writing import WritingLater


@dataclass(slots=True)
class _Cause:
    """All alerts of an identity, locked, the newest first; and all their periods."""

    alerts: list[Alert]
    spans: list[AlertSpan]

    @classmethod
    def of(cls, identity: Identity) -> _Cause:
        alerts = list(alerts_of(identity).order_by("-pk").select_for_update(of=("self",)))
        if not alerts:
            return cls([], [])
        spans = AlertSpan.objects.filter(alert__in=alerts).order_by("pk")
        return cls(alerts, list(spans.defer("evidence", "corrected_evidence")))

    def known(self, finding: Finding, writing: WritingLater) -> Known:
        """As far as it matters to a finding."""
        around = (
            span for span in self.spans if span.start <= finding.end and span.end >= finding.start
        )
        return Known(finding, tuple(self.alerts), tuple(around), writing)

    def note(self, alert: Alert, spans: Iterable[AlertSpan]) -> None:
        """What a finding added."""
        if alert not in self.alerts:
            self.alerts.insert(0, alert)
        self.spans += spans


class OneByOne:
    """Few periods, told each by itself."""

    def __init__(self, *, now: datetime) -> None:
        self._now = now

    def report(self, finding: Finding, *, mail: bool) -> Alert:
        """See `raising.report`."""
        return report(finding, now=self._now, mail=mail)

    def withdraw(
        self,
        identity: Identity,
        *,
        start: datetime,
        end: datetime,
        reason: str,
        mail: bool,
        late: bool,
    ) -> None:
        """See `easing.withdraw`."""
        how: dict[str, Any] = {"reason": reason, "mail": mail, "late": late}
        withdraw(**asdict(identity), start=start, end=end, now=self._now, **how)

    def close(self) -> None:
        """All is written."""


class Together:
    """Within one transaction, under the station's lock; `close` writes what is still to be."""

    def __init__(self, *, now: datetime) -> None:
        self._now = now
        self._writing = WritingLater()
        self._causes: dict[Identity, _Cause] = {}
        self._withdrawn: dict[int, tuple[Alert, AlertEvent, bool]] = {}

    def report(self, finding: Finding, *, mail: bool) -> Alert:
        """The alert that a closed period belongs to; see `raising.report`."""
        finding = graded(finding, now=self._now)
        cause, before = self._cause(finding.identity), len(self._writing.added)
        known = cause.known(finding, self._writing)
        alert, event = take_in(known, now=self._now, mail=mail)
        cause.note(alert, self._writing.added[before:])
        if event is not None and mail:
            self._writing.write_stories()
            spread(alert, event, known, now=self._now)
        return alert

    def withdraw(
        self,
        identity: Identity,
        *,
        start: datetime,
        end: datetime,
        reason: str,
        mail: bool,
        late: bool,
    ) -> None:
        """Mark a period as withdrawn; see `easing.withdraw`."""
        cause = self._cause(identity)
        for span in cause.spans:
            if (span.start, span.end, span.withdrawn_at) != (start, end, None):
                continue
            span.withdrawn_at, span.withdrawn_reason = self._now, reason[:300]
            self._writing.change(span, "withdrawn_at", "withdrawn_reason")
            alert = next(one for one in cause.alerts if one.pk == span.alert_id)
            self._writing.sum_up(alert)
            said = {"from": start, "until": end, "late": late}
            event = self._writing.tell(alert, What.WITHDRAWN, at=self._now, note=reason, data=said)
            self._withdrawn[alert.pk] = alert, event, mail

    def close(self) -> None:
        """Write it; who was told of an alert of which no period stands is told so."""
        self._writing.write()
        for alert, event, mail in self._withdrawn.values():
            after_withdrawal(alert, event, now=self._now, mail=mail)
        self._causes, self._withdrawn = {}, {}

    def _cause(self, identity: Identity) -> _Cause:
        known = self._causes.get(identity)
        if known is None:
            known = self._causes[identity] = _Cause.of(identity)
        return known
