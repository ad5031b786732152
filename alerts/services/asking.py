"""What the desk asks of the flow without knowing it: what an analyser measured, and when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
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


@dataclass(frozen=True, slots=True)
class HourValue:
    """The mean of one hour; `mean` is None where the hour has no value."""

    start: datetime
    mean: Decimal | None


HourSource = Callable[[int, str, datetime, datetime, Decimal | None], list[HourValue]]
"""Station, parameter, from, until, reference oxygen in % → the hours that have a row, by time."""


@dataclass(frozen=True, slots=True)
class MonthCapture:
    """How many of a month's expected values came, of one parameter; `approved`: without what was
    excluded, where anything was."""

    station: str
    facility: str
    parameter: str
    n: int
    expected: int
    capture: float | None
    approved: float | None = None


CaptureSource = Callable[[int, date], list[MonthCapture]]
"""Operator, first day of a month → each parameter of each of its stations that was judged."""

_sources: list[MeanSource] = []
_hours: list[HourSource] = []
_captures: list[CaptureSource] = []


def answer_with(
    source: MeanSource, hours: HourSource | None = None, captures: CaptureSource | None = None
) -> None:
    """Whoever keeps the readings says once how they are asked."""
    _sources[:] = [source]
    _hours[:] = [hours] if hours else []
    _captures[:] = [captures] if captures else []


def captures_of_month(operator: int, month: date) -> list[MonthCapture]:
    """The captures of an operator's stations in a month; [] where nobody knows."""
    return _captures[0](operator, month) if _captures else []


def measured_between(
    station_id: int, parameter: str, start: datetime, end: datetime
) -> Measured | None:
    """The online mean of a parameter between two moments; None where nobody knows."""
    return _sources[0](station_id, parameter, start, end) if _sources else None


def hours_between(
    station_id: int,
    parameter: str,
    start: datetime,
    end: datetime,
    *,
    reference_oxygen: Decimal | None = None,
) -> list[HourValue]:
    """The hour means of a parameter in [start, end), as its limit reads them; [] where nobody
    knows."""
    return _hours[0](station_id, parameter, start, end, reference_oxygen) if _hours else []
