"""What verdicts mean for the desk: opened, over, withdrawn, taken over (judging.md §5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_noop

from alerts.domain.kinds import EARLY_WARNING, EXCEEDANCE
from alerts.models import Alert, AlertSpan, State
from alerts.services.easing import supersede_warning
from alerts.services.ending import End, any_ended_since, bring_ends
from alerts.services.findings import Finding, Identity
from alerts.services.outbox import hold_late_notes
from alerts.services.together import OneByOne, Together
from monitoring.domain.judging import EXCEEDED, WITHIN
from monitoring.domain.periods import end_before
from monitoring.models import Layer, Verdict
from monitoring.services.verdicts import (
    Judged,
    Standing,
    StandingKey,
    limit_json,
    number,
    written,
)

MANY = 4
"""From so many periods on, that are exceeded or judged anew, the desk is told of all together."""

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
    courses = _Courses.waiting(station_id)
    anew: list[Judged | Standing] = [each for each in judged if each.before is not None]
    anew += gone
    told = _Told.of(station_id, anew, _desk(judged, anew, now))
    for each in sorted(judged, key=lambda one: (one.start, one.period, one.channel.slot)):
        taken_over_by = None
        if each.verdict == EXCEEDED:
            taken_over_by = told.desk.report(_finding(station_id, each), mail=each.mail)
            courses.tell(each, taken_over_by, now)
            _withdraw_others(told, each)
        elif each.before is not None and each.verdict == WITHIN:
            told.withdraw(each.channel.symbol, each, NOW_WITHIN, mail=each.mail)
        courses.touch(each.channel.symbol, each.key, mail=each.mail)
        if (each.channel.symbol, each.period) in courses.warned:
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
        told.withdraw(past.symbol, past, NO_LIMIT, mail=mail)
        courses.touch(past.symbol, past.key, mail=mail)
    told.desk.close()
    late = {each.id for each in judged if each.late}
    courses.bring_ends(late, now)
    if late:
        hold_late_notes(station_id=station_id, now=now)


def _desk(
    judged: Sequence[Judged], anew: Sequence[Judged | Standing], now: datetime
) -> OneByOne | Together:
    """Few are told one by one; many together."""
    exceeded = sum(each.verdict == EXCEEDED for each in judged)
    return Together(now=now) if exceeded + len(anew) > MANY else OneByOne(now=now)


class _Courses:
    """What of a station waits for verdicts: exceedances for a `within`, or for theirs to be taken
    back; early warnings for their period to be judged."""

    def __init__(self, station_id: int) -> None:
        self.station_id = station_id
        self.told: set[tuple[str, str, str]] = set()
        self.opened: dict[tuple[str, str, str], Alert] = {}
        self.warned: set[tuple[str, str]] = set()
        self.touched: dict[tuple[str, str], tuple[StandingKey, bool]] = {}
        self.since: dict[tuple[str, str], datetime] = {}

    @classmethod
    def waiting(cls, station_id: int) -> _Courses:
        """As the desk has them now, in one question."""
        courses = cls(station_id)
        rows = Alert.objects.filter(
            ~Q(state=State.CLOSED) | Q(resolved_at=None),
            station=station_id,
            kind__in=(EXCEEDANCE, EARLY_WARNING),
        ).order_by()
        columns = ("kind", "parameter", "period", "source", "resolved_at")
        for kind, parameter, period, source, resolved_at in rows.values_list(*columns):
            if kind == EXCEEDANCE:
                courses.told.add((parameter, period, source))
            elif resolved_at is None:
                courses.warned.add((parameter, period))
        return courses

    def tell(self, each: Judged, alert: Alert, now: datetime) -> None:
        """An exceedance was reported; it may have opened a case just now."""
        key = each.channel.symbol, each.period, each.limit.source
        if key not in self.told and alert.opened_at == now and alert.resolved_at is None:
            self.opened[key] = alert
        self.told.add(key)

    def touch(self, symbol: str, key: StandingKey, *, mail: bool) -> None:
        """A verdict that may end a course, or take an end back."""
        start = key[2]
        self.since[symbol, key[1]] = min(start, self.since.get((symbol, key[1]), start))
        before = self.touched.get((symbol, key[1]))
        self.touched[symbol, key[1]] = key, mail or (before is not None and before[1])

    def bring_ends(self, late: set[UUID], now: datetime) -> None:
        """An exceedance is over by the first later `within`, whatever limit was in force then."""
        for parameter, period, source in sorted(self.told):
            if (parameter, period) not in self.touched:
                continue
            key, mail = self.touched[parameter, period]
            identity = Identity(EXCEEDANCE, self.station_id, parameter, period, source)
            opened = self.opened.get((parameter, period, source))
            if opened is not None and not _any_within(self.station_id, key, opened.starts_at):
                since = self.since[parameter, period]
                if opened.previous_id is None or not any_ended_since(identity, since):
                    continue  # it goes on, and these verdicts ended no earlier case of its cause
            bring_ends(
                identity,
                first_end=partial(_first_within, self.station_id, key, late),
                now=now,
                reason=NOT_OVER,
                mail=mail,
            )


def _any_within(station_id: int, key: StandingKey, moment: datetime) -> bool:
    slot, period, *_ = key
    verdicts = Verdict.objects.in_effect().filter(station=station_id, slot=slot, period=period)
    return verdicts.filter(result=WITHIN, end__gt=moment).exists()


def _first_within(
    station_id: int, key: StandingKey, late: set[UUID], last: AlertSpan
) -> End | None:
    """The first later period within, under whatever limit was in force then.

    Where limits at several references of oxygen stand beside each other, each speaks for itself.
    `late` are the verdicts just made from data that came late.
    """
    slot, period, *_ = key
    verdicts = Verdict.objects.in_effect().filter(station=station_id, slot=slot, period=period)
    basis = Coalesce(_basis_of(station_id, key, last), Value(""))
    of_basis = verdicts.filter(start=OuterRef("start"), basis=basis)
    later = verdicts.filter(result=WITHIN, end__gt=last.end)
    found = (
        later.filter(Q(basis=basis) | ~Exists(of_basis))
        .order_by("start", "basis")
        .values_list("id", "start", "end", "mean")
        .first()
    )
    if found is None:
        return None
    pk, start, end, mean = found
    said = {"verdict": str(pk), "from": start.isoformat(), "mean": mean}
    return End(end_before(period, start), end, said, late=pk in late)


def _basis_of(station_id: int, key: StandingKey, span: AlertSpan) -> Subquery:
    """On which basis a period was found to be exceeded."""
    slot, period, *_ = key
    exceeded = Verdict.objects.filter(
        station=station_id,
        slot=slot,
        period=period,
        start=span.start,
        source=span.source,
        result=EXCEEDED,
        layer=Layer.RAW,
    )
    latest = exceeded.order_by(F("superseded_at").desc(nulls_first=True))
    return Subquery(latest.values("basis")[:1])


def _withdraw_others(told: _Told, each: Judged) -> None:
    """What was said of the period by another limit, now that this one is exceeded."""
    if each.before is not None and each.before.source != each.limit.source:
        told.withdraw(
            each.channel.symbol,
            each,
            OTHER_LIMIT,
            mail=each.mail,
            source=each.before.source,
        )


class _Told:
    """What was told, and stands, of periods that are judged anew: by whichever limit."""

    def __init__(self, station_id: int, desk: OneByOne | Together) -> None:
        self.station_id = station_id
        self.desk = desk
        self._sources: dict[tuple[str, str, datetime, datetime], set[str]] = defaultdict(set)

    @classmethod
    def of(
        cls, station_id: int, anew: Iterable[Judged | Standing], desk: OneByOne | Together
    ) -> _Told:
        """Of all these periods, in one question."""
        told = cls(station_id, desk)
        starts = {each.start for each in anew}
        if not starts:
            return told
        spans = AlertSpan.objects.filter(
            alert__station=station_id,
            alert__kind=EXCEEDANCE,
            start__in=starts,
            withdrawn_at=None,
        ).order_by()
        for parameter, period, start, end, source in spans.values_list(
            "alert__parameter", "alert__period", "start", "end", "alert__source"
        ):
            told._sources[parameter, period, start, end].add(source)
        return told

    def withdraw(
        self,
        symbol: str,
        each: Judged | Standing,
        reason: str,
        *,
        mail: bool,
        source: str | None = None,
    ) -> None:
        """Whatever limit had been exceeded (or that one), and whatever was said in between."""
        told = self._sources.get((symbol, each.period, each.start, each.end), set())
        own = told if source is None else told & {source}
        for told_source in sorted(own - _said_beside(self.station_id, each) if own else ()):
            self.desk.withdraw(
                Identity(EXCEEDANCE, self.station_id, symbol, each.period, told_source),
                start=each.start,
                end=each.end,
                reason=reason,
                mail=mail,
                late=isinstance(each, Judged) and each.late,
            )


def _said_beside(station_id: int, each: Judged | Standing) -> set[str]:
    """The sources of limits at other references of oxygen: their word on the period stands."""
    slot, period, start, basis = each.key
    verdicts = Verdict.objects.filter(
        station=station_id, slot=slot, period=period, start=start, layer=Layer.RAW
    )
    said = set(verdicts.order_by().values_list("source", "basis").distinct())
    own = {source for source, on in said if on == basis}
    return {source for source, on in said if on != basis} - own


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
        "received": None if each.newest is None else each.newest.isoformat(),
        "mean": number(each.mean.value),
        "n": each.mean.n,
        "expected": each.mean.expected,
        "capture": number(each.mean.capture),
        "ratio": number(each.judgement.ratio),
        "distance": number(each.judgement.distance),
        "limit": limit_json(each.limit),
    }
