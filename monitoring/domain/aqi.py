"""VN_AQI, the index of ambient air, by the hour and by the day (QĐ 1459/QĐ-TCMT, section 2).

Every number of the decision is data (`Scale`); here stands only how they are put together. All is
worked in exact fractions: a concentration equal to a breakpoint has the index of that breakpoint
and belongs to the class that it closes. Concentrations are in µg/m³ as the station sends them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import floor, lcm
from typing import Any

HOURS_OF_DAY = 24
BY_THE_HOUR, BY_EIGHT_HOURS = "1h", "8h"
NORMALISED, AS_PRINTED = "normalised", "as_printed"
HALF_UP = "half_up"
_colour = re.compile(r"#[0-9a-fA-F]{6}")

#: The hour means of a pollutant in order; None where an hour has none that counts.
Hours = Sequence[Fraction | None]


@dataclass(frozen=True, slots=True)
class AirClass:
    """A class of the index: up to and including `highest`. `level` counts from 1, the best."""

    level: int
    highest: int
    vietnamese: str
    english: str
    colour: str
    effect_vietnamese: str = ""
    effect_english: str = ""


@dataclass(frozen=True, slots=True)
class Scale:
    """The tables and rules of an index, as a decision sets them."""

    index: tuple[int, ...]
    breakpoints: Mapping[str, tuple[Decimal | None, ...]]
    classes: tuple[AirClass, ...]
    particles: tuple[str, ...]
    ozone: str
    nowcast_hours: int
    nowcast_newest: int
    nowcast_needed: int
    nowcast_least_weight: Fraction
    nowcast_at_least_weight: str
    mean_hours: int
    hour_capture: Decimal
    mean_hours_share: Fraction
    day_share: Fraction

    @property
    def pollutants(self) -> tuple[str, ...]:
        """The parameters that have an index, particles first; ozone once."""
        gases = {self._parameter(column): None for column in self.breakpoints}
        return (*self.particles, *(each for each in gases if each not in self.particles))

    def column(self, pollutant: str, mean: str = BY_THE_HOUR) -> str:
        """The column of the table in which a pollutant's concentration is looked up."""
        return f"{pollutant}_{mean}" if pollutant == self.ozone else pollutant

    def class_of(self, value: int) -> AirClass:
        """The class of an index."""
        return next(each for each in self.classes if value <= each.highest)

    def _parameter(self, column: str) -> str:
        return self.ozone if column.startswith(f"{self.ozone}_") else column


@dataclass(frozen=True, slots=True)
class SubIndex:
    """The index of one pollutant: unrounded, from a concentration in a column of the table.

    `beyond`: the concentration lies above the end of the scale, where the index stops at its top.
    """

    pollutant: str
    column: str
    concentration: Fraction
    exact: Fraction
    beyond: bool = False

    @property
    def value(self) -> int:
        """Rounded to a whole number, a half upwards."""
        return rounded(self.exact)


@dataclass(frozen=True, slots=True)
class AirIndex:
    """The index of an hour or a day: the largest of its pollutants; None without any particles.

    `main`: the pollutants that have it, more than one where they are exactly alike.
    """

    value: int | None
    air: AirClass | None
    main: tuple[str, ...]
    subs: tuple[SubIndex, ...]

    @property
    def beyond(self) -> bool:
        """Whether the pollutant that decides lies above the end of the scale."""
        return any(sub.beyond for sub in self.subs if sub.pollutant in self.main)


