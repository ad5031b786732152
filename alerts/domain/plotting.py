"""Where things stand in the small chart of a case: pure numbers, no ink."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

HOUR = timedelta(hours=1)
ROOM_ABOVE = 1.12
"""The scale ends this much above the highest thing drawn, so that nothing touches the edge."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One hour: where it stands among the hours, its mean (None: no value), whether outside."""

    place: int
    mean: float | None
    outside: bool


@dataclass(frozen=True, slots=True)
class Plot:
    """The hours from `start`, one bar each, with the limits and the mean that they are about.

    `rest`: the highest (or lowest) mean that is left from hour `rest_from` to the end. Values in
    the unit of the parameter; `bottom` and `top` are the ends of the scale.
    """

    start: datetime
    hours: int
    bars: tuple[Bar, ...]
    minimum: float | None
    maximum: float | None
    mean: float | None
    rest: float | None
    rest_from: int
    bottom: float
    top: float

    def height(self, value: float) -> float:
        """Where a value stands: 0 at the foot of the scale, 1 at its head."""
        return min(1.0, max(0.0, (value - self.bottom) / (self.top - self.bottom)))


def plot(
    means: Sequence[tuple[datetime, Decimal | None]],
    *,
    start: datetime,
    end: datetime,
    minimum: Decimal | None = None,
    maximum: Decimal | None = None,
    mean: Decimal | None = None,
    rest: Decimal | None = None,
    rest_from: datetime | None = None,
) -> Plot | None:
    """The chart of the hours in [start, end); None where no hour has a value."""
    hours = max(1, round((end - start) / HOUR))
    low, high = _float(minimum), _float(maximum)
    bars = tuple(
        Bar(int((at - start) / HOUR), value, _outside(value, low, high))
        for at, given in means
        if start <= at < end
        for value in [_float(given)]
    )
    drawn = [bar.mean for bar in bars if bar.mean is not None]
    if not drawn:
        return None
    drawn += [value for value in (low, high, _float(mean), _float(rest)) if value is not None]
    bottom, top = _scale(drawn)
    return Plot(
        start=start,
        hours=hours,
        bars=bars,
        minimum=low,
        maximum=high,
        mean=_float(mean),
        rest=_float(rest),
        rest_from=_hour_of(rest_from, start, hours),
        bottom=bottom,
        top=top,
    )


def ticks(hours: int) -> list[int]:
    """The hours that bear a label: 0 6 12 18 24 of a day, fewer of less, days of more."""
    step = next(step for step in (1, 2, 3, 6, 12, 24, 48, 168) if hours / step <= 6 or step == 168)
    return list(range(0, hours + 1, step))


def apart(heights: Sequence[float], *, least: float, top: float, foot: float) -> list[float]:
    """Where words stand that are meant for these heights: `least` apart, in the order of what they
    name, none above `top` or below `foot` (which grows downwards)."""
    order = sorted(range(len(heights)), key=lambda place: heights[place])
    found = [min(max(height, top), foot) for height in heights]
    for before, after in pairwise(order):
        found[after] = max(found[after], found[before] + least)
    bound = foot
    for place in reversed(order):
        found[place] = min(found[place], bound)
        bound = found[place] - least
    return found


def _hour_of(at: datetime | None, start: datetime, hours: int) -> int:
    if at is None:
        return hours
    return min(hours, max(0, int((at - start) / HOUR)))


def _scale(drawn: Sequence[float]) -> tuple[float, float]:
    """From zero where nothing lies below it: a bar that does not begin there exaggerates."""
    lowest, highest = min(*drawn, 0.0), max(*drawn, 0.0)
    reach = (highest - lowest) or 1.0
    room = reach * (ROOM_ABOVE - 1)
    return (lowest - room if lowest < 0 else 0.0), highest + room


def _outside(value: float | None, low: float | None, high: float | None) -> bool:
    if value is None:
        return False
    return (high is not None and value > high) or (low is not None and value < low)


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
