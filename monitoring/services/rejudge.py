"""The past under other rules: what would change, and the change itself, on purpose.

A question (`supposed`, `differences`) reads and leaves nothing behind. A correction (`rejudge`)
does what the question foretold, and each verdict it makes names it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from monitoring.domain.periods import end_of, starts_between
from monitoring.domain.slots import day_of, day_start
from monitoring.models import Correction, Layer
from monitoring.services.approved import judge_approved
from monitoring.services.average import average
from monitoring.services.computing import days_from_hours, hours_from_raw
from monitoring.services.frontiers import judged_spans
from monitoring.services.judge import differing, judge_keys, stored_means
from monitoring.services.locks import lock_stations
from monitoring.services.means import Key, MeanKey, MeanReader, MeanRow, basis_of, mean_rows
from monitoring.services.setup import StationSetup
from monitoring.services.state import draw_hours
from monitoring.services.telling import tell_desk
from monitoring.services.verdict_store import standing_between, store_verdicts, supersede
from monitoring.services.verdicts import Judged, Standing
from stations.services.limits import RuleBook

A_STRETCH = timedelta(days=31)
"""How much of the past is held in memory at once."""


class _Undone(Exception):
    """Ends a supposition."""


@contextmanager
def supposed() -> Iterator[None]:
    """What is saved in this block is undone at its end, whatever happens.

    For rows of the register that nobody entered: save them, `RuleBook.load(…)`, and ask
    `differences` inside or afterwards, since a rule book is a picture. Inside another transaction
    only the block is undone.
    """
    try:
        with transaction.atomic():
            yield
            raise _Undone
    except _Undone:
        pass


@dataclass(frozen=True, slots=True)
class Change:
    """A period that would be judged otherwise.

    `judged` is None where its limit disappears: the verdict goes out of effect and none follows.
    `before` is None where it was not judged.
    """

    station_id: int
    judged: Judged | None
    before: Standing | None

    @property
    def symbol(self) -> str:
        """The channel that it is about."""
        return self.judged.channel.symbol if self.judged else self._before.symbol

    @property
    def slot(self) -> int:
        """That channel's slot."""
        return self.judged.channel.slot if self.judged else self._before.slot

    @property
    def period(self) -> str:
        """The kind of its period."""
        return self.judged.period if self.judged else self._before.period

    @property
    def start(self) -> datetime:
        """Where the period starts."""
        return self.judged.start if self.judged else self._before.start

    @property
    def end(self) -> datetime:
        """Where the period ends."""
        return self.judged.end if self.judged else self._before.end

    @property
    def results(self) -> tuple[str | None, str | None]:
        """What is said now, and what would be said; None where nothing is."""
        said = None if self.before is None else self.before.result
        return said, None if self.judged is None else self.judged.verdict

    @property
    def _before(self) -> Standing:
        if self.before is None:
            raise ValueError("a change has a verdict before, or one after")
        return self.before


def differences(
    setup: StationSetup,
    rules: RuleBook,
    *,
    start: datetime,
    end: datetime,
    layer: str = Layer.RAW,
    read: MeanReader | None = None,
    from_raw: bool = False,
) -> Iterator[Change]:
    """What would change in the periods that start from `start` up to `end`, under these rules.

    Of the periods that have been judged, by time within stretches of 31 days. Reads only. Means at
    a reference oxygen that are not stored are made from the readings; with `from_raw` all such
    means are, which the idle oxygen needs where that is what changes. `read` gives the means of
    another layer.
    """
    reader = read or _means_on_any_basis(setup, rules, from_raw=from_raw)
    for begin, until in _stretches(start, end):
        keys = list(_keys(setup, rules, begin, until))
        fresh, gone = _compared(setup, keys, rules, begin, until, reader, layer)
        changes = [Change(setup.station_id, each, each.before) for each in fresh]
        changes += [Change(setup.station_id, None, each) for each in gone]
        yield from sorted(changes, key=lambda each: (each.start, each.slot, each.period))


def means_under(setup: StationSetup, rules: RuleBook) -> MeanReader:
    """Reads the means of a station on any basis that these rules ask for, stored or not."""
    return _means_on_any_basis(setup, rules, from_raw=False)


def judged_under(
    setup: StationSetup, rules: RuleBook, *, start: datetime, end: datetime
) -> Iterator[Judged]:
    """Every period that has been judged and starts in [start, end), as these rules would have it.

    Reads only, a stretch of 31 days at a time.
    """
    reader = means_under(setup, rules)
    for begin, until in _stretches(start, end):
        yield from judge_keys(setup, list(_keys(setup, rules, begin, until)), rules, reader)


