"""What verdicts mean for the desk: opened, over, withdrawn, taken over (judging.md §5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop

from alerts.domain.kinds import EARLY_WARNING, EXCEEDANCE
from alerts.models import Alert
from alerts.services.easing import resolve, supersede_warning, unresolve, withdraw
from alerts.services.findings import Finding
from alerts.services.raising import report
from monitoring.domain.judging import EXCEEDED, WITHIN
from monitoring.models import Verdict
from monitoring.services.verdicts import Judged, limit_json, number, written

NOW_WITHIN = gettext_noop("A corrected value brought the mean within the limit.")
NOT_OVER = gettext_noop("No later period is within the limit any more.")


def tell_desk(station_id: int, judged: Sequence[Judged], *, now: datetime) -> None:
    """Tell the desk of these new verdicts, in the order of their periods."""
    if not judged:
        return
    courses: set[tuple[int, str, str, str, str]] = set()
    watched, warned = _watched(station_id), _warned(station_id)
    for each in sorted(judged, key=lambda one: (one.start, one.period, one.channel.slot)):
        course = (
            each.channel.slot,
            each.channel.symbol,
            each.period,
            each.basis,
            each.limit.source,
        )
        taken_over_by = None
        if each.judgement.verdict == EXCEEDED:
            taken_over_by = report(_finding(station_id, each), now=now, mail=each.mail)
            courses.add(course)
        elif each.before == EXCEEDED and each.judgement.verdict == WITHIN:
            _withdraw(station_id, each, now)
            courses.add(course)
        elif (each.channel.symbol, each.period, each.limit.source) in watched:
            courses.add(course)
        if (each.channel.symbol, each.period) in warned:
            supersede_warning(
                station_id=station_id,
                parameter=each.channel.symbol,
                period=each.period,
                end=each.end,
                now=now,
                taken_over_by=taken_over_by,
            )
    for course in sorted(courses):
        _settle_course(station_id, course, now)


def _watched(station_id: int) -> set[tuple[str, str, str]]:
    """The exceedances of a station that wait for a `within`, or for theirs to be taken back."""
    rows = Alert.objects.unclosed().filter(station=station_id, kind=EXCEEDANCE)
    return set(rows.values_list("parameter", "period", "source"))


def _warned(station_id: int) -> set[tuple[str, str]]:
    """The early warnings of a station that wait for their period to be judged."""
    rows = Alert.objects.filter(station=station_id, kind=EARLY_WARNING, resolved_at=None)
    return set(rows.values_list("parameter", "period"))


def _settle_course(station_id: int, course: tuple[int, str, str, str, str], now: datetime) -> None:
    """An exceedance is over by the first later `within`, and by nothing else."""
    slot, symbol, period, basis, source = course
    verdicts = Verdict.objects.in_effect().filter(
        station=station_id, slot=slot, period=period, basis=basis
    )
    last = verdicts.filter(result=EXCEEDED, source=source).order_by("-start").only("start").first()
    identity: dict[str, Any] = {
        "kind": EXCEEDANCE,
        "station_id": station_id,
        "parameter": symbol,
        "period": period,
        "source": source,
    }
    if last is None:
        return
    over = verdicts.filter(result=WITHIN, start__gt=last.start).order_by("start").first()
    if over is None:
        unresolve(**identity, now=now, reason=NOT_OVER)
    else:
        resolve(
            **identity,
            at=over.end,
            after=over.start,
            now=now,
            by_what={"verdict": str(over.id), "from": over.start.isoformat(), "mean": over.mean},
        )


def _withdraw(station_id: int, each: Judged, now: datetime) -> None:
    withdraw(
        kind=EXCEEDANCE,
        station_id=station_id,
        parameter=each.channel.symbol,
        period=each.period,
        source=each.limit.source,
        start=each.start,
        end=each.end,
        now=now,
        reason=NOW_WITHIN,
    )


def _finding(station_id: int, each: Judged) -> Finding:
    value = each.mean.value
    return Finding(
        kind=EXCEEDANCE,
        station_id=station_id,
        start=each.start,
        end=each.end,
        parameter=each.channel.symbol,
        period=each.period,
        source=each.limit.source,
        value=written(value),
        minimum=each.limit.minimum,
        maximum=each.limit.maximum,
        unit=each.channel.unit,
        ratio=written(each.judgement.ratio),
        late=each.late,
        confirmed=each.limit.confirmed is not None,
        evidence=evidence_of(each),
    )


def evidence_of(each: Judged) -> dict[str, Any]:
    """What is kept with an alert, so that a later correction does not rewrite what was said."""
    return {
        "verdict": str(each.id),
        "mean": number(each.mean.value),
        "n": each.mean.n,
        "expected": each.mean.expected,
        "capture": number(each.mean.capture),
        "ratio": number(each.judgement.ratio),
        "distance": number(each.judgement.distance),
        "limit": limit_json(each.limit),
    }
