"""Verdicts: each closed period of each limit, made once due and again when its slots change.

What a verdict means for the desk is told in the same transaction (judging.md §§4–5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from monitoring.domain.averaging import Mean
from monitoring.domain.comparing import Bounds, bounds_of, compare
from monitoring.domain.judging import EXCEEDED
from monitoring.domain.long_periods import capture_needed
from monitoring.domain.periods import SHORT
from monitoring.domain.slots import day_of
from monitoring.services.frontiers import move_frontiers
from monitoring.services.lateness import mean_by
from monitoring.services.marks import Marks
from monitoring.services.means import Key, MeanReader, Means, Rows, mean_rows
from monitoring.services.setup import ChannelSetup, StationSetup
from monitoring.services.telling import tell_desk
from monitoring.services.verdict_store import standing_verdicts, store_verdicts
from monitoring.services.verdicts import Judged, Standing, StandingKey
from stations.domain.stricter import Limit
from stations.services.limits import RuleBook


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
    due = move_frontiers(setup, rules, now)
    wanted = due.periods | due.under(marks.hours)
    judged = judge_keys(setup, wanted, rules, stored_means(setup.station_id))
    fresh = differing(judged, standing_verdicts(setup.station_id, judged))
    for each in fresh:
        due_at = each.end + _grace(each.limit)
        came_late = marks.came_late(each.start, each.end, _grace(each.limit))
        each.late = came_late and not _was_known_by(due_at, each, setup, rules)
        each.mail = marks.may_mail(each.start, each.end)
    store_verdicts(setup.station_id, fresh, now=now)
    tell_desk(setup.station_id, fresh, now=now)
    return fresh


def _was_known_by(moment: datetime, each: Judged, setup: StationSetup, rules: RuleBook) -> bool:
    """Whether an hour or a day was exceeded by what had come by then. A running 8 hours and a year
    are as late as the newest of their data."""
    if each.verdict != EXCEEDED or each.period not in SHORT:
        return False
    mean = mean_by(setup, rules, each, moment)
    then = Case(each.channel, each.period, each.start, each.limit, mean)
    return judge_means([then])[0].verdict == EXCEEDED


def _grace(limit: Limit) -> timedelta:
    return timedelta(minutes=limit.grace_minutes)


def stored_means(station_id: int) -> MeanReader:
    """Reads the means of a station as the flow stored them."""
    return partial(_read, station_id)


def _read(station_id: int, period: str, starts: Sequence[datetime]) -> Rows:
    return mean_rows(period, station_id, starts)


@dataclass(frozen=True, slots=True)
class Case:
    """A mean that is to be held against a limit."""

    channel: ChannelSetup
    period: str
    start: datetime
    limit: Limit
    mean: Mean
    newest: datetime | None = None


def judge_keys(
    setup: StationSetup, keys: Iterable[Key], rules: RuleBook, read: MeanReader
) -> list[Judged]:
    """The verdicts on these periods under every limit in force at their starts, by time.

    `read` gives the means of hours and days; what is made of them follows. Nothing is written.
    """
    channels = {channel.slot: channel for channel in setup.channels}
    asked = []
    for slot, period, start in sorted(keys, key=lambda key: (key[2], key[0], key[1])):
        limits = rules.limits_on(setup.station_id, slot, day_of(start))
        asked += [(slot, period, start, limit) for limit in limits if limit.period == period]
    means = Means(setup, (key for *key, _ in asked), read)  # type: ignore[misc]
    return judge_means(
        Case(channels[slot], period, start, limit, *means.of(channels[slot], period, start, limit))
        for slot, period, start, limit in asked
    )


def judge_means(cases: Iterable[Case]) -> list[Judged]:
    """Each mean held against its limit, exactly; in the order given."""
    known = list(cases)
    limits = {id(each.limit): each.limit for each in known}
    quotients = {key: _bounds(limit) for key, limit in limits.items()}
    bounds = [quotients[id(each.limit)] for each in known]
    verdicts = compare([each.mean for each in known], bounds)
    return [
        Judged(each.channel, each.period, each.start, each.limit, each.mean, verdict, each.newest)
        for each, verdict in zip(known, verdicts, strict=True)
    ]


def _bounds(limit: Limit) -> Bounds:
    needed = capture_needed(limit.period, limit.min_capture)
    return bounds_of(limit.maximum, limit.minimum, needed)


def differing(judged: Sequence[Judged], standing: Mapping[StandingKey, Standing]) -> list[Judged]:
    """Those that say something else than the verdict in effect, or for which there is none."""
    fresh = []
    for each in judged:
        before = standing.get(each.key)
        if before is None or before.substance != each.substance:
            each.before = before
            fresh.append(each)
    return fresh
