"""Takes a finding in: it opens an alert, joins one, or brings one back (judging.md §5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from alerts.domain import kinds
from alerts.domain.severity import level_of
from alerts.models import Alert, AlertEvent, AlertSpan, What
from alerts.services.cases import (
    alerts_of,
    begin_again,
    locked_unclosed,
    reopen,
    sum_up,
    tell,
)
from alerts.services.deadlines import give_deadlines
from alerts.services.findings import Finding
from alerts.services.outbox import drop_waiting, notify


@transaction.atomic
def report(finding: Finding, *, now: datetime, mail: bool = True) -> Alert:
    """The one alert that this finding belongs to; reporting it twice changes nothing.

    Runs inside the transaction of the verdict, under its station's lock. `mail=False` keeps a
    back-fill of history from writing to anyone.
    """
    span = _known_span(finding)
    if span is not None:
        alert, event = _told_before(span, finding, now=now)
    else:
        alert, event = _new_span(finding, now=now)
    if event is not None and mail:
        give_deadlines(alert, now=now)
        notify(alert, event, finding, now=now)
    return alert


def _known_span(finding: Finding) -> AlertSpan | None:
    """The span that already tells of this: the same period, or the same course of time."""
    spans = AlertSpan.objects.filter(alert__in=alerts_of(finding.identity))
    if finding.kind in kinds.KINDS_BY_PERIOD:
        spans = spans.filter(start=finding.start, end=finding.end)
    else:
        apart = kinds.ONE_COURSE_WITHIN.get(finding.kind, timedelta(0))
        same_start = spans.filter(start=finding.start)
        spans = same_start | spans.filter(
            start__lt=finding.end + apart, end__gt=finding.start - apart
        )
    standing_first = F("withdrawn_at").asc(nulls_first=True)
    return spans.order_by("-alert_id", standing_first, "start").first()


def _told_before(
    span: AlertSpan, finding: Finding, *, now: datetime
) -> tuple[Alert, AlertEvent | None]:
    alert = Alert.objects.select_for_update().get(pk=span.alert_id)
    if span.withdrawn_at is not None:
        return alert, _reinstate(alert, span, finding, now=now)
    if finding.kind in kinds.KINDS_BY_PERIOD:
        return alert, _correct(alert, span, finding, now=now)
    return alert, _grow(alert, span, finding, now=now)


def _reinstate(alert: Alert, span: AlertSpan, finding: Finding, *, now: datetime) -> AlertEvent:
    """A period that was withdrawn is found again: those who were told of the end must know."""
    span.withdrawn_at, span.withdrawn_reason = None, ""
    span.start, span.end = finding.start, finding.end
    _write(span, finding)
    _bring_back(alert, finding, now=now)
    sum_up(alert)
    return tell(alert, What.REINSTATED, at=now, data=_as_said(finding))


def _correct(
    alert: Alert, span: AlertSpan, finding: Finding, *, now: datetime
) -> AlertEvent | None:
    """Keeps a corrected value beside what was said. It is no news for a mail."""
    known = span.value if span.corrected_at is None else span.corrected_value
    if _same(known, finding.value):
        return None
    span.corrected_at, span.corrected_value = now, finding.value
    span.corrected_evidence = finding.evidence
    span.save(update_fields=["corrected_at", "corrected_value", "corrected_evidence"])
    tell(alert, What.CORRECTED, at=now, data={"before": known, **_as_said(finding)})
    return None


def _grow(alert: Alert, span: AlertSpan, finding: Finding, *, now: datetime) -> AlertEvent | None:
    """Takes in how far a running course has come; an event only where it became graver."""
    if _is_known(span, finding):
        return None
    came_back, before = _is_news(alert, finding), span.level
    whole = finding.span.joined(span.as_span())
    if _speaks_for(finding, span):
        _write(span, finding)
    span.start, span.end = whole.start, whole.end
    span.save(update_fields=["start", "end"])
    graver = span.level > before
    if came_back or (graver and alert.is_closed()):
        _bring_back(alert, finding, now=now)
    sum_up(alert)
    if not came_back and not graver:
        return None
    what = What.RECURRED if came_back else What.GREW
    return tell(alert, what, at=now, data=_as_said(finding))


def _is_known(span: AlertSpan, finding: Finding) -> bool:
    """Whether the course was told just like this before: the watch asks again and again."""
    return (
        (span.start, span.end) == (finding.start, finding.end)
        and _same(span.value, finding.value)
        and bool(span.evidence == finding.evidence)
    )


def _speaks_for(finding: Finding, span: AlertSpan) -> bool:
    """Whether the finding is the newest word on this course; of two limits the stricter speaks."""
    if finding.end < span.end:
        return False
    if finding.source == span.source or finding.ratio is None or span.ratio is None:
        return True
    return bool(finding.ratio >= span.ratio)


def _new_span(finding: Finding, *, now: datetime) -> tuple[Alert, AlertEvent]:
    alert = _home_of(finding, now=now)
    if alert is None:
        return _open(finding, now=now)
    return alert, _join(alert, finding, now=now)


def _home_of(finding: Finding, *, now: datetime) -> Alert | None:
    """The alert that a new period belongs to; None: it opens one of its own."""
    unclosed = locked_unclosed(finding.identity)
    if finding.late:
        touching = _touching(finding)
        return unclosed if unclosed in touching or not touching else touching[0]
    if unclosed is not None:
        return unclosed
    closed = alerts_of(finding.identity).order_by("-closed_at").select_for_update().first()
    return closed if closed is not None and closed.may_reopen(now) else None


def _touching(finding: Finding) -> list[Alert]:
    """Alerts of the identity with a period that holds or touches this one; newest first."""
    spans = AlertSpan.objects.filter(
        withdrawn_at=None, start__lte=finding.end, end__gte=finding.start
    )
    alerts = alerts_of(finding.identity).filter(pk__in=spans.values("alert"))
    return list(alerts.order_by("-opened_at", "-pk").select_for_update())


def _open(finding: Finding, *, now: datetime) -> tuple[Alert, AlertEvent]:
    try:
        with transaction.atomic():
            alert = _create(finding, now=now)
    except IntegrityError:
        first = locked_unclosed(finding.identity)
        if first is None:
            raise
        return first, _join(first, finding, now=now)
    _add_span(alert, finding, now=now)
    sum_up(alert)
    return alert, tell(alert, What.OPENED, at=now, data=_as_said(finding))


def _create(finding: Finding, *, now: datetime) -> Alert:
    identity = finding.identity
    return Alert.objects.create(
        kind=identity.kind,
        station_id=identity.station_id,
        zone_id=identity.zone_id,
        parameter=identity.parameter,
        period=identity.period,
        source=identity.source,
        severity=finding.rank,
        opened_at=now,
        raised_at=now,
        starts_at=finding.start,
        ends_at=finding.end,
        previous=alerts_of(identity).order_by("-closed_at").first(),
    )


def _join(alert: Alert, finding: Finding, *, now: datetime) -> AlertEvent:
    what = What.JOINED
    if alert.is_closed() and alert.may_reopen(now) and not _other_unclosed(alert, finding):
        what = What.REOPENED
        reopen(alert, now=now)
    elif _is_news(alert, finding):
        what = What.RECURRED
        begin_again(alert, now=now)
    if what != What.JOINED:
        drop_waiting(alert, [What.RESOLVED], why="it came again first")
    _add_span(alert, finding, now=now)
    sum_up(alert)
    return tell(alert, what, at=now, data=_as_said(finding))


def _other_unclosed(alert: Alert, finding: Finding) -> bool:
    return alerts_of(finding.identity).unclosed().exclude(pk=alert.pk).exists()


def _bring_back(alert: Alert, finding: Finding, *, now: datetime) -> None:
    """A known course goes on: back to the desk if it was closed, not over if it was over."""
    if alert.is_closed() and alert.may_reopen(now) and not _other_unclosed(alert, finding):
        reopen(alert, now=now)
    else:
        begin_again(alert, now=now)
    drop_waiting(alert, [What.RESOLVED, What.WITHDRAWN], why="it came again first")


def _is_news(alert: Alert, finding: Finding) -> bool:
    """Whether this lies after what the data had called the end."""
    return alert.resolved_after is not None and finding.end > alert.resolved_after


def _add_span(alert: Alert, finding: Finding, *, now: datetime) -> None:
    span = AlertSpan(alert=alert, start=finding.start, end=finding.end, told_at=now)
    _write(span, finding)


def _write(span: AlertSpan, finding: Finding) -> None:
    span.late = finding.late
    span.severity = finding.rank
    span.value, span.ratio = finding.value, finding.ratio
    span.minimum, span.maximum = finding.minimum, finding.maximum
    span.unit, span.source = finding.unit, finding.source
    certain = bool(finding.evidence.get("certain"))
    span.level = max(span.level, level_of(finding.ratio, certain=certain))
    span.limit_confirmed = finding.confirmed
    span.evidence = finding.evidence
    span.save()


def _as_said(finding: Finding) -> dict[str, Any]:
    """The finding as the story and the mails keep it: what was said at that moment."""
    return {
        "from": finding.start,
        "until": finding.end,
        "late": finding.late,
        "value": finding.value,
        "minimum": finding.minimum,
        "maximum": finding.maximum,
        "unit": finding.unit,
        "ratio": finding.ratio,
        "confirmed": finding.confirmed,
        "evidence": finding.evidence,
    }


def _same(one: Decimal | None, other: Decimal | None) -> bool:
    """Equal as far as the database keeps it: 20 decimals."""
    if one is None or other is None:
        return one is other
    return abs(one - other) < Decimal("1e-18")
