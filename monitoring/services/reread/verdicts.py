"""Which verdicts would change with rows of readings that nobody has stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from monitoring.domain.periods import end_of
from monitoring.domain.slots import HOUR, day_of, day_start
from monitoring.services.computing import (
    ReadingRow,
    days_from_hours,
    means_of_rows,
    rows_of_hours,
    stretches,
)
from monitoring.services.frontiers import Due, first_period, judged_spans
from monitoring.services.judge import differing, judge_keys
from monitoring.services.means import MeanKey, MeanReader, MeanRow, mean_rows
from monitoring.services.rejudge import Change
from monitoring.services.reread.plan import RowChange
from monitoring.services.setup import StationSetup
from monitoring.services.store import arrays_of
from monitoring.services.verdict_store import standing_verdicts
from stations.services.limits import RuleBook

GRACE = timedelta(minutes=30)
"""After which a period of a channel that was never heard is taken to be due."""


def verdict_changes(
    setup: StationSetup, changes: Sequence[RowChange], hours: set[datetime], *, now: datetime
) -> list[Change]:
    """The periods over these hours that would be judged otherwise with these rows; by time."""
    if not hours:
        return []
    rules = RuleBook.load([setup.station_id])
    due = Due(spans=_spans(setup, rules, changes, now))
    judged = judge_keys(setup, due.under(hours), rules, _reader(setup, rules, changes, hours))
    standing = standing_verdicts(setup.station_id, judged)
    return [Change(setup.station_id, each, each.before) for each in differing(judged, standing)]


def _spans(
    setup: StationSetup, rules: RuleBook, changes: Iterable[RowChange], now: datetime
) -> dict[tuple[int, str], tuple[datetime, datetime]]:
    """Between which starts each channel would have been judged: from its first reading on."""
    spans = judged_spans(setup, rules)
    firsts: dict[int, datetime] = {}
    for change in changes:
        for slot, _was, comes in change.readings():
            if comes is not None:
                firsts[slot] = min(change.key[1], firsts.get(slot, change.key[1]))
    channels = {channel.slot: channel for channel in setup.channels}
    periods = {period for _slot, period in spans} | {"hour", "day"}
    for slot, first in firsts.items():
        if slot not in channels:
            continue
        for period in periods:
            since = first_period(period, channels[slot], first)
            known = spans.get((slot, period))
            if known is not None:
                spans[slot, period] = min(since, known[0]), known[1]
            else:
                spans[slot, period] = since, _due_by(period, now)
    return spans


def _due_by(period: str, now: datetime) -> datetime:
    """Up to which start the periods are over, with their grace."""
    begin = day_start(day_of(now)) if period != "hour" else now.replace(minute=0, second=0)
    begin = begin.replace(microsecond=0)
    return begin if end_of(period, begin) > now - GRACE else end_of(period, begin)


def _reader(
    setup: StationSetup, rules: RuleBook, changes: Iterable[RowChange], hours: set[datetime]
) -> MeanReader:
    """The stored means, save those of these hours and of their days."""
    of_hours = _hour_means(setup, rules, changes, hours)
    days = {day_start(day_of(hour)) for hour in hours}
    whole = {day + number * HOUR for day in days for number in range(24)}
    beside = mean_rows("hour", setup.station_id, sorted(whole - hours))
    made = {"hour": of_hours, "day": days_from_hours(setup, days, beside | of_hours)}
    anew = {"hour": hours, "day": days}

    def read(period: str, starts: Sequence[datetime]) -> dict[MeanKey, MeanRow]:
        wanted = set(starts)
        stored = mean_rows(period, setup.station_id, sorted(wanted - anew[period]))
        return stored | {key: row for key, row in made[period].items() if key[1] in wanted}

    return read


def _hour_means(
    setup: StationSetup, rules: RuleBook, changes: Iterable[RowChange], hours: set[datetime]
) -> dict[MeanKey, MeanRow]:
    anew = {change.key[1]: change for change in changes}
    found: dict[MeanKey, MeanRow] = {}
    for stretch in stretches(sorted(hours)):
        stored = rows_of_hours(setup, stretch, day_of(stretch[0]))
        rows = [row for row in stored if row[0] not in anew]
        rows += [_row(change, setup) for change in _near(anew, stretch) if change.after.deliveries]
        found.update(means_of_rows(setup, stretch, sorted(rows, key=_time), rules))
    return found


def _near(anew: dict[datetime, RowChange], stretch: Sequence[datetime]) -> list[RowChange]:
    """The rows that can count in these hours: an interval reaches over a day at most."""
    day = timedelta(days=1)
    begin, end = stretch[0] - day, stretch[-1] + HOUR + day
    return [change for time, change in anew.items() if begin <= time < end]


def _row(change: RowChange, setup: StationSetup) -> ReadingRow:
    values, statuses = arrays_of(change.after, setup.size)
    received_at = change.after.received_at
    assert received_at is not None  # noqa: S101 - a delivery stands in it
    return change.key[1], values, statuses, received_at


def _time(row: ReadingRow) -> datetime:
    return row[0]
