"""Takes a finding in: it opens an alert, joins one, or brings one back (judging.md §5)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_noop

from alerts.domain import kinds
from alerts.domain.severity import level_of
from alerts.models import Alert, AlertEvent, AlertSpan, What
from alerts.services.cases import begin_again, locked_unclosed, reopen, show
from alerts.services.deadlines import give_deadlines, set_deadlines
from alerts.services.findings import Finding
from alerts.services.flapping import note_onset
from alerts.services.grading import graded
from alerts.services.known import Known
from alerts.services.muting import note_cover
from alerts.services.outbox import drop_waiting, notify


@transaction.atomic(savepoint=False)
def report(finding: Finding, *, now: datetime, mail: bool = True) -> Alert:
    """The one alert that this finding belongs to; reporting it twice changes nothing.

    Runs inside the transaction of the verdict, under its station's lock. `mail=False` keeps a
    back-fill of history from writing to anyone.
    """
    finding = graded(finding, now=now)
    known = Known.of(finding, now=now)
    alert, event = take_in(known, now=now, mail=mail)
    if event is not None and mail:
        spread(alert, event, known, now=now)
    return alert


def take_in(known: Known, *, now: datetime, mail: bool) -> tuple[Alert, AlertEvent | None]:
    """The alert that a finding belongs to, and the event of it if it is news."""
    span = known.told()
    if span is not None:
        return _told_before(known, span, now=now)
    return _new_span(known, now=now, mail=mail)


def spread(alert: Alert, event: AlertEvent, known: Known, *, now: datetime) -> None:
    """Have the news told: by when someone must answer, and to whom it is mailed.

    What announced work explains is told when the work is over, if it still goes on then.
    """
    cover = known.cover
    note_cover(alert, cover, now=now)
    give_deadlines(alert, now=now if cover is None else max(now, cover.until))
    held_until = None if cover is None else cover.until
    notify(alert, event, known.finding, now=now, held_until=held_until)
    note_onset(alert, event, now=now)


def _told_before(
    known: Known, span: AlertSpan, *, now: datetime
) -> tuple[Alert, AlertEvent | None]:
    alert = known.alert(span)
    if span.withdrawn_at is not None:
        return alert, _reinstate(known, alert, span, now=now)
    if known.finding.kind in kinds.KINDS_BY_PERIOD:
        _correct(known, alert, span, now=now)
        return alert, None
    return alert, _grow(known, alert, span, now=now)


def _reinstate(known: Known, alert: Alert, span: AlertSpan, *, now: datetime) -> AlertEvent:
    """A period that was withdrawn is found again: those who were told of the end must know."""
    finding = known.finding
    span.withdrawn_at, span.withdrawn_reason = None, ""
    span.start, span.end = finding.start, finding.end
    _write(span, finding)
    known.writing.change(span)
    _bring_back(known, alert, now=now)
    known.writing.sum_up(alert)
    return known.writing.tell(alert, What.REINSTATED, at=now, data=_as_said(finding))


def _correct(known: Known, alert: Alert, span: AlertSpan, *, now: datetime) -> None:
    """Keeps a corrected value beside what was said. It is no news for a mail."""
    finding = known.finding
    before = span.value if span.corrected_at is None else span.corrected_value
    if _same(before, finding.value):
        return
    span.corrected_at, span.corrected_value = now, finding.value
    span.corrected_evidence = finding.evidence
    known.writing.change(span, "corrected_at", "corrected_value", "corrected_evidence")
    told = {"before": before, **_as_said(finding)}
    known.writing.tell(alert, What.CORRECTED, at=now, data=told)


def _grow(known: Known, alert: Alert, span: AlertSpan, *, now: datetime) -> AlertEvent | None:
    """Takes in how far a running course has come; an event only where it became graver."""
    finding = known.finding
    if _is_known(span, finding):
        return None
    came_back, before = _is_news(alert, finding), span.level
    whole = finding.span.joined(span.as_span())
    if _speaks_for(finding, span):
        _write(span, finding)
    span.start, span.end = whole.start, whole.end
    known.writing.change(span)
    graver = span.level > before
    if came_back or (graver and alert.is_closed()):
        _bring_back(known, alert, now=now)
    known.writing.sum_up(alert)
    if not came_back and not graver:
        return None
    what = What.RECURRED if came_back else What.GREW
    return known.writing.tell(alert, what, at=now, data=_as_said(finding))


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


def _new_span(known: Known, *, now: datetime, mail: bool) -> tuple[Alert, AlertEvent]:
    alert = _home_of(known, now=now)
    if alert is None:
        return _open(known, now=now, mail=mail)
    return alert, _join(known, alert, now=now)


def _home_of(known: Known, *, now: datetime) -> Alert | None:
    """The alert that a new period belongs to; None: it opens one of its own."""
    unclosed = known.unclosed()
    if known.finding.late:
        touching = known.touching()
        return unclosed if unclosed in touching or not touching else touching[0]
    return unclosed or known.may_come_back(now)


def _open(known: Known, *, now: datetime, mail: bool) -> tuple[Alert, AlertEvent]:
    """A new alert that shows its one period. Another's that came first is joined."""
    span = _span_of(known.finding, now=now)
    alert = _alert_of(known, now=now)
    show(alert, [span])
    if mail:
        cover = known.cover
        set_deadlines(alert, now=now if cover is None else max(now, cover.until))
    try:
        with transaction.atomic():
            alert.save(force_insert=True)
    except IntegrityError:
        first = locked_unclosed(known.finding.identity)
        if first is None:
            raise
        return first, _join(known, first, now=now)
    known.writing.add(span, alert)
    event = known.writing.tell(alert, What.OPENED, at=now, data=_as_said(known.finding))
    return alert, event