def scale_of(content: Mapping[str, Any]) -> Scale:
    """The scale that a table of an index describes. ValueError names what is missing or wrong."""
    try:
        rules = content["rules"]
        effects = content.get("effects") or [("", "")] * len(content["classes"])
        scale = Scale(
            index=tuple(int(each) for each in content["index"]),
            breakpoints={
                column: tuple(None if each is None else Decimal(str(each)) for each in row)
                for column, row in content["breakpoints"].items()
            },
            classes=tuple(
                AirClass(level, int(highest), str(vi), str(en), str(colour), *map(str, effect))
                for level, ((highest, vi, en, colour), effect) in enumerate(
                    zip(content["classes"], effects, strict=True), start=1
                )
            ),
            particles=tuple(rules["particles"]),
            ozone=str(rules["ozone"]),
            nowcast_hours=int(rules["nowcast_hours"]),
            nowcast_newest=int(rules["nowcast_newest"]),
            nowcast_needed=int(rules["nowcast_needed"]),
            nowcast_least_weight=Fraction(str(rules["nowcast_least_weight"])),
            nowcast_at_least_weight=str(rules["nowcast_at_least_weight"]),
            mean_hours=int(rules["mean_hours"]),
            hour_capture=Decimal(str(rules["hour_capture"])),
            mean_hours_share=Fraction(str(rules["mean_hours_share"])),
            day_share=Fraction(str(rules["day_share"])),
        )
        rounding = rules["rounding"]
    except (KeyError, TypeError, ArithmeticError) as wrong:
        raise ValueError(f"the table of the index lacks or misstates {wrong}") from wrong
    _check(scale, rounding)
    return scale


def _check(scale: Scale, rounding: str) -> None:
    """Refuses a table that would give no index, or a wrong one."""
    if rounding != HALF_UP:
        raise ValueError(f"no such rounding: {rounding}")
    if scale.nowcast_at_least_weight not in (NORMALISED, AS_PRINTED):
        raise ValueError(f"no such NowCast: {scale.nowcast_at_least_weight}")
    if not _rises(scale.index):
        raise ValueError("the values of the index do not rise")
    tops = [each.highest for each in scale.classes]
    if not _rises((scale.index[0], *tops)) or tops[-1] != scale.index[-1]:
        raise ValueError("the classes do not reach the top of the index in order")
    if not all(_colour.fullmatch(each.colour) for each in scale.classes):
        raise ValueError("a colour of a class is not written as #rrggbb")
    for column, row in scale.breakpoints.items():
        known = [each for each in row if each is not None]
        whole = len(row) == len(scale.index) and None not in row[: len(known)]
        if not whole or not _rises(known):
            raise ValueError(f"the breakpoints of {column} do not rise with the index")
    if not set(scale.particles) <= set(scale.breakpoints):
        raise ValueError("particles without breakpoints")


def _rises(values: Sequence[int | Decimal]) -> bool:
    """Whether there are several, each larger than the one before."""
    return len(values) > 1 and all(one < other for one, other in pairwise(values))


def rounded(value: Fraction) -> int:
    """To the nearest whole number, a half upwards."""
    return floor(value + Fraction(1, 2))


def sub_index(
    scale: Scale, pollutant: str, concentration: Fraction, mean: str = BY_THE_HOUR
) -> SubIndex | None:
    """A pollutant's index by formula 1; None where its column ends below the concentration.

    Above a column that reaches the top of the index ("≥ 1,200") the index is that top.
    """
    column = scale.column(pollutant, mean)
    row = scale.breakpoints[column]
    steps = list(zip(scale.index, row, strict=True))
    if concentration <= (row[0] or 0):
        return SubIndex(pollutant, column, concentration, Fraction(scale.index[0]))
    for (low_index, low), (high_index, high) in pairwise(steps):
        if low is None or high is None:
            return None
        if concentration <= high:
            share = (concentration - Fraction(low)) / (Fraction(high) - Fraction(low))
            exact = low_index + share * (high_index - low_index)
            return SubIndex(pollutant, column, concentration, exact)
    return SubIndex(pollutant, column, concentration, Fraction(scale.index[-1]), beyond=True)


def nowcast(scale: Scale, newest_first: Hours) -> Fraction | None:
    """The weighted mean of the newest 12 hours; None unless 2 of the newest 3 are there.

    w = the smallest ÷ the largest of the hours that are there, but at least 1/2; hour i (from 0,
    the newest) weighs wⁱ, a missing one nothing.
    """
    hours = list(newest_first[: scale.nowcast_hours])
    newest = hours[: scale.nowcast_newest]
    if sum(each is not None for each in newest) < scale.nowcast_needed:
        return None
    known = [(i, each) for i, each in enumerate(hours) if each is not None]
    weight, clipped = _weight(scale, [each for _, each in known])
    # In whole numbers: with w = p/q every weight times q^(n-1) is p^i × q^(n-1-i).
    over, last = lcm(*(each.denominator for _, each in known)), len(hours) - 1
    weights = {i: weight.numerator**i * weight.denominator ** (last - i) for i, _ in known}
    total = sum(weights[i] * int(each * over) for i, each in known)
    if clipped and scale.nowcast_at_least_weight == AS_PRINTED:
        return Fraction(total, over * weight.denominator**last) * weight
    return Fraction(total, over * sum(weights.values()))


