"""Values that stand still, and values that the instrument cannot have measured (judging.md §5).

As with faults, a run is followed to where it really begins and ends, however long ago that is, so
that it is the same whichever part of it came last. What an instrument can measure is taken as of
the day of the value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Max, Min, Q
from django.utils.translation import gettext_noop

from alerts.domain.kinds import OUT_OF_RANGE, STUCK_VALUE
from alerts.domain.spans import Span
from alerts.models import Alert, AlertSpan, State
from alerts.services.ending import End, bring_ends
from alerts.services.findings import Finding, Identity
from alerts.services.raising import report
from alerts.services.recounting import recount
from monitoring.domain.parsed import MEASURING
from monitoring.domain.runs import Cause, Run, Stillness, is_outside, runs_of
from monitoring.domain.slots import HOUR, ONE_DAY, day_of, slot_start
from monitoring.models import Reading
from monitoring.services.computing import Sample, samples_of
from monitoring.services.faults import LATE_AFTER, REACH
from monitoring.services.marks import Marks
from monitoring.services.setup import USUAL_INTERVAL, ChannelSetup, StationSetup
from stations.services.limits import RuleBook
from stations.services.settings import Key, SettingMissing

KINDS = (STUCK_VALUE, OUT_OF_RANGE)
MOVED = gettext_noop("Later data show that the value did change.")
INSIDE = gettext_noop("Later data show that it was not outside for so long.")
STILL = gettext_noop("The reading that had ended it was corrected.")
FLOWS = frozenset({"Flow", "FlowIn", "FlowOut"})

Values = list[tuple[datetime, float]]


def watch_values(setup: StationSetup, marks: Marks, rules: RuleBook, *, now: datetime) -> None:
    """Bring the desk to the runs that the readings of the marked hours belong to."""
    if not marks.hours or not setup.channels:
        return
    numbers = _Numbers.on(day_of(max(marks.hours)), rules)
    changed = Span(min(marks.hours), max(marks.hours) + HOUR + REACH)
    window = changed.start - numbers.back(setup, day_of(changed.start))
    samples = samples_of(setup.station_id, window, changed.end)
    told = _told_of(setup.station_id, changed)
    for channel in setup.channels:
        values = _measured(samples.get(channel.slot, ()))
        for kind in KINDS:
            watched = _Watched(setup, channel, kind, numbers, changed, now)
            if watched.is_judged and ((kind, channel.symbol) in told or watched.may_be(values)):
                watched.watch(values, window, marks)


def _told_of(station_id: int, changed: Span) -> set[tuple[str, str]]:
    """Kinds and parameters of which an alert goes on, or tells of this time."""
    going_on = ~Q(state=State.CLOSED) & Q(resolved_at=None)
    ended = Q(resolved_at__gte=changed.start, starts_at__lte=changed.end)
    touching = Q(spans__start__lte=changed.end, spans__end__gte=changed.start)
    alerts = Alert.objects.filter(station=station_id, kind__in=KINDS)
    if not alerts.exists():  # as with most stations: one short question
        return set()
    found = alerts.filter(going_on | ended | touching & Q(spans__withdrawn_at=None))
    return set(found.values_list("kind", "parameter"))


def _measured(samples: Iterable[Sample]) -> Values:
    """What was measured: values with status 00."""
    return [(at, value) for at, value, said in samples if said == MEASURING and value is not None]


@dataclass(frozen=True, slots=True)
class _Numbers:
    """From how much on it is an alert; None where nobody says."""

    stuck_slots: int | None
    stuck_results: int
    floor_hours: int
    range_slots: int | None

    @classmethod
    def on(cls, day: date, rules: RuleBook) -> _Numbers:
        def number(key: str) -> int | None:
            try:
                return int(rules.settings.on(key, day))
            except SettingMissing:
                return None

        return cls(
            number(Key.STUCK_SLOTS),
            number(Key.STUCK_RESULTS) or 0,
            number(Key.STUCK_FLOOR) or 0,
            number(Key.RANGE_SLOTS),
        )

    def back(self, setup: StationSetup, day: date) -> timedelta:
        """How far back a run that is just long enough begins, at the usual pace."""
        minutes = (
            max(
                (self.stuck_slots or 0) * (channel.pace.interval(day) or USUAL_INTERVAL[0].value),
                self.stuck_results * channel.slow_minutes,
                *(item.value for item in channel.standing),
            )
            for channel in setup.channels
        )
        return timedelta(minutes=max(minutes, default=0))

    def stillness(self, channel: ChannelSetup, day: date) -> Stillness:
        """How long a value of a channel may stand still."""
        low, _ = channel.range_on(day)
        return Stillness(
            self.stuck_slots or 0,
            self.stuck_results,
            channel.slow_minutes,
            low or Decimal(0),
            self.floor_hours,
            channel.parameter in FLOWS,
            channel.may_stand_on(day),
        )


@dataclass(frozen=True, slots=True)
class _Watched:
    """One kind of one channel, looked at as of `now`."""

    setup: StationSetup
    channel: ChannelSetup
    kind: str
    numbers: _Numbers
    changed: Span
    now: datetime

    @property
    def is_judged(self) -> bool:
        """Whether anyone says how much is too much."""
        if self.kind == STUCK_VALUE:
            return self.numbers.stuck_slots is not None
        return self.numbers.range_slots is not None and bool(self.channel.ranges)

    @property
    def _identity(self) -> Identity:
        return Identity(self.kind, self.setup.station_id, self.channel.symbol)

    def may_be(self, values: Values) -> bool:
        """Whether these values hold anything long enough, or something that reaches further back,
        or further on where later data are there."""
        later = self.changed.end <= self.now
        return any(
            self._is_too_long(run)
            or (run.start == values[0][0] and run.end > self.changed.start)
            or (run.over_at is None and later)
            for run in self._runs(values)
        )

    def watch(self, values: Values, window: datetime, marks: Marks) -> None:
        """Bring the desk to the runs that hold the changed time, or lie in it."""
        known = self._known(values, window)
        if known is not None:  # what was told reaches into the window: before it nothing changed
            values = [(known.start, values[0][1]), *values]
        else:
            values = self._followed_back(values, window)
        whole = self._followed_forward(values)
        every = [run for run in self._runs(whole) if run.end > self.changed.start]
        within = Span(
            min([self.changed.start, *(run.start for run in every)]),
            max([self.changed.end, *(run.end for run in every)]),
        )
        found = [run for run in every if self._is_too_long(run) or self._goes_on(run, known)]
        recount(
            self._identity,
            courses=[Span(run.start, run.end) for run in found],
            within=within,
            now=self.now,
            reason=MOVED if self.kind == STUCK_VALUE else INSIDE,
        )
        for run in found:
            ends = run.start - HOUR, run.end + HOUR
            late = marks.came_late(*ends, LATE_AFTER)
            report(self._finding(run, late=late), now=self.now, mail=marks.may_mail(*ends))
        if Alert.objects.filter(
            kind=self.kind, station=self.setup.station_id, parameter=self.channel.symbol
        ).exists():
            bring_ends(self._identity, first_end=self._first_other, now=self.now, reason=STILL)

    def _known(self, values: Values, window: datetime) -> AlertSpan | None:
        """What was told already of the run with which the window begins, from before it."""
        if not values or self._cause(*values[0]) is None:
            return None
        told = AlertSpan.objects.filter(
            alert__kind=self.kind,
            alert__station=self.setup.station_id,
            alert__parameter=self.channel.symbol,
            withdrawn_at=None,
            start__lt=window,
            end__gt=window,
        ).first()
        if told is None or self.kind == OUT_OF_RANGE:
            return told
        return told if told.evidence.get("value") == values[0][1] else None

    @staticmethod
    def _goes_on(run: Run, known: AlertSpan | None) -> bool:
        return known is not None and run.start == known.start

    def _runs(self, values: Values) -> list[Run]:
        return runs_of(values, cause=self._cause, width=self._width, slot=self._slot)

    @property
    def _cause(self) -> Cause:
        return self._same if self.kind == STUCK_VALUE else self._outside

    def _same(self, at: datetime, value: float) -> float | None:
        return None if self.numbers.stillness(self.channel, day_of(at)).is_exempt(value) else value

    def _outside(self, at: datetime, value: float) -> bool | None:
        low, high = self.channel.range_on(day_of(at))
        return True if is_outside(value, low, high) else None

    def _interval(self, at: datetime) -> int:
        return self.channel.pace.interval_at(at) or USUAL_INTERVAL[0].value

    def _width(self, at: datetime) -> timedelta:
        return timedelta(minutes=self._interval(at))

    def _slot(self, at: datetime) -> datetime:
        closing = self.channel.pace.closes_window(day_of(at))
        return slot_start(at, interval=self._interval(at), closes_window=closing)

    def _least(self, run: Run) -> int:
        if self.kind == OUT_OF_RANGE:
            return self.numbers.range_slots or 0
        still = self.numbers.stillness(self.channel, day_of(run.start))
        return still.least_slots(run.value, self._interval(run.start))

    def _is_too_long(self, run: Run) -> bool:
        return run.slots >= self._least(run)

    def _followed_back(self, values: Values, window: datetime) -> Values:
        """With all that the first run had before the window."""
        for earlier in self._pieces(window, back=True):
            first = self._runs(values)[:1]
            if not first or first[0].start != values[0][0]:
                break
            values = [*earlier, *values]
        return values

    def _followed_forward(self, values: Values) -> Values:
        """With all that the last run has after the changed time, and what ends it."""
        for later in self._pieces(self.changed.end, back=False):
            last = self._runs(values)[-1:]
            if not last or last[0].over_at is not None:
                break
            values = [*values, *later]
        return values

    def _pieces(self, edge: datetime, *, back: bool) -> Iterator[Values]:
        """The channel's values before or after a moment, in stretches that grow."""
        rows = Reading.objects.filter(station=self.setup.station_id)
        ends = rows.filter(time__lt=edge) if back else rows.filter(time__gte=edge)
        last = ends.aggregate(at=Min("time") if back else Max("time"))["at"]
        length = ONE_DAY
        while last is not None and (edge > last if back else edge <= last):
            other = edge - length if back else edge + length
            piece = samples_of(self.setup.station_id, min(edge, other), max(edge, other))
            yield _measured(piece.get(self.channel.slot, ()))
            edge, length = other, 2 * length

    def _first_other(self, last: AlertSpan) -> End | None:
        """The first value after what stands that does not go on with it."""
        shared = last.evidence.get("value") if self.kind == STUCK_VALUE else True
        for values in self._pieces(last.end, back=False):
            for at, value in values:
                if at >= last.end and self._cause(at, value) != shared:
                    return End(at, at, {"measured_at": at.isoformat()})
        return None

    def _finding(self, run: Run, *, late: bool) -> Finding:
        low, high = self.channel.range_on(day_of(run.end))
        evidence: dict[str, Any] = {
            "value": run.value,
            "from": run.start.isoformat(),
            "slots": (run.end - run.start) // self._width(run.start),
            "least_slots": self._least(run),
        }
        if self.kind == STUCK_VALUE:
            still = self.numbers.stillness(self.channel, day_of(run.start))
            evidence |= {
                "slow_minutes": still.slow_minutes,
                "may_stand_minutes": still.still_minutes,
                "at_floor": still.is_at_floor(run.value),
            }
        else:
            evidence["range"] = [None if side is None else str(side) for side in (low, high)]
        return Finding(
            kind=self.kind,
            station_id=self.setup.station_id,
            start=run.start,
            end=run.end,
            parameter=self.channel.symbol,
            unit=self.channel.unit,
            value=Decimal(repr(run.value)),
            late=late,
            evidence=evidence,
        )
