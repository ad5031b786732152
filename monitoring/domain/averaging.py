"""Means that can be compared exactly: a sum of slot values and how many there are, never divided.

A slot's value is the mean of its readings with status 00 and a value; a period's is the sum of its
slots' values over their number. Sums are taken in decimals as written, so that the order of rows
cannot matter, and kept as fractions, since a slot of three readings has no finite decimal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext
from fractions import Fraction

from monitoring.domain.slots import expected_in_hour, shift_of, start_of_slot
from stations.domain.quantities import EXACT, decimal_of

__all__ = [
    "HourMean",
    "Mean",
    "Row",
    "add",
    "decimal_of",
    "from_numerics",
    "hour_means",
    "numerics",
    "slot_values",
]

MEASURED = "00"
CALIBRATING = "01"
FAULTY = "02"

#: A reading of one channel: measured time (aware), value, status.
Row = tuple[datetime, float | None, str]


@dataclass(frozen=True, slots=True)
class Mean:
    """The exact sum of n filled slots, of `expected` ones."""

    total: Fraction
    n: int
    expected: int

    @property
    def value(self) -> Fraction | None:
        """The mean itself; None without a filled slot."""
        return self.total / self.n if self.n else None

    @property
    def capture(self) -> Fraction | None:
        """Filled slots of those expected, never above 1; None where nothing is expected."""
        return min(Fraction(self.n, self.expected), Fraction(1)) if self.expected else None


@dataclass(frozen=True, slots=True)
class HourMean:
    """One hour of one channel.

    A slot without a value is counted once in `calibrating`, `faulty` or `unknown`, by the worst
    status in it (fault before calibration before a status nobody knows). `minimum` and `maximum`
    are of the readings that entered, `first` and `last` the stamps of all readings.
    """

    total: Fraction
    n: int
    expected: int
    calibrating: int
    faulty: int
    unknown: int
    minimum: float | None
    maximum: float | None
    first: datetime
    last: datetime

    @property
    def mean(self) -> Mean:
        """What a verdict is made from."""
        return Mean(self.total, self.n, self.expected)


class _Written(dict[float, Decimal]):
    """Readings as decimals, each different number converted once."""

    def __missing__(self, value: float) -> Decimal:
        written = self[value] = decimal_of(value)
        return written


class _Hour:
    """The readings of one hour while they are gathered."""

    __slots__ = ("slots", "spoiled", "stamps", "values")

    def __init__(self) -> None:
        self.stamps: list[datetime] = []
        self.slots: list[int] = []
        self.values: list[float] = []
        self.spoiled: list[tuple[int, str]] = []


def hour_means(
    rows: Iterable[Row], *, interval: int, closes_window: bool = False
) -> dict[datetime, HourMean]:
    """The hours that readings fall in, by their start (UTC); rows in any order, one a time.

    An hour in which only calibration or faults arrived is there with n = 0; one without any
    reading is not there. Raises ValueError for a value that is not finite.
    """
    gathered = _gather(rows, interval=interval, closes_window=closes_window)
    written = _Written()
    with localcontext(EXACT):
        return {
            start: _hour_mean(hour, expected_in_hour(start, interval), written)
            for number, hour in gathered.items()
            for start in (start_of_slot(number, 60),)
        }


def slot_values(
    rows: Iterable[Row], *, interval: int, closes_window: bool = False
) -> dict[datetime, Fraction]:
    """The value of each filled slot by its start (UTC), for what is worked out slot by slot."""
    gathered = _gather(rows, interval=interval, closes_window=closes_window)
    written = _Written()
    with localcontext(EXACT):
        return {
            start_of_slot(slot, interval): Fraction(sum(values, Decimal())) / len(values)
            for hour in gathered.values()
            for slot, values in _by_slot(hour, written).items()
        }


def add(means: Iterable[Mean | HourMean], *, expected: int | None = None) -> Mean:
    """The mean over several periods: Σ slots ÷ number of slots, not a mean of means.

    `expected` is that of the whole period where some of its parts are not given.
    """
    parts = list(means)
    total = sum((part.total for part in parts), Fraction())
    slots = sum(part.expected for part in parts) if expected is None else expected
    return Mean(total, sum(part.n for part in parts), slots)


def numerics(total: Fraction) -> tuple[Decimal, Decimal]:
    """A sum as numerator and denominator, whole numbers that two numerics hold without loss."""
    return Decimal(total.numerator), Decimal(total.denominator)


def from_numerics(numerator: Decimal, denominator: Decimal) -> Fraction:
    """The sum that `numerics` took apart."""
    return Fraction(int(numerator), int(denominator))


def _gather(rows: Iterable[Row], *, interval: int, closes_window: bool) -> dict[int, _Hour]:
    """Readings by the hour in which their slot begins, numbered from 1970 in Vietnamese time."""
    width = interval * 60
    shift = shift_of(closes_window=closes_window)
    hours: dict[int, _Hour] = {}
    for at, value, status in rows:
        slot = int(at.timestamp() + shift) // width
        number = slot * width // 3600
        hour = hours.get(number)
        if hour is None:
            hour = hours[number] = _Hour()
        hour.stamps.append(at)
        if status == MEASURED and value is not None:
            hour.slots.append(slot)
            hour.values.append(value)
        else:
            hour.spoiled.append((slot, status))
    return hours


def _hour_mean(hour: _Hour, expected: int, written: Mapping[float, Decimal]) -> HourMean:
    filled = set(hour.slots)
    if len(filled) == len(hour.slots):
        total = Fraction(sum(map(written.__getitem__, hour.values), Decimal()))
    else:
        total = _total_of_crowded(_by_slot(hour, written).values())
    calibrating, faulty, unknown = _spoiled(hour.spoiled, filled) if hour.spoiled else (0, 0, 0)
    return HourMean(
        total, len(filled), expected, calibrating, faulty, unknown,
        min(hour.values, default=None), max(hour.values, default=None),
        min(hour.stamps), max(hour.stamps),
    )  # fmt: skip


def _by_slot(hour: _Hour, written: Mapping[float, Decimal]) -> dict[int, list[Decimal]]:
    slots: dict[int, list[Decimal]] = {}
    for slot, value in zip(hour.slots, hour.values, strict=True):
        slots.setdefault(slot, []).append(written[value])
    return slots


def _total_of_crowded(slots: Iterable[Sequence[Decimal]]) -> Fraction:
    """Σ of slot means: readings of equally many to a slot are summed before they are divided."""
    sums: dict[int, Decimal] = {}
    for values in slots:
        sums[len(values)] = sum(values, sums.get(len(values), Decimal()))
    return sum((Fraction(total) / count for count, total in sums.items()), Fraction())


def _spoiled(spoiled: Iterable[tuple[int, str]], filled: set[int]) -> tuple[int, int, int]:
    """Slots without a value that were calibrating, faulty, or of a status nobody knows."""
    statuses: dict[int, set[str]] = {}
    for slot, status in spoiled:
        if slot not in filled and status != MEASURED:
            statuses.setdefault(slot, set()).add(status)
    faulty = sum(FAULTY in seen for seen in statuses.values())
    calibrating = sum(CALIBRATING in seen and FAULTY not in seen for seen in statuses.values())
    return calibrating, faulty, len(statuses) - faulty - calibrating
