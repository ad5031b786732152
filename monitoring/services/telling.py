"""What verdicts mean for the desk: opened, over, withdrawn, taken over (judging.md §5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_noop

from alerts.domain.kinds import EARLY_WARNING, EXCEEDANCE
from alerts.models import Alert, AlertSpan, State
from alerts.services.easing import supersede_warning, withdraw
from alerts.services.ending import Within, end_exceedances
from alerts.services.findings import Finding, Identity
from alerts.services.raising import report
from monitoring.domain.judging import EXCEEDED, WITHIN
from monitoring.domain.periods import end_before
from monitoring.models import Verdict
from monitoring.services.verdicts import (
    Judged,
    Standing,
    StandingKey,
    limit_json,
    number,
    written,
)

NOW_WITHIN = gettext_noop("A corrected value brought the mean within the limit.")
NO_LIMIT = gettext_noop("The limit no longer holds for this period.")
OTHER_LIMIT = gettext_noop("The period was judged anew by another limit.")
NOT_OVER = gettext_noop("No later period is within the limit any more.")


def tell_desk(
    station_id: int,
    judged: Sequence[Judged],
    *,
    now: datetime,
    gone: Sequence[Standing] = (),
    mail: bool = True,
) -> None:
    """Tell the desk of these new verdicts, in the order of their periods.

    `gone` are verdicts out of effect that none follows, since their limit is no more. Without
    `mail` nobody is told of what else ends by it.
    """
    if not judged and not gone:
        return
    courses = _Courses(station_id)
    warned = _warned(station_id)
    for each in sorted(judged, key=lambda one: (one.start, one.period, one.channel.slot)):
        taken_over_by = None
        if each.verdict == EXCEEDED:
            taken_over_by = report(_finding(station_id, each), now=now, mail=each.mail)
            courses.told.add((each.channel.symbol, each.period, each.limit.source))
            _withdraw_others(station_id, each, now)
        elif each.before is not None and each.verdict == WITHIN:
            _withdraw(station_id, each.channel.symbol, each, NOW_WITHIN, now, mail=each.mail)
        courses.touch(each.channel.symbol, each.key, mail=each.mail)
        if (each.channel.symbol, each.period) in warned:
            supersede_warning(
                station_id=station_id,
                parameter=each.channel.symbol,
                period=each.period,
                end=each.end,
                now=now,
                taken_over_by=taken_over_by,
                mail=mail,
            )
    for past in gone:
        _withdraw(station_id, past.symbol, past, NO_LIMIT, now, mail=mail)
        courses.touch(past.symbol, past.key, mail=mail)
    courses.bring_ends(now)


def _warned(station_id: int) -> set[tuple[str, str]]:
    """The early warnings of a station that wait for their period to be judged."""
    rows = Alert.objects.filter(station=station_id, kind=EARLY_WARNING, resolved_at=None)
    return set(rows.values_list("parameter", "period"))


class _Courses:
    """The exceedances of a station that wait for a `within`, or for theirs to be taken back."""

    def __init__(self, station_id: int) -> None:
        self.station_id = station_id
        waiting = Alert.objects.filter(~Q(state=State.CLOSED) | Q(resolved_at=None))
        rows = waiting.filter(station=station_id, kind=EXCEEDANCE)
        self.told = set(rows.values_list("parameter", "period", "source"))
        self.touched: dict[tuple[str, str], tuple[StandingKey, bool]] = {}

    def touch(self, symbol: str, key: StandingKey, *, mail: bool) -> None:
        """A verdict that may end a course, or take an end back."""
        before = self.touched.get((symbol, key[1]))
        self.touched[symbol, key[1]] = key, mail or (before is not None and before[1])

    def bring_ends(self, now: datetime) -> None:
        """An exceedance is over by the first later `within`, whatever limit was in force then."""
        for parameter, period, source in sorted(self.told):
            if (parameter, period) not in self.touched:
                continue
            key, mail = self.touched[parameter, period]
            end_exceedances(
                Identity(EXCEEDANCE, self.station_id, parameter, period, source),
                first_within=partial(_first_within, self.station_id, key),
                now=now,
                reason=NOT_OVER,
                mail=mail,
            )


def _first_within(station_id: int, key: StandingKey, moment: datetime) -> Within | None:
    slot, period, _, basis = key
    verdicts = Verdict.objects.in_effect().filter(
        station=station_id, slot=slot, period=period, basis=basis
    )
    found = verdicts.filter(result=WITHIN, end__gt=moment).order_by("start").first()
    if found is None:
        return None
    said = {"verdict": str(found.id), "from": found.start.isoformat(), "mean": found.mean}
    return Within(end_before(period, found.start), found.end, said)


def _withdraw_others(station_id: int, each: Judged, now: datetime) -> None:
    """What was said of the period by another limit, now that this one is exceeded."""
    if each.before is not None and each.before.source != each.limit.source:
        _withdraw(
            station_id,
            each.channel.symbol,
            each,
            OTHER_LIMIT,
            now,
            mail=each.mail,
            source=each.before.source,
        )


def _withdraw(
    station_id: int,
    symbol: str,
    each: Judged | Standing,
    reason: str,
    now: datetime,
    *,
    mail: bool,
    source: str | None = None,
) -> None:
    """Whatever limit had been exceeded (or that one), and whatever was said in between."""
    alerts = Alert.objects.filter(
        station=station_id, kind=EXCEEDANCE, parameter=symbol, period=each.period
    )
    if source is not None:
        alerts = alerts.filter(source=source)
    spans = AlertSpan.objects.filter(
        alert__in=alerts, start=each.start, end=each.end, withdrawn_at=None
    )
    for told_source in set(spans.values_list("alert__source", flat=True)):
        withdraw(
            kind=EXCEEDANCE,
            station_id=station_id,
            parameter=symbol,
            period=each.period,
            source=told_source,
            start=each.start,
            end=each.end,
            now=now,
            reason=reason,
            mail=mail,
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
