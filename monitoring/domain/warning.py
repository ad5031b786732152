"""Early warning: what a running hour or day is heading for, while something can still be done.

Never a verdict. A maximum warns from 0.8 of it, a minimum from itself ÷ 0.8, a range outside only;
so does a limit of 0, of which there is no 0.8.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Literal

from monitoring.domain.averaging import Mean
from monitoring.domain.judging import distance_of, has_enough, is_above, is_below, ratio_of
from monitoring.domain.slots import HOUR
from stations.domain.quantities import scaled
from stations.domain.stricter import Limit

Level = Literal["tendency", "over"]
TENDENCY: Level = "tendency"
OVER: Level = "over"
TENDENCY_FROM = Decimal("0.8")
SHARE_OF_HOUR = Decimal("0.75")
HOURS_OF_DAY = 3


@dataclass(frozen=True, slots=True)
class RestOfDay:
    """What the slots still to come must average for the day to stay within.

    None for a side that the limit has not, or with no slot left. `at_most` can be below zero:
    then the rest alone cannot bring the day back. `certain` is more: the day ends above its
    maximum whatever comes, missing slots that are sent later included.
    """

    slots_left: int
    at_most: Fraction | None
    at_least: Fraction | None
    certain: bool

    def at_most_shown(self, digits: int) -> Decimal | None:
        """`at_most` rounded down, so that keeping to it suffices."""
        if self.at_most is None:
            return None
        return scaled(floor(self.at_most * 10**digits), digits)

    def at_least_shown(self, digits: int) -> Decimal | None:
        """`at_least` rounded up, so that keeping to it suffices."""
        if self.at_least is None:
            return None
        return scaled(ceil(self.at_least * 10**digits), digits)


@dataclass(frozen=True, slots=True)
class EarlyWarning:
    """`tendency` near the limit, `over` beyond it; ratio or distance as in a judgement."""

    level: Level
    period: Literal["hour", "day"]
    value: Fraction
    ratio: Fraction | None
    distance: Fraction | None


def warn(
    mean: Mean,
    *,
    period: Literal["hour", "day"],
    maximum: Decimal | None,
    minimum: Decimal | None,
    valid_hours: int = 0,
) -> EarlyWarning | None:
    """The warning on a period that is still running, or an hour just over; None if there is none.

    `mean.expected` is that of the whole period. An hour speaks from 75 % of its slots, a day from
    3 valid hours (see `valid_hours_of`).
    """
    speaks = has_enough(mean, SHARE_OF_HOUR) if period == "hour" else valid_hours >= HOURS_OF_DAY
    level = level_of(mean, maximum=maximum, minimum=minimum)
    value = mean.value
    if not speaks or level is None or value is None:
        return None
    ratio = ratio_of(mean, maximum=maximum, minimum=minimum)
    distance = distance_of(mean, maximum=maximum, minimum=minimum) if ratio is None else None
    return EarlyWarning(level, period, value, ratio, distance)


def level_of(mean: Mean, *, maximum: Decimal | None, minimum: Decimal | None) -> Level | None:
    """How near a mean is to its limit, or beyond; None when neither, or without a slot."""
    if not mean.n:
        return None
    if is_above(mean, maximum) or is_below(mean, minimum):
        return OVER
    ratio = ratio_of(mean, maximum=maximum, minimum=minimum)
    return TENDENCY if ratio is not None and ratio >= Fraction(TENDENCY_FROM) else None


def hours_to_watch(now: datetime) -> tuple[datetime, datetime]:
    """The hour before the running one, and the running one, by their starts (UTC)."""
    running = now.replace(minute=0, second=0, microsecond=0)
    return running - HOUR, running


def limits_for_hour(limits: Iterable[Limit]) -> tuple[Limit, ...]:
    """The limits a running hour is held against: those of the hour, else those of the day."""
    known = tuple(limits)
    hourly = tuple(limit for limit in known if limit.period == "hour")
    return hourly or tuple(limit for limit in known if limit.period == "day")


def valid_hours_of(hours: Iterable[Mean], min_capture: Decimal) -> int:
    """How many hours have the limit's minimum capture."""
    return sum(has_enough(hour, min_capture) for hour in hours)


def rest_of_day(
    mean_so_far: Mean,
    *,
    maximum: Decimal | None,
    minimum: Decimal | None = None,
    expected_slots: int,
    filled_or_missed: int,
    can_be_negative: bool = False,
) -> RestOfDay:
    """What is left to a day: the slots to come, and what they must average.

    expected_slots: of the whole day; filled_or_missed: of those, the ones that are filled or can
    only be filled late. A side is met when (Σ + X × left) ÷ (n + left) equals it.
    """
    left = max(expected_slots - filled_or_missed, 0)
    return RestOfDay(
        slots_left=left,
        at_most=_rest_average(mean_so_far, maximum, left),
        at_least=_rest_average(mean_so_far, minimum, left),
        certain=not can_be_negative and _is_certain(mean_so_far, maximum, expected_slots),
    )


def _rest_average(mean: Mean, limit: Decimal | None, left: int) -> Fraction | None:
    if limit is None or not left:
        return None
    return (Fraction(limit) * (mean.n + left) - mean.total) / left


def _is_certain(mean: Mean, maximum: Decimal | None, expected_slots: int) -> bool:
    """Σ so far > Cmax × expected slots: above it even with zeros in every slot not yet filled."""
    return maximum is not None and mean.total > Fraction(maximum) * expected_slots