@transaction.atomic
def rejudge(
    setup: StationSetup,
    rules: RuleBook,
    *,
    start: datetime,
    end: datetime,
    now: datetime,
    correction: Correction,
    mail: bool = False,
) -> int:
    """Judge the periods that start from `start` up to `end` anew by these rules; how many changed.

    A verdict whose limit is no more goes out of effect. The approved layer follows. Nobody is
    mailed without `mail`.
    """
    lock_stations([setup.station_id])
    changed = 0
    for begin, until in _stretches(start, end):
        keys = list(_keys(setup, rules, begin, until))
        average(setup, _hours_at_reference(setup, keys, rules), rules)
        reader = stored_means(setup.station_id)
        fresh, gone = _compared(setup, keys, rules, begin, until, reader, Layer.RAW)
        for each in fresh:
            each.late, each.mail = True, mail
        supersede(setup.station_id, [each.id for each in gone], now=now)
        store_verdicts(setup.station_id, fresh, now=now, correction=correction.pk)
        tell_desk(setup.station_id, fresh, gone=gone, now=now, mail=mail)
        _draw(setup, rules, fresh, gone)
        changed += len(fresh) + len(gone)
    if changed:
        judge_approved(setup, [(start, end)], now=now, correction=correction.pk)
    return changed


def _draw(
    setup: StationSetup, rules: RuleBook, fresh: Iterable[Judged], gone: Iterable[Standing]
) -> None:
    hours = {each.start for each in fresh if each.period == "hour" and each.mean.n}
    hours |= {each.start for each in gone if each.period == "hour" and each.n}
    draw_hours(setup, hours, rules)


def _stretches(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    while start < end:
        until = min(start + A_STRETCH, end)
        yield start, until
        start = until


def _keys(setup: StationSetup, rules: RuleBook, start: datetime, end: datetime) -> Iterator[Key]:
    """The periods that have been judged, may have a limit, and start in this stretch."""
    for (slot, period), (since, until) in judged_spans(setup, rules).items():
        if period not in rules.periods_of(setup.station_id, slot):
            continue
        for begins in starts_between(period, max(start, since), min(end, until)):
            yield slot, period, begins


def _compared(
    setup: StationSetup,
    keys: Sequence[Key],
    rules: RuleBook,
    start: datetime,
    end: datetime,
    read: MeanReader,
    layer: str,
) -> tuple[list[Judged], list[Standing]]:
    """What would be said otherwise, and what would be said no more."""
    judged = judge_keys(setup, keys, rules, read)
    standing = standing_between(setup.station_id, start, end, layer=layer)
    fresh = differing(judged, standing)
    known = {channel.slot for channel in setup.channels}
    said = {each.key for each in judged}
    gone = [each for key, each in standing.items() if key not in said and each.slot in known]
    return fresh, gone


def _references(setup: StationSetup, rules: RuleBook, slot: int, at: datetime) -> set[Decimal]:
    limits = rules.limits_on(setup.station_id, slot, day_of(at))
    return {limit.reference_oxygen for limit in limits if limit.reference_oxygen is not None}


def _hours_at_reference(setup: StationSetup, keys: Iterable[Key], rules: RuleBook) -> set[datetime]:
    """The hours under periods that have a limit with a reference oxygen."""
    hours: set[datetime] = set()
    for slot, period, start in keys:
        limits = rules.limits_on(setup.station_id, slot, day_of(start))
        if any(one.reference_oxygen is not None and one.period == period for one in limits):
            hours.update(starts_between("hour", start, end_of(period, start)))
    return hours


def _means_on_any_basis(setup: StationSetup, rules: RuleBook, *, from_raw: bool) -> MeanReader:
    """The stored means, and those on a basis that was not asked for when they were stored."""

    def read(period: str, starts: Sequence[datetime]) -> dict[MeanKey, MeanRow]:
        rows = mean_rows(period, setup.station_id, starts)
        days = {day_start(day_of(start)) for start in starts}
        slots = [channel.slot for channel in setup.channels]
        asking = {
            day for day in days if any(_references(setup, rules, slot, day) for slot in slots)
        }
        if not asking:
            return rows
        wanted = set(starts)
        hours = (
            [start for start in starts if day_start(day_of(start)) in asking]
            if period == "hour"
            else [
                hour for day in asking for hour in starts_between("hour", day, end_of("day", day))
            ]
        )
        of_hours = mean_rows("hour", setup.station_id, hours)
        lacking = {
            hour
            for hour in {hour for _, hour, basis in of_hours if basis == ""}
            for slot in slots
            if any(
                from_raw or (slot, hour, basis_of(reference)) not in of_hours
                for reference in _references(setup, rules, slot, hour)
            )
        }
        made = {key: row for key, row in hours_from_raw(setup, lacking, rules).items() if key[2]}
        if period == "hour":
            return rows | made
        at_reference = {key: row for key, row in of_hours.items() if key[2]} | made
        touched = {day_start(day_of(hour)) for hour in lacking} & wanted
        return rows | days_from_hours(setup, touched, at_reference)

    return read
