"""Stack gas brought to the limit's reference oxygen, slot by slot: C × (20.9 − ref) ÷ (20.9 − O₂).

Air leaking into a stack thins the gas without cleaning it. At 18 % O₂ or more the plant stands
idle: such a slot is not expected, rather than missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from monitoring.domain.averaging import Mean
from monitoring.domain.slots import HOUR, expected_in_hour, slot_start

AIR = Fraction(209, 10)
IDLE_FROM = Decimal(18)


@dataclass(frozen=True, slots=True)
class Normalised:
    """Slots at reference oxygen: the filled ones by their start, and those that stood idle."""

    filled: Mapping[datetime, Fraction]
    idle: frozenset[datetime]


def is_idle(oxygen: Fraction, idle_from: Decimal = IDLE_FROM) -> bool:
    """Whether the plant stands still at this O₂ (% by volume), where the formula has no sense."""
    return oxygen >= min(Fraction(idle_from), AIR)


def at_reference(value: Fraction, oxygen: Fraction, reference: Decimal) -> Fraction:
    """A slot's value at the reference oxygen; ValueError at or above the 20.9 % of air."""
    if oxygen >= AIR:
        raise ValueError(f"{float(oxygen)} % oxygen is air")
    return value * (AIR - Fraction(reference)) / (AIR - oxygen)


def normalise(
    slots: Mapping[datetime, Fraction],
    oxygen: Mapping[datetime, Fraction],
    *,
    reference: Decimal,
    interval: int,
    oxygen_interval: int,
    idle_from: Decimal = IDLE_FROM,
) -> Normalised:
    """Slot values (see `slot_values`) at reference oxygen, with the O₂ channel's slot values.

    A slot whose O₂ is missing is not filled; one is idle by its O₂ alone, whether filled or not.
    """
    matched = oxygen_by_slot(oxygen, interval=interval, oxygen_interval=oxygen_interval)
    idle = frozenset(start for start, o2 in matched.items() if is_idle(o2, idle_from))
    filled = {
        start: at_reference(value, matched[start], reference)
        for start, value in slots.items()
        if start in matched and start not in idle
    }
    return Normalised(filled, idle)


def oxygen_by_slot(
    oxygen: Mapping[datetime, Fraction], *, interval: int, oxygen_interval: int
) -> dict[datetime, Fraction]:
    """O₂ for slots of another length: the mean of its filled slots that overlap each of them."""
    if interval == oxygen_interval:
        return dict(oxygen)
    width = timedelta(minutes=interval)
    found: dict[datetime, list[Fraction]] = {}
    for start, value in oxygen.items():
        slot = slot_start(start, interval=interval)
        while slot < start + timedelta(minutes=oxygen_interval):
            found.setdefault(slot, []).append(value)
            slot += width
    return {slot: sum(values, Fraction()) / len(values) for slot, values in found.items()}


def hour_at_reference(normalised: Normalised, hour: datetime, interval: int) -> Mean:
    """The mean of an hour at reference oxygen; idle slots are not expected."""
    values = [v for start, v in normalised.filled.items() if hour <= start < hour + HOUR]
    idle = sum(hour <= start < hour + HOUR for start in normalised.idle)
    return Mean(sum(values, Fraction()), len(values), expected_in_hour(hour, interval) - idle)
