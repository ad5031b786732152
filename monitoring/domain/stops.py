"""Approved stops: while nothing is discharged no slot is expected (judging.md §1).

A slot is left out that lies in a stop as a whole and is not filled: what was measured all the same
counts, and is expected then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitoring.domain.slots import HOUR, expected_in_hour


@dataclass(frozen=True, slots=True)
class Stop:
    """From `start` up to `end` a station, or some of its parameters, had nothing to measure."""

    start: datetime
    end: datetime
    parameters: frozenset[str] = frozenset()

    def holds_for(self, *names: str) -> bool:
        """Whether it speaks of a parameter, by any of its names; one of the whole station does."""
        return not self.parameters or not self.parameters.isdisjoint(names)


def slots_stopped(stops: Iterable[Stop], hour: datetime, interval: int) -> frozenset[datetime]:
    """The slots that begin in an hour and lie in a stop as a whole, by their starts."""
    width = timedelta(minutes=interval)
    near = [stop for stop in stops if stop.start < hour + HOUR and stop.end > hour]
    if not near:
        return frozenset()
    starts = (hour + i * width for i in range(expected_in_hour(hour, interval)))
    return frozenset(
        start
        for start in starts
        if any(stop.start <= start and start + width <= stop.end for stop in near)
    )
