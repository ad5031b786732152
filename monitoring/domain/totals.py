"""What ran through in a day: volumes of flows, loads of concentrations, and what came in and out.

volume = Σ over the filled slots of a flow of its value (m³/h) × the slot's hours, in m³.
load = Σ over the slots of the flow in which both are filled of C × Q × hours, in kg; C is a mass a
volume (mg/L, mg/Nm³). A concentration of another interval counts by the mean of its filled slots
that overlap each slot of the flow, as O₂ does (judging.md §1).
Both are of the filled slots alone: what is missing is neither guessed nor spread (decision 0032).
Sums are taken in decimals as written and end in exact fractions, so that the order of rows cannot
matter; slots are numbered as in `slots.slot_number`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from math import lcm

from monitoring.domain.averaging import MEASURED, Mean, Row
from monitoring.domain.judging import has_enough
from monitoring.domain.slots import AHEAD_SECONDS, HOUR, expected_in_day, slot_number
from stations.domain.quantities import EXACT, decimal_of

MINUTES_OF_HOUR = 60
IN, OUT = ("FlowIn",), ("FlowOut", "Flow")
"""The parameters of flow, by what they measure; of several the first named counts."""

FLOW_UNITS = {
    "m³/h": Fraction(1),
    "m³/day": Fraction(1, 24),
    "m³/s": Fraction(3600),
    "L/s": Fraction(36, 10),
}
"""m³/h in one of a flow's unit."""

KG_PER_M3 = {
    "mg/L": Fraction(1, 1000),
    "µg/L": Fraction(1, 1_000_000),
    "mg/Nm³": Fraction(1, 1_000_000),
    "µg/Nm³": Fraction(1, 1_000_000_000),
}
"""kg in a m³ at one of a concentration's unit; what has another unit (pH, °C) has no load."""

VOLUME, LOAD = "m³", "kg"

#: A quotient that is not divided: the sum of a slot's readings, and how many there are.
Quotient = tuple[Decimal, int]


#: The slots of a day that lie in approved stops, by number: not expected unless filled.
Stopped = frozenset[int]


@dataclass(frozen=True, slots=True)
class Series:
    """A channel's filled slots of a day by their number, each as the mean of its readings.

    `unit`: by how much its values are to be multiplied (to m³/h, to kg/m³).
    """

    slots: Mapping[int, Quotient]
    interval: int
    unit: Fraction


@dataclass(frozen=True, slots=True)
class Total:
    """An amount of n filled slots, of `expected` ones."""

    amount: Fraction
    n: int
    expected: int

    @property
    def capture(self) -> Fraction | None:
        """Filled slots of those expected, never above 1; None where nothing is expected."""
        return Mean(self.amount, self.n, self.expected).capture

    def suffices(self, enough: Decimal) -> bool:
        """Whether enough of the day is there to speak of the whole of it."""
        capture = self.capture
        return self.n > 0 and capture is not None and capture >= Fraction(enough)

    def whole_day(self, enough: Decimal) -> Fraction | None:
        """The amount brought up to a full day, an estimate; None below the capture it needs."""
        return self.amount * self.expected / self.n if self.suffices(enough) else None


@dataclass(frozen=True, slots=True)
class Balance:
    """The volumes in and out over the slots in which both are filled."""

    inflow: Fraction
    outflow: Fraction
    n: int
    expected: int

    @property
    def capture(self) -> Fraction | None:
        """Slots in which both are filled, of those expected."""
        return Total(self.inflow, self.n, self.expected).capture

    def parted(self, enough: Decimal) -> Fraction | None:
        """|in − out| ÷ in; None where nothing came in, or too little of the day is there."""
        if self.inflow <= 0 or not Total(self.inflow, self.n, self.expected).suffices(enough):
            return None
        return abs(self.inflow - self.outflow) / self.inflow

    def parts(self, *, share: Decimal, enough: Decimal) -> bool:
        """Whether in- and outflow part by more than a share; equal to it is not more."""
        parted = self.parted(enough)
        return parted is not None and parted > Fraction(share)


def day_slots(
    rows: Iterable[Row], *, interval: int, start: datetime, end: datetime, unit: Fraction
) -> Series:
    """A channel's filled slots that begin in a day: readings with status 00 and a value.

    `rows` carry the second for which they count, the one before a stamp that closes its window.
    Raises ValueError for a value that is not finite.
    """
    width = interval * 60
    first, last = slot_number(start, interval=interval), slot_number(end, interval=interval)
    slots: dict[int, Quotient] = {}
    with localcontext(EXACT):
        for at, value, status in rows:
            if status != MEASURED or value is None:
                continue
            slot = int(at.timestamp() + AHEAD_SECONDS) // width
            if first <= slot < last:
                total, count = slots.get(slot, (Decimal(), 0))
                slots[slot] = total + decimal_of(value), count + 1
    return Series(slots, interval, unit)


