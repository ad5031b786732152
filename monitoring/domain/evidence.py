"""A period's slots as they entered its mean: all that redoing its verdict by hand needs.

The rules are those of `slots`, `averaging` and `oxygen`; here nothing is added up before it has
been told what is added.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import groupby
from typing import Literal
from uuid import UUID

from monitoring.domain.averaging import CALIBRATING, FAULTY, MEASURED, Mean
from monitoring.domain.judging import Judgement, has_enough, judge
from monitoring.domain.long_periods import capture_needed
from monitoring.domain.oxygen import at_reference, is_idle, oxygen_by_slot
from monitoring.domain.slots import (
    HOUR,
    ONE_SECOND,
    Pace,
    day_of,
    expected_in_hour,
    slot_start,
)
from monitoring.domain.stops import Stop
from stations.domain.quantities import EXACT, decimal_of
from stations.domain.regulations import Period

SlotState = Literal[
    "filled",
    "missing",
    "calibrating",
    "device_fault",
    "unknown_status",
    "no_oxygen",
    "idle",
    "excluded",
    "stopped",
]
"""Only a filled slot enters the mean; an idle one, and one of an approved stop, is not expected."""

NOT_EXPECTED: tuple[SlotState, ...] = ("idle", "stopped")


@dataclass(frozen=True, slots=True)
class Read:
    """One reading: when it was measured, what it says, and the delivery that said it.

    `excluded`: the approved data leave it out.
    """

    time: datetime
    value: float | None
    status: str
    delivery: UUID
    excluded: bool = False

    @property
    def enters(self) -> bool:
        """Whether it may enter a mean: status 00, a value, and not left out."""
        return self.status == MEASURED and self.value is not None and not self.excluded


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot. `value` is what enters the sum, None where nothing does.

    `measured` is the mean of its readings before oxygen, `oxygen` the O₂ it was brought to the
    reference with. `readings` are all that fell into it, those that entered nothing too.
    `in_stop`: an approved stop, so that it is not expected where nothing fills it.
    """

    start: datetime
    minutes: int
    state: SlotState
    readings: tuple[Read, ...] = ()
    measured: Fraction | None = None
    oxygen: Fraction | None = None
    value: Fraction | None = None
    deliveries: tuple[UUID, ...] = ()
    in_stop: bool = False

    @property
    def entered(self) -> tuple[Read, ...]:
        """The readings whose mean the slot is."""
        return tuple(read for read in self.readings if read.enters)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A span that the approved data leave out, and whether it was a stop without discharge.

    Readings go out by the second for which they count. A slot that a stop touches, with nothing
    left to fill it, is not expected.
    """

    start: datetime
    end: datetime
    stop: bool

    def holds(self, counted: datetime) -> bool:
        """Whether a reading that counts for this second is left out."""
        return self.start <= counted < self.end

    def touches(self, start: datetime, end: datetime) -> bool:
        """Whether any moment of [start, end) is left out."""
        return self.start < end and start < self.end


def slots_between(begin: datetime, end: datetime, pace: Pace) -> Iterator[tuple[datetime, int]]:
    """The start and minutes of each slot that begins in a span of whole hours."""
    hour = begin
    while hour < end:
        interval = pace.interval(day_of(hour))
        if interval is not None:
            width = timedelta(minutes=interval)
            for number in range(expected_in_hour(hour, interval)):
                yield hour + number * width, interval
        hour += HOUR


def laid_out(
    begin: datetime,
    end: datetime,
    pace: Pace,
    readings: Iterable[Read],
    left_out: Sequence[LeftOut] = (),
    stops: Sequence[Stop] = (),
) -> list[Slot]:
    """Every slot of a span with its readings and its plain value, before oxygen.

    `stops` are declared and approved, and hold for slots that lie in them as a whole.
    """
    by_slot: dict[datetime, list[Read]] = defaultdict(list)
    for read in readings:
        counted = read.time - ONE_SECOND if pace.closes_window(day_of(read.time)) else read.time
        interval = pace.interval(day_of(counted))
        if interval is None:
            continue
        out = any(span.holds(counted) for span in left_out)
        told = replace(read, excluded=True) if out else read
        by_slot[slot_start(counted, interval=interval)].append(told)
    return [
        _plain(
            start,
            minutes,
            by_slot.get(start, []),
            in_stop=_in_stop(start, start + timedelta(minutes=minutes), left_out, stops),
        )
        for start, minutes in slots_between(begin, end, pace)
    ]


def at_oxygen(
    slots: Sequence[Slot],
    oxygen: Sequence[Slot],
    *,
    reference: Decimal,
    idle_from: Callable[[date], Decimal],
) -> list[Slot]:
    """The same slots at reference oxygen, by the slots of the O₂ channel over the same span.

    `idle_from`: the O₂ from which the plant stands idle, on a day.
    """
    found: list[Slot] = []
    for day, own in groupby(slots, key=lambda slot: day_of(slot.start)):
        of_day = _OxygenOf([each for each in oxygen if day_of(each.start) == day])
        idle = idle_from(day)
        for slot in own:
            o2 = of_day.matched(slot.minutes).get(slot.start)
            found.append(_referred(slot, o2, of_day.deliveries(slot), reference, idle))
    return found


def mean_of(slots: Iterable[Slot]) -> Mean:
    """Σ of the filled slots, how many they are, and how many were expected."""
    all_of_them = list(slots)
    values = [slot.value for slot in all_of_them if slot.value is not None]
    expected = sum(slot.state not in NOT_EXPECTED for slot in all_of_them)
    return Mean(sum(values, Fraction()), len(values), expected)


@dataclass(frozen=True, slots=True)
class Part:
    """An hour of eight, or a day of a year: its mean enters where it is valid."""

    start: datetime
    end: datetime
    mean: Mean
    valid: bool


def part_of(start: datetime, end: datetime, mean: Mean, min_capture: Decimal) -> Part:
    """A part of a longer mean, valid by the limit's minimum capture."""
    return Part(start, end, mean, has_enough(mean, min_capture))


