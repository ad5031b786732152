"""Verdicts: each closed period of each limit, made once due and again when its slots change.

What a verdict means for the desk is told in the same transaction (judging.md §§4–5).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg.types.json import Jsonb

from monitoring.domain.averaging import Mean, numerics
from monitoring.domain.judging import judge
from monitoring.domain.slots import (
    day_of,
    day_start,
    expected_in_day,
    expected_in_hour,
)
from monitoring.models import ChannelLink, Frontier, Verdict
from monitoring.services.average import MeanRow, basis_of, mean_rows
from monitoring.services.marks import Marks
from monitoring.services.setup import ChannelSetup, StationSetup
from monitoring.services.store import copy_rows
from monitoring.services.telling import tell_desk
from monitoring.services.verdicts import LENGTHS, Judged, dumps, limit_json, number
from stations.domain.stricter import Limit
from stations.services.limits import RuleBook

PERIODS = ("hour", "day")
USUAL_GRACE = 30
NEVER = datetime(9000, 1, 1, tzinfo=UTC)
"""When the next period of a channel that has ended is due."""

Key = tuple[int, str, datetime]
"""A channel's slot, a kind of period, and where the period starts."""


def judge_station(
    setup: StationSetup,
    marks: Marks,
    rules: RuleBook,
    *,
    now: datetime,
) -> list[Judged]:
    """Judge what has come due by `now` and what the marked hours changed; tell the desk.

    The caller holds the station's lock and has averaged the marked hours.
    """
    due = _move_frontiers(setup, rules, now)
    changed = _changed(setup, marks, due)
    wanted = sorted(due.periods | changed, key=lambda key: (key[2], key[0], key[1]))
    judged = list(_judge_all(setup, wanted, rules))
    fresh = _differing(setup.station_id, judged)
    for each in fresh:
        each.late = marks.came_late(each.start, each.end, _grace(each.limit))
        each.mail = marks.may_mail(each.start, each.end)
    _store(setup.station_id, fresh, now)
    tell_desk(setup.station_id, fresh, now=now)
    return fresh


@dataclass(slots=True)
class _Due:
    """Periods that came due, and between which starts each channel has been judged by now."""

    periods: set[Key] = field(default_factory=set)
    spans: dict[tuple[int, str], tuple[datetime, datetime]] = field(default_factory=dict)


def _move_frontiers(setup: StationSetup, rules: RuleBook, now: datetime) -> _Due:
    """Move each channel's frontier to `now`, and back to its first reading; what lies between.

    That of a channel the register no longer has moves no more.
    """
    due = _Due()
    known = {(f.slot, f.period): f for f in Frontier.objects.filter(station=setup.station_id)}
    slots = [channel.slot for channel in setup.channels]
    Frontier.objects.filter(station=setup.station_id).exclude(slot__in=slots).update(next_due=NEVER)
    firsts = dict(
        ChannelLink.objects.filter(station=setup.station_id).values_list("slot", "first_time")
    )
    moved = []
    for channel in setup.channels:
        first = firsts.get(channel.slot)
        if first is None:
            continue
        for period in PERIODS:
            frontier = known.get((channel.slot, period))
            after = _moved(setup.station_id, channel, period, frontier, first, rules, now)
            due.spans[channel.slot, period] = (after.since, after.until)
            due.periods |= set(_between(channel, period, frontier, after))
            if frontier is None or _ends(frontier) != _ends(after):
                moved.append(after)
    Frontier.objects.bulk_create(
        moved,
        update_conflicts=True,
        unique_fields=["station", "slot", "period"],
        update_fields=["since", "until", "next_due"],
    )
    return due


def _ends(frontier: Frontier) -> tuple[datetime, datetime, datetime]:
    return frontier.since, frontier.until, frontier.next_due


def _moved(
    station_id: int,
    channel: ChannelSetup,
    period: str,
    frontier: Frontier | None,
    first: datetime,
    rules: RuleBook,
    now: datetime,
) -> Frontier:
    since = period_start(period, channel, first)
    until = since
    if frontier is not None:
        since = min(since, frontier.since)
        until = since if _is_empty(frontier) else frontier.until
    last = None
    if channel.ended_on is not None:
        last = day_start(channel.ended_on) + LENGTHS["day"]
    while True:
        end = until + LENGTHS[period]
        due_at = end + timedelta(minutes=_longest_grace(station_id, channel, period, until, rules))
        if last is not None and until >= last:
            due_at = NEVER
        if due_at > now:
            break
        until = end
    return Frontier(
        station_id=station_id,
        slot=channel.slot,
        period=period,
        since=since,
        until=until,
        next_due=due_at,
    )


def _is_empty(frontier: Frontier) -> bool:
    """Whether no period has come due yet: then back-fill may bring some that are not due either."""
    return bool(frontier.since == frontier.until)


def period_start(period: str, channel: ChannelSetup, at: datetime) -> datetime:
    """The start of the hour or day in which a stamp counts."""
    hour = channel.pace.hour_of(at) or at.replace(minute=0, second=0, microsecond=0)
    return hour if period == "hour" else day_start(day_of(hour))