def volume(flow: Series, stopped: Stopped = frozenset()) -> Total:
    """m³ of a flow."""
    amount = _sum(flow.slots.values()) * flow.unit * _hours(flow)
    return Total(amount, len(flow.slots), _expected(flow, flow.slots, stopped))


def load(concentration: Series, flow: Series, stopped: Stopped = frozenset()) -> Total:
    """kg of a concentration with a flow; counted in slots of the flow."""
    matched = _matched(concentration, flow)
    with localcontext(EXACT):
        both = [
            (total * flow.slots[slot][0], count * flow.slots[slot][1])
            for slot, (total, count) in matched.items()
        ]
    amount = _sum(both) * flow.unit * concentration.unit * _hours(flow)
    return Total(amount, len(both), _expected(flow, matched, stopped))


def balance(inflow: Series, outflow: Series, stopped: Stopped = frozenset()) -> Balance:
    """In and out over the slots of the outflow in which both are filled."""
    matched = _matched(inflow, outflow)
    hours = _hours(outflow)
    return Balance(
        _sum(matched.values()) * inflow.unit * hours,
        _sum(outflow.slots[slot] for slot in matched) * outflow.unit * hours,
        len(matched),
        _expected(outflow, matched, stopped),
    )


def _expected(flow: Series, filled: Collection[int], stopped: Stopped) -> int:
    """The slots of a day, without those of approved stops that are not filled all the same."""
    return expected_in_day(flow.interval) - sum(slot not in filled for slot in stopped)


def _hours(flow: Series) -> Fraction:
    return Fraction(flow.interval, MINUTES_OF_HOUR)


def _matched(series: Series, flow: Series) -> dict[int, Quotient]:
    """A channel's value for each filled slot of the flow; only slots for which it has one."""
    if series.interval == flow.interval:
        return {slot: series.slots[slot] for slot in flow.slots if slot in series.slots}
    found: dict[int, Quotient] = {}
    for slot in flow.slots:
        begins, ends = slot * flow.interval, (slot + 1) * flow.interval
        overlapping = range(begins // series.interval, -(-ends // series.interval))
        values = [series.slots[each] for each in overlapping if each in series.slots]
        if values:
            found[slot] = values[0] if len(values) == 1 else _mean(values)
    return found


def _mean(values: list[Quotient]) -> Quotient:
    """The mean of means, over their common denominator."""
    over = lcm(*(count for _, count in values))
    with localcontext(EXACT):
        total = sum((total * (over // count) for total, count in values), Decimal())
    return total, over * len(values)


def _sum(values: Iterable[Quotient]) -> Fraction:
    """Σ, gathered by denominator: a day has hundreds of slots and few denominators."""
    sums: dict[int, Decimal] = {}
    with localcontext(EXACT):
        for total, count in values:
            sums[count] = sums.get(count, Decimal()) + total
    return sum((Fraction(total) / count for count, total in sums.items()), Fraction())


@dataclass(frozen=True, slots=True)
class Drop:
    """Hours on end in which hardly anything flowed out while it went on flowing in; volumes in m³
    where the means were m³/h.
    """

    start: datetime
    end: datetime
    inflow: Fraction
    outflow: Fraction

    @property
    def length(self) -> timedelta:
        """From the first hour's start to the last one's end."""
        return self.end - self.start


def drops(
    inflow: Mapping[datetime, Mean],
    outflow: Mapping[datetime, Mean],
    *,
    share: Decimal,
    enough: Decimal,
) -> tuple[Drop, ...]:
    """The drops among the hour means of a day, of flows in the same unit.

    Whole hours, each with enough slots of both, in which the outflow's mean is below `share` of
    the inflow's, while the inflow's is at least half of its own mean over the day. An outflow
    equal to the share is no drop.
    """
    means = {
        at: (_value(inflow[at]), _value(outflow[at]))
        for at in sorted(inflow)
        if at in outflow and has_enough(inflow[at], enough) and has_enough(outflow[at], enough)
    }
    usual = sum((one for one, _ in means.values()), Fraction()) / max(len(means), 1)
    found: list[Drop] = []
    for at, (one, other) in means.items():
        if one <= 0 or one * 2 < usual or other >= one * Fraction(share):
            continue
        if found and found[-1].end == at:
            last = found.pop()
            found.append(Drop(last.start, at + HOUR, last.inflow + one, last.outflow + other))
        else:
            found.append(Drop(at, at + HOUR, one, other))
    return tuple(found)


def _value(mean: Mean) -> Fraction:
    return mean.total / mean.n
