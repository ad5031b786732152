"""The approved layer: what the verdicts are without the readings that officers excluded.

An approved verdict stands beside a verdict on the data as sent, of the same period and under the
same limit, and only where an approved exclusion touches the period. Nothing here tells the desk.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.db.models import Q, QuerySet

from monitoring.domain.averaging import Mean
from monitoring.domain.exclusions import Excluded, Span, stretches
from monitoring.domain.judging import Judgement, judge
from monitoring.domain.long_periods import capture_needed
from monitoring.domain.slots import HOUR, ONE_DAY
from monitoring.models import Correction, Exclusion, Layer, Verdict
from monitoring.services.approved_means import MINUTES_OF_HOUR, ApprovedMeans, PeriodOf, Touching
from monitoring.services.locks import lock_stations
from monitoring.services.setup import StationSetup, setups_of
from monitoring.services.verdicts import number
from stations.models import Channel

LONGEST = {
    "hour": HOUR,
    "hours8": timedelta(hours=8),
    "day": ONE_DAY,
    "year": timedelta(days=366),
}
"""How far back a period may begin that still holds a moment."""

Key = tuple[int, str, datetime, str]
"""A channel's slot, a kind of period, where the period starts, and the basis of its mean."""


@dataclass(frozen=True, slots=True)
class Shadow:
    """A verdict on the data as sent, and what the approved data say of the same period."""

    raw: Verdict
    mean: Mean
    judgement: Judgement

    @property
    def key(self) -> Key:
        return key_of(self.raw)

    @property
    def substance(self) -> tuple[Any, ...]:
        """What must differ for a new verdict to be made."""
        mean, raw = self.mean, self.raw
        said = self.judgement.verdict, mean.total, mean.n, mean.expected
        return (*said, raw.minimum, raw.maximum, raw.source, raw.confirmed)


@dataclass(frozen=True, slots=True)
class Remade:
    """What became of the approved verdicts of a stretch of time."""

    made: tuple[Verdict, ...] = ()
    """New ones; what they supersede is superseded."""
    ended: int = 0
    """Those that stand no longer and have no successor: there the data as sent count again."""

    def __len__(self) -> int:
        return len(self.made) + self.ended


def key_of(verdict: Verdict) -> Key:
    """What makes two verdicts speak of the same."""
    return verdict.slot, verdict.period, verdict.start, verdict.basis


def excluded_of(station_id: int, also: Iterable[Exclusion] = ()) -> dict[int, Excluded]:
    """What is excluded of a station's channels, by slot; `also`: as if these were approved."""
    rows = Exclusion.objects.filter(station=station_id, state=Exclusion.State.APPROVED)
    found: dict[int, list[tuple[datetime, datetime, bool]]] = {}
    for slot, start, end, why in rows.values_list("channel__slot", "start", "end", "why"):
        found.setdefault(slot, []).append((start, end, why == Exclusion.Why.STOP))
    for each in also:
        span = each.start, each.end, each.why == Exclusion.Why.STOP
        found.setdefault(each.channel.slot, []).append(span)
    return {slot: Excluded.of(spans) for slot, spans in found.items()}


def approved_exclusions(channel: Channel, start: datetime, end: datetime) -> list[Exclusion]:
    """What is excluded of a channel between two moments, in order."""
    rows = Exclusion.objects.filter(channel=channel, state=Exclusion.State.APPROVED)
    return list(rows.overlapping(start, end).order_by("start", "pk"))


def follow(
    setup: StationSetup, hours: Iterable[datetime], judged: Iterable[Span], *, now: datetime
) -> Remade:
    """Brings the approved layer after the other one: hours that changed, periods just judged.

    The caller holds the station's lock and has averaged and judged. One query where nothing of
    the station is excluded.
    """
    excluded = excluded_of(setup.station_id)
    if not excluded:
        return Remade()
    spans = stretches([*((hour, hour + HOUR) for hour in hours), *judged])
    return _remake(setup, spans, excluded, now=now)


def judge_approved(
    setup: StationSetup, spans: Iterable[Span], *, now: datetime, correction: int | None = None
) -> Remade:
    """Makes the approved verdicts of these stretches of time what they are now.

    The caller holds the station's lock. Where nothing is excluded any more they end.
    """
    excluded = excluded_of(setup.station_id)
    return _remake(setup, stretches(spans), excluded, now=now, correction=correction)