def mean_of_parts(parts: Sequence[Part]) -> Mean:
    """The sum of the valid parts' means; n counts these, and every part is expected."""
    values = [part.mean.total / part.mean.n for part in parts if part.valid]
    return Mean(sum(values, Fraction()), len(values), len(parts))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Σ held against one side of a limit times n, nothing divided."""

    side: Literal["max", "min"]
    limit: Decimal
    product: Fraction
    total: Fraction

    @property
    def relation(self) -> Literal["<", "=", ">"]:
        """How Σ stands to limit × n."""
        if self.total == self.product:
            return "="
        return ">" if self.total > self.product else "<"

    @property
    def outside(self) -> bool:
        """Whether this side is exceeded: equal is within."""
        return self.relation == (">" if self.side == "max" else "<")


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """The whole way from a mean's sum to its verdict."""

    mean: Mean
    needed: Decimal
    comparisons: tuple[Comparison, ...]
    judgement: Judgement

    @property
    def enough(self) -> bool:
        """Whether the capture allows a verdict."""
        return has_enough(self.mean, self.needed)


def arithmetic(
    mean: Mean,
    *,
    period: Period,
    maximum: Decimal | None,
    minimum: Decimal | None,
    min_capture: Decimal,
) -> Arithmetic:
    """What a verdict says, step by step."""
    needed = capture_needed(period, min_capture)
    sides: tuple[tuple[Literal["max", "min"], Decimal | None], ...] = (
        ("max", maximum),
        ("min", minimum),
    )
    comparisons = tuple(
        Comparison(side, limit, Fraction(limit) * mean.n, mean.total)
        for side, limit in sides
        if limit is not None
    )
    judgement = judge(mean, maximum=maximum, minimum=minimum, min_capture=needed)
    return Arithmetic(mean, needed, comparisons, judgement)