def _between(
    channel: ChannelSetup, period: str, before: Frontier | None, after: Frontier
) -> Iterator[Key]:
    """The periods that a moved frontier took in."""
    stretches = (
        [(after.since, after.until)]
        if before is None or _is_empty(before)
        else [(after.since, before.since), (before.until, after.until)]
    )
    for begin, end in stretches:
        count = max((end - begin) // LENGTHS[period], 0)
        yield from ((channel.slot, period, begin + i * LENGTHS[period]) for i in range(count))


def _changed(setup: StationSetup, marks: Marks, due: _Due) -> set[Key]:
    """The periods under the marked hours that were due before, for every channel."""
    starts = {
        "hour": set(marks.hours),
        "day": {day_start(day_of(hour)) for hour in marks.hours},
    }
    return {
        (slot, period, start)
        for (slot, period), (since, until) in due.spans.items()
        for start in starts[period]
        if since <= start < until
    }


def _longest_grace(
    station_id: int, channel: ChannelSetup, period: str, start: datetime, rules: RuleBook
) -> int:
    return max(
        (
            limit.grace_minutes
            for limit in rules.limits_on(station_id, channel.slot, day_of(start))
            if limit.period == period
        ),
        default=USUAL_GRACE,
    )


def _grace(limit: Limit) -> timedelta:
    return timedelta(minutes=limit.grace_minutes)


def _judge_all(setup: StationSetup, wanted: Sequence[Key], rules: RuleBook) -> Iterator[Judged]:
    channels = {channel.slot: channel for channel in setup.channels}
    limits = {
        key: [
            limit
            for limit in rules.limits_on(setup.station_id, key[0], day_of(key[2]))
            if limit.period == key[1]
        ]
        for key in wanted
    }
    means = _means(setup.station_id, [key for key in wanted if limits[key]])
    for key in wanted:
        slot, period, start = key
        for limit in limits[key]:
            mean = _mean(means, channels[slot], period, start, basis_of(limit.reference_oxygen))
            judgement = judge(
                mean,
                maximum=limit.maximum,
                minimum=limit.minimum,
                min_capture=limit.min_capture,
            )
            yield Judged(channels[slot], period, start, limit, mean, judgement)


Means = Mapping[tuple[str, int, datetime, str], MeanRow]


def _means(station_id: int, keys: Iterable[Key]) -> Means:
    starts: dict[str, set[datetime]] = defaultdict(set)
    for _, period, start in keys:
        starts[period].add(start)
    return {
        (period, slot, start, basis): row
        for period, wanted in starts.items()
        for (slot, start, basis), row in mean_rows(period, station_id, sorted(wanted)).items()
    }


def _mean(means: Means, channel: ChannelSetup, period: str, start: datetime, basis: str) -> Mean:
    row = means.get((period, channel.slot, start, basis))
    if row is not None:
        return row.mean
    interval = channel.pace.interval(day_of(start))
    if interval is None:
        return Mean(Fraction(), 0, 0)
    expected = expected_in_day(interval) if period == "day" else expected_in_hour(start, interval)
    return Mean(Fraction(), 0, expected)


def _differing(station_id: int, judged: Sequence[Judged]) -> list[Judged]:
    """Those that say something else than the verdict in effect, or for which there is none."""
    standing = _standing(station_id, judged)
    fresh = []
    for each in judged:
        before = standing.get((each.channel.slot, each.period, each.start, each.basis))
        if before is None or before[0] != each.substance:
            each.before = before[0][0] if before else None
            fresh.append(each)
    return fresh


def _standing(
    station_id: int, judged: Sequence[Judged]
) -> dict[tuple[int, str, datetime, str], tuple[tuple[Any, ...], UUID]]:
    if not judged:
        return {}
    rows = Verdict.objects.in_effect().filter(
        station=station_id,
        slot__in={each.channel.slot for each in judged},
        period__in={each.period for each in judged},
        start__in={each.start for each in judged},
    )
    return {
        (row.slot, row.period, row.start, row.basis): (
            (
                row.result,
                row.total,
                row.n,
                row.expected,
                row.minimum,
                row.maximum,
                row.source,
                row.confirmed,
            ),
            row.id,
        )
        for row in rows
    }


def _store(station_id: int, judged: Sequence[Judged], now: datetime) -> None:
    """Supersede what stood and write the new verdicts."""
    superseding = [each for each in judged if each.before is not None]
    if superseding:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE monitoring_verdict v SET superseded_at = %s"
                " FROM unnest(%s::int[], %s::text[], %s::timestamptz[], %s::text[])"
                " AS k(slot, period, start, basis) WHERE v.station_id = %s"
                " AND v.superseded_at IS NULL AND v.layer = 'raw'"
                " AND v.slot = k.slot AND v.period = k.period"
                " AND v.start = k.start AND v.basis = k.basis",
                [
                    now,
                    [each.channel.slot for each in superseding],
                    [each.period for each in superseding],
                    [each.start for each in superseding],
                    [each.basis for each in superseding],
                    station_id,
                ],
            )
    copy_rows(
        "monitoring_verdict",
        (
            *("station_id", "id", "slot", "symbol", "unit", "period", "start", "end", "basis"),
            *("result", "numerator", "denominator", "n", "expected", "mean", "capture"),
            *("ratio", "distance", "minimum", "maximum", "source", "confirmed", "limit"),
            *("judged_at",),
        ),
        (_row(station_id, each, now) for each in judged),
    )


def _row(station_id: int, each: Judged, now: datetime) -> tuple[Any, ...]:
    limit, mean, judgement = each.limit, each.mean, each.judgement
    return (
        *(station_id, each.id, each.channel.slot, each.channel.symbol, each.channel.unit),
        *(each.period, each.start, each.end, each.basis, judgement.verdict),
        *(*numerics(mean.total), mean.n, mean.expected, number(mean.value), number(mean.capture)),
        *(number(judgement.ratio), number(judgement.distance), limit.minimum, limit.maximum),
        *(limit.source, limit.confirmed or "", Jsonb(limit_json(limit), dumps=dumps), now),
    )