def apply(correction: Correction, *, now: datetime) -> tuple[int, int]:
    """Does a correction of what is excluded: no reading changes; how many verdicts did."""
    lock_stations([correction.station_id])
    setup = setups_of([correction.station_id])[correction.station_id]
    span = correction.start, correction.end
    return 0, len(judge_approved(setup, [span], now=now, correction=correction.pk))


def shadows(
    setup: StationSetup, excluded: Mapping[int, Excluded], spans: Sequence[Span]
) -> list[Shadow]:
    """What the approved data say of every judged period in these spans that is touched."""
    raws = _touched(setup, excluded, spans)
    periods = [PeriodOf.judged(raw) for raw in raws]
    means = ApprovedMeans(setup, excluded, periods)
    return [
        _shadow(raw, means.of(each), each.min_capture)
        for raw, each in zip(raws, periods, strict=True)
    ]


def _shadow(raw: Verdict, mean: Mean, min_capture: Decimal) -> Shadow:
    judgement = judge(
        mean,
        maximum=raw.maximum,
        minimum=raw.minimum,
        min_capture=capture_needed(raw.period, min_capture),  # type: ignore[arg-type]
    )
    return Shadow(raw, mean, judgement)


def _touched(
    setup: StationSetup, excluded: Mapping[int, Excluded], spans: Sequence[Span]
) -> list[Verdict]:
    """The verdicts on the data as sent, in effect in these spans, that an exclusion touches."""
    touching = Touching(setup, excluded)
    rows = _in_effect(setup, spans, Layer.RAW).filter(touching.condition())
    return [
        row
        for row in rows.order_by("start", "slot", "period")
        if touching((row.slot, row.basis), row.start, row.end)
    ]


def _in_effect(setup: StationSetup, spans: Sequence[Span], layer: str) -> QuerySet[Verdict]:
    """The verdicts of a layer whose period holds a moment of these spans."""
    reach = _reach(setup)
    condition = Q(pk__in=[])
    for start, end in spans:
        for period, length in LONGEST.items():
            condition |= Q(period=period, start__gt=start - length - reach, start__lt=end)
    rows: QuerySet[Verdict] = Verdict.objects.in_effect(layer).filter(
        condition, station=setup.station_id
    )
    return rows


def _reach(setup: StationSetup) -> timedelta:
    """How much later than its hour what counts in it may be measured: where slots are longer."""
    longer = any(channel.pace.may_exceed(MINUTES_OF_HOUR) for channel in setup.channels)
    return ONE_DAY if longer else timedelta()


def _remake(
    setup: StationSetup,
    spans: Sequence[Span],
    excluded: Mapping[int, Excluded],
    *,
    now: datetime,
    correction: int | None = None,
) -> Remade:
    standing = {key_of(row): row for row in _in_effect(setup, spans, Layer.APPROVED)}
    found = shadows(setup, excluded, spans) if excluded else []
    wanted = {each.key for each in found}
    fresh = [each for each in found if _differs(each, standing.get(each.key))]
    ended = standing.keys() - wanted
    changed = [standing[key].id for key in ended]
    changed += [standing[each.key].id for each in fresh if each.key in standing]
    Verdict.objects.filter(station=setup.station_id, id__in=changed).update(superseded_at=now)
    made = [_verdict(each, now, correction) for each in fresh]
    Verdict.objects.bulk_create(made, batch_size=1000)
    return Remade(tuple(made), len(ended))


def _differs(each: Shadow, before: Verdict | None) -> bool:
    if before is None:
        return True
    said = before.result, before.total, before.n, before.expected
    limit = before.minimum, before.maximum, before.source, before.confirmed
    return (*said, *limit) != each.substance


def _verdict(each: Shadow, now: datetime, correction: int | None) -> Verdict:
    raw, mean, judgement = each.raw, each.mean, each.judgement
    total = mean.total
    return Verdict(
        station_id=raw.station_id,
        id=uuid4(),
        slot=raw.slot,
        symbol=raw.symbol,
        unit=raw.unit,
        period=raw.period,
        start=raw.start,
        end=raw.end,
        basis=raw.basis,
        result=judgement.verdict,
        numerator=total.numerator,
        denominator=total.denominator,
        n=mean.n,
        expected=mean.expected,
        mean=number(mean.value),
        capture=number(mean.capture),
        ratio=number(judgement.ratio),
        distance=number(judgement.distance),
        minimum=raw.minimum,
        maximum=raw.maximum,
        source=raw.source,
        confirmed=raw.confirmed,
        limit=raw.limit,
        layer=Layer.APPROVED,
        newest=raw.newest,
        correction=correction,
        judged_at=now,
    )