def _alert_of(known: Known, *, now: datetime) -> Alert:
    identity = known.finding.identity
    return Alert(
        kind=identity.kind,
        station_id=identity.station_id,
        zone_id=identity.zone_id,
        parameter=identity.parameter,
        period=identity.period,
        source=identity.source,
        opened_at=now,
        raised_at=now,
        previous_id=known.closed_last(),
    )


def _join(known: Known, alert: Alert, *, now: datetime) -> AlertEvent:
    finding = known.finding
    what = What.JOINED
    if alert.is_closed() and alert.may_reopen(now) and not known.other_unclosed(alert):
        what = What.REOPENED
        reopen(alert, now=now)
    elif _is_news(alert, finding):
        what = What.RECURRED
        begin_again(alert, now=now)
    if what != What.JOINED:
        drop_waiting(alert, [What.RESOLVED], why=gettext_noop("it came again first"))
    known.writing.add(_span_of(finding, now=now), alert)
    known.writing.sum_up(alert)
    return known.writing.tell(alert, what, at=now, data=_as_said(finding))


def _bring_back(known: Known, alert: Alert, *, now: datetime) -> None:
    """A known course goes on: back to the desk if it was closed, not over if it was over."""
    if alert.is_closed() and alert.may_reopen(now) and not known.other_unclosed(alert):
        reopen(alert, now=now)
    else:
        begin_again(alert, now=now)
    drop_waiting(alert, [What.RESOLVED, What.WITHDRAWN], why=gettext_noop("it came again first"))


def _is_news(alert: Alert, finding: Finding) -> bool:
    """Whether this lies after what the data had called the end."""
    return alert.resolved_after is not None and finding.end > alert.resolved_after


def _span_of(finding: Finding, *, now: datetime) -> AlertSpan:
    """The period of a finding, not stored yet."""
    span = AlertSpan(start=finding.start, end=finding.end, told_at=now)
    _write(span, finding)
    return span


def _write(span: AlertSpan, finding: Finding) -> None:
    """Lays a finding's evidence into a period."""
    span.late = finding.late
    span.severity = finding.rank
    span.value, span.ratio = finding.value, finding.ratio
    span.minimum, span.maximum = finding.minimum, finding.maximum
    span.unit, span.source = finding.unit, finding.source
    certain = bool(finding.evidence.get("certain"))
    span.level = max(span.level, level_of(finding.ratio, certain=certain))
    span.limit_confirmed = finding.confirmed
    span.evidence = finding.evidence


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