def _weight(scale: Scale, known: Sequence[Fraction]) -> tuple[Fraction, bool]:
    """w, and whether it is the smallest that it may be."""
    least, largest = scale.nowcast_least_weight, max(known)
    ratio = min(known) / largest if largest > 0 else least
    return (ratio, False) if ratio > least else (least, True)


def hourly_index(scale: Scale, newest_first: Mapping[str, Hours]) -> AirIndex:
    """AQI giờ (2.2.1): NowCast of the particles, the hour's own mean of the gases.

    By pollutant the means of the hour and of those before it, the newest first.
    """
    subs: list[SubIndex | None] = []
    for pollutant in scale.pollutants:
        hours = newest_first.get(pollutant) or (None,)
        value = nowcast(scale, hours) if pollutant in scale.particles else hours[0]
        subs.append(None if value is None else sub_index(scale, pollutant, value))
    return _largest(scale, subs)


def daily_index(scale: Scale, hours: Mapping[str, Hours]) -> AirIndex:
    """AQI ngày (2.2.2): the day's mean of the particles, the largest hour of the gases, and of
    ozone the largest 8 hours too, whichever gives more.

    By pollutant the `hours_before` hours before the day and then its 24, oldest first.
    """
    subs: list[SubIndex | None] = []
    for pollutant in scale.pollutants:
        given = hours.get(pollutant)
        if given is not None:
            subs.extend(_of_day(scale, pollutant, given))
    return _largest(scale, subs)


def hours_before(scale: Scale) -> int:
    """How many hours before a day its first 8-hour means reach back."""
    return scale.mean_hours - 1


def _of_day(scale: Scale, pollutant: str, given: Hours) -> Iterable[SubIndex | None]:
    before = hours_before(scale)
    if len(given) != before + HOURS_OF_DAY:
        raise ValueError(f"{len(given)} hours are not {before} and the 24 of a day")
    own = _enough(given[before:], scale.day_share)
    if own is not None and pollutant in scale.particles:
        yield sub_index(scale, pollutant, sum(own, Fraction()) / len(own))
    elif own is not None:
        yield sub_index(scale, pollutant, max(own))
    if pollutant == scale.ozone:
        means = _enough(_running(scale, given), scale.day_share)
        if means is not None:
            yield sub_index(scale, pollutant, max(means), BY_EIGHT_HOURS)


def _running(scale: Scale, given: Hours) -> list[Fraction | None]:
    """The 8-hour mean that ends with each hour of the day, where enough of the eight are there."""
    width = scale.mean_hours
    windows = (given[end - width : end] for end in range(width, len(given) + 1))
    enough = (_enough(window, scale.mean_hours_share) for window in windows)
    return [None if each is None else sum(each, Fraction()) / len(each) for each in enough]


def _enough(hours: Hours, share: Fraction) -> list[Fraction] | None:
    """The hours that are there, if they are enough of them."""
    known = [each for each in hours if each is not None]
    return known if known and len(known) >= share * len(hours) else None


def _largest(scale: Scale, found: Iterable[SubIndex | None]) -> AirIndex:
    subs = tuple(sub for sub in found if sub is not None)
    if not any(sub.pollutant in scale.particles for sub in subs):
        return AirIndex(None, None, (), subs)
    top = max(sub.exact for sub in subs)
    main = tuple(dict.fromkeys(sub.pollutant for sub in subs if sub.exact == top))
    value = rounded(top)
    return AirIndex(value, scale.class_of(value), main, subs)


def ink_on(colour: str) -> str:
    """Black or white, whichever stands out more on a colour `#rrggbb` (WCAG contrast)."""
    light = _luminance(colour)
    return "#000000" if (light + 0.05) / 0.05 >= 1.05 / (light + 0.05) else "#ffffff"


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1 to 21 (WCAG); ValueError for what is no `#rrggbb`."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
