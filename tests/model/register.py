"""What is known of a station: everything that can change is dated, first and last day inclusive."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Generic, TypeVar

T = TypeVar("T")

USUAL_INTERVAL = 5
"""Minutes of a slot where nothing else is known."""


@dataclass(frozen=True)
class Dated(Generic[T]):
    """A value and its days; None is open. A later first day ends the earlier value for good."""

    value: T
    since: date | None = None
    until: date | None = None


def in_force(items: Iterable[Dated[T]], day: date) -> T | None:
    """What holds on a day."""
    begun = [item for item in items if item.since is None or item.since <= day]
    if not begun:
        return None
    latest = max(begun, key=lambda item: item.since or date.min)
    return latest.value if latest.until is None or day <= latest.until else None


Bands = tuple[tuple[Fraction | None, Fraction], ...]
"""(up to and including, factor), the last without an end."""


@dataclass(frozen=True)
class Cell:
    """A number of a regulation's table: C of a parameter in a column, before any factor."""

    parameter: str
    column: str
    period: str
    maximum: Fraction | None = None
    minimum: Fraction | None = None
    takes_factors: bool = True
    since: date | None = None
    until: date | None = None
    source_type: str = ""


@dataclass(frozen=True)
class Edition:
    """An edition of a regulation, with the tables of its factors."""

    code: str
    cells: tuple[Cell, ...]
    kq_river: Bands = ()
    kq_lake: Bands = ()
    kf: Bands = ()
    kp: Bands = ()
    kv: tuple[tuple[int, Fraction], ...] = ()
    oxygen: Fraction | None = None
    min_capture: Fraction = Fraction(3, 4)
    grace: int = 30
    has_columns: bool = True


@dataclass(frozen=True)
class JudgedBy:
    """Which edition and column count for a station, and whether an officer confirmed that."""

    edition: Edition
    column: str
    confirmed: bool = True


@dataclass(frozen=True)
class Permit:
    """A limit of the station's own permit, which takes no factor. None: as in the regulation."""

    period: str
    source: str
    maximum: Fraction | None = None
    minimum: Fraction | None = None
    since: date | None = None
    until: date | None = None
    replaces: bool = False
    confirmed: bool = True
    min_capture: Fraction | None = None
    grace: int | None = None
    oxygen: Fraction | None = None


@dataclass(frozen=True)
class Water:
    """The receiving water: a river by its flow (m³/s) or a lake by its volume (m³)."""

    kind: str
    amount: Fraction | None


@dataclass(frozen=True)
class Channel:
    """A parameter of a station. Without its own interval it has that of the station."""

    symbol: str
    intervals: tuple[Dated[int], ...] = ()
    permits: tuple[Permit, ...] = ()
    last_day: date | None = None


@dataclass(frozen=True)
class Station:
    """A station with its channels, and what its limits depend on."""

    channels: tuple[Channel, ...]
    intervals: tuple[Dated[int], ...] = ()
    closing: tuple[Dated[bool], ...] = ()
    judged_by: tuple[Dated[JudgedBy], ...] = ()
    design_flow: tuple[Dated[Fraction], ...] = ()
    water: tuple[Dated[Water], ...] = ()
    gas_flow: tuple[Dated[Fraction], ...] = ()
    kv_zone: tuple[Dated[int], ...] = ()
    source_type: tuple[Dated[str], ...] = ()

    def channel(self, symbol: str) -> Channel:
        return next(channel for channel in self.channels if channel.symbol == symbol)

    def interval(self, channel: Channel, day: date) -> int:
        """Minutes of a channel's slot on a day."""
        return in_force(channel.intervals, day) or in_force(self.intervals, day) or USUAL_INTERVAL