def finite(value: Fraction) -> Decimal | None:
    """The number as a decimal with an end; None for one without, such as a third."""
    rest = value.denominator
    twos = fives = 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        return None
    digits = max(twos, fives)
    whole = value.numerator * 10**digits // value.denominator
    return EXACT.scaleb(Decimal(whole), -digits)


def _in_stop(
    start: datetime, end: datetime, left_out: Iterable[LeftOut], stops: Iterable[Stop]
) -> bool:
    """Of what was excluded afterwards a stop counts where it touches a slot."""
    declared = any(stop.start <= start and end <= stop.end for stop in stops)
    return declared or any(span.stop and span.touches(start, end) for span in left_out)


def _plain(start: datetime, minutes: int, readings: Iterable[Read], *, in_stop: bool) -> Slot:
    told = tuple(sorted(readings, key=lambda read: read.time))
    values = [read.value for read in told if read.enters and read.value is not None]
    deliveries = tuple(dict.fromkeys(read.delivery for read in told))
    if values:
        with localcontext(EXACT):
            value = Fraction(sum(map(decimal_of, values), Decimal())) / len(values)
        return Slot(start, minutes, "filled", told, value, None, value, deliveries, in_stop)
    state = "stopped" if in_stop else _state_without_value(told)
    return Slot(start, minutes, state, told, deliveries=deliveries, in_stop=in_stop)


def _state_without_value(readings: Sequence[Read]) -> SlotState:
    """Left out, else by the worst status in it: fault, calibration, then one nobody knows."""
    if any(read.excluded for read in readings):
        return "excluded"
    statuses = {read.status for read in readings}
    if FAULTY in statuses:
        return "device_fault"
    if CALIBRATING in statuses:
        return "calibrating"
    return "unknown_status" if statuses - {MEASURED} else "missing"


class _OxygenOf:
    """The O₂ of a day: for slots of any length, and which deliveries said it."""

    def __init__(self, slots: Sequence[Slot]) -> None:
        self._slots = slots
        self._values = {slot.start: slot.value for slot in slots if slot.value is not None}
        self._deliveries = {slot.start: slot.deliveries for slot in slots}
        self._interval = slots[0].minutes if slots else 0
        self._known: dict[int, Mapping[datetime, Fraction]] = {}

    def matched(self, minutes: int) -> Mapping[datetime, Fraction]:
        """O₂ by the start of slots of this length."""
        if not self._values:
            return {}
        if minutes not in self._known:
            self._known[minutes] = oxygen_by_slot(
                self._values, interval=minutes, oxygen_interval=self._interval
            )
        return self._known[minutes]

    def deliveries(self, slot: Slot) -> tuple[UUID, ...]:
        """Of the O₂ slots that overlap this one."""
        if slot.minutes == self._interval:
            return self._deliveries.get(slot.start, ())
        end = slot.start + timedelta(minutes=slot.minutes)
        width = timedelta(minutes=self._interval)
        return tuple(
            pk
            for each in self._slots
            if each.start < end and slot.start < each.start + width
            for pk in each.deliveries
        )


def _referred(
    slot: Slot,
    o2: Fraction | None,
    said: tuple[UUID, ...],
    reference: Decimal,
    idle_from: Decimal,
) -> Slot:
    """A slot brought to the reference; idle by its O₂ alone, whether filled or not."""
    deliveries = tuple(dict.fromkeys([*slot.deliveries, *said]))
    if o2 is not None and is_idle(o2, idle_from):
        return replace(slot, state="idle", oxygen=o2, value=None, deliveries=deliveries)
    if slot.value is None:
        return replace(slot, oxygen=o2)
    if o2 is None:
        return replace(slot, state="stopped" if slot.in_stop else "no_oxygen", value=None)
    value = at_reference(slot.value, o2, reference)
    return replace(slot, oxygen=o2, value=value, deliveries=deliveries)
