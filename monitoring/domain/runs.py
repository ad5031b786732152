"""Things that happen several times in a row: the same value again and again, a value outside the
instrument's range, files that are wrong in the same way (judging.md §5).

Only what says something is in the row: readings with status 00 and a value, or files of one sort.
What lies between them (a calibration, a gap) ends nothing and proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

Cause = Callable[[datetime, float], Hashable | None]
"""What a value shares with its neighbours of the same run; None where nothing is wrong with it."""


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbours with one cause. `slots`: how many slots they fill; `over_at`: the measured time of
    the first one after them, None while none has come."""

    start: datetime
    end: datetime
    value: float
    slots: int
    over_at: datetime | None


def runs_of(
    samples: Iterable[tuple[datetime, float]],
    *,
    cause: Cause,
    width: Callable[[datetime], timedelta],
    slot: Callable[[datetime], datetime],
) -> list[Run]:
    """The runs of a channel's values, ordered by time.

    `width` and `slot` give the length and the begin of the slot of a stamp.
    """
    found: list[Run] = []
    course: list[tuple[datetime, float]] = []
    shared: Hashable | None = None
    for time, value in samples:
        now = cause(time, value)
        if now is not None and now == shared:
            course.append((time, value))
            continue
        if course:
            found.append(_run(course, time, width, slot))
        shared, course = now, [] if now is None else [(time, value)]
    if course:
        found.append(_run(course, None, width, slot))
    return found


def _run(
    course: Sequence[tuple[datetime, float]],
    over_at: datetime | None,
    width: Callable[[datetime], timedelta],
    slot: Callable[[datetime], datetime],
) -> Run:
    last, value = course[-1]
    end = last + width(last)
    return Run(
        course[0][0],
        end if over_at is None else min(end, over_at),
        value,
        len({slot(time) for time, _ in course}),
        over_at,
    )


@dataclass(frozen=True, slots=True)
class Stillness:
    """For how many slots a value may stay the same.

    A slow analyser gives one result for several slots. What an instrument measures may stand still
    by nature for `still_minutes`, where the register says so. At the lower end of the range (at or
    below `floor`) a value says "no more than this": it may stay there for `floor_hours`. A flow of
    zero is no still value but a plant that discharges nothing.
    """

    slots: int = 12
    results: int = 6
    slow_minutes: int = 0
    floor: Decimal = Decimal(0)
    floor_hours: int = 24
    zero_is_real: bool = False
    still_minutes: int = 0

    def is_at_floor(self, value: float) -> bool:
        """Whether the analyser could show nothing lower."""
        return Decimal(repr(value)) <= self.floor

    def is_exempt(self, value: float) -> bool:
        """Whether this value may stand still for ever."""
        return self.zero_is_real and value == 0

    def least_slots(self, value: float, interval: int) -> int:
        """From how many slots on it is stuck."""
        minutes = max(self.results * self.slow_minutes, self.still_minutes)
        usual = max(self.slots, -(-minutes // interval))
        if not self.is_at_floor(value):
            return usual
        return max(usual, -(-self.floor_hours * 60 // interval))


def is_outside(value: float, low: Decimal | None, high: Decimal | None) -> bool:
    """Whether a value lies outside of a range; at its ends it is inside."""
    exact = Decimal(repr(value))
    return (low is not None and exact < low) or (high is not None and exact > high)
