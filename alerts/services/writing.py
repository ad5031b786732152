"""How what is decided about a case is written: each thing at once, or all of a batch at its end."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from alerts.models import Alert, AlertEvent, AlertSpan, What
from alerts.services.cases import sum_up, tell

SPANS_A_WRITE = 200


class Writing:
    """Each thing at once."""

    def add(self, span: AlertSpan, alert: Alert) -> None:
        """A further period of a case."""
        span.alert = alert
        span.save(force_insert=True)

    def change(self, span: AlertSpan, *columns: str) -> None:
        """These columns of a known period as they are now; all without any named."""
        span.save(update_fields=columns or None)

    def sum_up(self, alert: Alert) -> None:
        """What a case shows, from its periods."""
        sum_up(alert)

    def tell(
        self, alert: Alert, what: What, *, at: datetime, note: str = "", data: dict[str, Any]
    ) -> AlertEvent:
        """A line of a case's story."""
        return tell(alert, what, at=at, note=note, data=data)


class WritingLater(Writing):
    """Periods, stories and what cases show, kept until `write`: one statement for many."""

    def __init__(self) -> None:
        self.added: list[AlertSpan] = []
        self._changed: dict[int, tuple[AlertSpan, set[str]]] = {}
        self._cases: dict[int, Alert] = {}
        self._events: list[AlertEvent] = []

    def add(self, span: AlertSpan, alert: Alert) -> None:
        span.alert = alert
        self.added.append(span)

    def change(self, span: AlertSpan, *columns: str) -> None:
        if span.pk is not None:
            known = self._changed.setdefault(span.pk, (span, set()))
            known[1].update(columns or SPAN_COLUMNS)

    def sum_up(self, alert: Alert) -> None:
        self._cases[alert.pk] = alert

    def tell(
        self, alert: Alert, what: What, *, at: datetime, note: str = "", data: dict[str, Any]
    ) -> AlertEvent:
        event = AlertEvent(alert=alert, what=what, at=at, note=note, data=data)
        self._events.append(event)
        return event

    def write_stories(self) -> None:
        """The lines told so far, in their order: notes point at them."""
        AlertEvent.objects.bulk_create(self._events)
        self._events = []

    def write(self) -> None:
        """All of it."""
        AlertSpan.objects.bulk_create(self.added)
        self._write_changes()
        for alert in self._cases.values():
            sum_up(alert)
        self.write_stories()
        self.added, self._changed, self._cases = [], {}, {}

    def _write_changes(self) -> None:
        alike: dict[frozenset[str], list[AlertSpan]] = defaultdict(list)
        for span, columns in self._changed.values():
            alike[frozenset(columns)].append(span)
        for names, spans in alike.items():
            AlertSpan.objects.bulk_update(spans, sorted(names), batch_size=SPANS_A_WRITE)


SPAN_COLUMNS = [
    field.name for field in AlertSpan._meta.concrete_fields if field.name not in ("id", "alert")
]
