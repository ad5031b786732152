"""How long an analyser has told of a fault or of calibration, from the statuses it sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitoring.domain.parsed import CALIBRATING, FAULT, MEASURING

LONGEST = {FAULT: timedelta(minutes=60), CALIBRATING: timedelta(hours=4)}
"""From when it is an alert (judging.md §5)."""


@dataclass(frozen=True, slots=True)
class Course:
    """From the first reading with a status to the last one before the next 00.

    `end`: where the last one's slot ends, or the next 00 if that is earlier; `over_at`: the
    measured time of that 00, None while none has come.
    """

    start: datetime
    end: datetime
    over_at: datetime | None

    def is_too_long(self, status: str) -> bool:
        return self.end - self.start >= LONGEST[status]


def courses(
    samples: Sequence[tuple[datetime, float | None, str]],
    *,
    status: str,
    width: Callable[[datetime], timedelta],
) -> list[Course]:
    """The courses of a status in a channel's readings, ordered by time; only a 00 ends one.

    `width` gives the length of the slot of a stamp: that of its own day, whatever holds later.
    """
    found: list[Course] = []
    first = last = None
    for time, value, said in samples:
        if said == status:
            first, last = first or time, time
        elif said == MEASURING and value is not None and first is not None and last is not None:
            found.append(Course(first, min(last + width(last), time), time))
            first = last = None
    if first is not None and last is not None:
        found.append(Course(first, last + width(last), None))
    return found
