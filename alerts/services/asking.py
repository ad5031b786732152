"""What the desk asks of the flow without knowing it: the mean that an analyser measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Measured:
    """The mean of an analyser's filled slots, and how many of those expected there were."""

    mean: Decimal
    n: int
    expected: int
    unit: str


MeanSource = Callable[[int, str, datetime, datetime], Measured | None]
"""Station, parameter, from, until → what was measured; None for nothing."""

_sources: list[MeanSource] = []


def answer_with(source: MeanSource) -> None:
    """Whoever keeps the readings says once how they are asked."""
    _sources[:] = [source]


def measured_between(
    station_id: int, parameter: str, start: datetime, end: datetime
) -> Measured | None:
    """The online mean of a parameter between two moments; None where nobody knows."""
    return _sources[0](station_id, parameter, start, end) if _sources else None
