"""How far each channel has been judged, and which periods have come due since (decision 0016)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from monitoring.domain.periods import (
    LONG,
    SHORT,
    end_of,
    first_ending_after,
    next_start,
    starts_between,
    starts_holding,
)
from monitoring.domain.slots import ONE_DAY, day_of, day_start
from monitoring.models import ChannelLink, Frontier
from monitoring.services.means import Key
from monitoring.services.setup import ChannelSetup, StationSetup
from stations.services.limits import RuleBook

USUAL_GRACE = 30
NEVER = datetime(9000, 1, 1, tzinfo=UTC)
"""When the next period of a channel that has ended is due."""

Frontiers = Mapping[tuple[int, str], Frontier]


@dataclass(slots=True)
class Due:
    """Periods that came due, and between which starts each channel has been judged by now."""

    periods: set[Key] = field(default_factory=set)
    spans: dict[tuple[int, str], tuple[datetime, datetime]] = field(default_factory=dict)

    def under(self, hours: Iterable[datetime]) -> set[Key]:
        """The periods that hold one of these hours and have been judged, for every channel."""
        marked = list(hours)
        kinds = {period for _, period in self.spans}
        starts = {
            period: {start for hour in marked for start in starts_holding(period, hour)}
            for period in kinds
        }
        return {
            (slot, period, start)
            for (slot, period), (since, until) in self.spans.items()
            for start in starts[period]
            if since <= start < until
        }


def move_frontiers(setup: StationSetup, rules: RuleBook, now: datetime) -> Due:
    """Move each channel's frontier to `now`, and back to its first reading; what lies between.

    That of a channel the register no longer has moves no more.
    """
    due = Due()
    stored = _stored(setup.station_id)
    _rest(setup, stored)
    firsts = dict(
        ChannelLink.objects.filter(station=setup.station_id).values_list("slot", "first_time")
    )
    moved = []
    for channel in setup.channels:
        first = firsts.get(channel.slot)
        if first is None:
            continue
        for period in _periods(setup.station_id, channel, rules, stored):
            before = stored.get((channel.slot, period))
            frontier = before or _never_kept(period, stored.get((channel.slot, "hour")))
            after = _moved(setup.station_id, channel, period, frontier, first, rules, now)
            due.spans[channel.slot, period] = (after.since, after.until)
            due.periods |= set(_between(channel, period, frontier, after))
            if before is None or _ends(before) != _ends(after):
                moved.append(after)
    Frontier.objects.bulk_create(
        moved,
        update_conflicts=True,
        unique_fields=["station", "slot", "period"],
        update_fields=["since", "until", "next_due"],
    )
    return due


def _rest(setup: StationSetup, stored: Frontiers) -> None:
    """Let the frontiers of channels that the register no longer has move no more."""
    slots = {channel.slot for channel in setup.channels}
    gone = {
        slot
        for (slot, _), frontier in stored.items()
        if slot not in slots and frontier.next_due != NEVER
    }
    if gone:
        Frontier.objects.filter(station=setup.station_id, slot__in=gone).update(next_due=NEVER)


def judged_spans(
    setup: StationSetup, rules: RuleBook
) -> dict[tuple[int, str], tuple[datetime, datetime]]:
    """Between which starts each channel has been judged, for all periods that the rules know."""
    stored = _stored(setup.station_id)
    found = {}
    for channel in setup.channels:
        for period in _periods(setup.station_id, channel, rules, stored):
            frontier = stored.get((channel.slot, period)) or _never_kept(
                period, stored.get((channel.slot, "hour"))
            )
            if frontier is not None:
                found[channel.slot, period] = (frontier.since, frontier.until)
    return found


def _stored(station_id: int) -> Frontiers:
    return {(f.slot, f.period): f for f in Frontier.objects.filter(station=station_id)}


def _periods(
    station_id: int, channel: ChannelSetup, rules: RuleBook, stored: Frontiers
) -> Iterator[str]:
    """Hours and days of every channel; the long ones where it has, or once had, such a limit."""
    yield from SHORT
    known = rules.periods_of(station_id, channel.slot)
    for period in LONG:
        if period in known or (channel.slot, period) in stored:
            yield period


def _never_kept(period: str, hours: Frontier | None) -> Frontier | None:
    """Where a long period's frontier would stand, had there been such a limit all along.

    It follows from that of the hours. So a limit that is entered later judges none of the periods
    that were over by then, and a channel without one costs nothing (decision 0022).
    """
    if period not in LONG or hours is None or _is_empty(hours):
        return None
    since = first_ending_after(period, hours.since)
    return Frontier(since=since, until=max(first_ending_after(period, hours.until), since))


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
    since = first_period(period, channel, first)
    until = since
    if frontier is not None:
        since = min(since, frontier.since)
        until = since if _is_empty(frontier) else frontier.until
    last = None
    if channel.ended_on is not None:
        last = day_start(channel.ended_on) + ONE_DAY
    while True:
        grace = _longest_grace(station_id, channel, period, until, rules)
        due_at = end_of(period, until) + timedelta(minutes=grace)
        if last is not None and until >= last:
            due_at = NEVER
        if due_at > now:
            break
        until = next_start(period, until)
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


def first_period(period: str, channel: ChannelSetup, first: datetime) -> datetime:
    """The start of the first period that ends after a channel's first reading."""
    hour = channel.pace.hour_of(first) or first
    return first_ending_after(period, hour)


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
        yield from ((channel.slot, period, start) for start in starts_between(period, begin, end))


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
