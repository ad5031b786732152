"""A mean against a limit, exactly: equal to the limit is within, and nothing is rounded before.

Rounding is for showing only, and never makes an exceedance look equal to its limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from monitoring.domain.averaging import Mean
from stations.domain.quantities import scaled

Verdict = Literal["within", "exceeded", "not_enough_data"]
WITHIN: Verdict = "within"
EXCEEDED: Verdict = "exceeded"
NOT_ENOUGH_DATA: Verdict = "not_enough_data"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a mean is under a limit.

    Where there is a mean, one of `ratio` and `distance` is given, also with `not_enough_data`.
    ratio: mean ÷ maximum, or minimum ÷ mean. distance: how far outside in the parameter's unit, 0
    when within; for a range, for a limit of 0, and for a mean of 0 or less under a minimum.
    """

    verdict: Verdict
    ratio: Fraction | None
    distance: Fraction | None


def judge(
    mean: Mean, *, maximum: Decimal | None, minimum: Decimal | None, min_capture: Decimal
) -> Judgement:
    """The verdict on a mean. Raises ValueError for a limit that has no side."""
    if maximum is None and minimum is None:
        raise ValueError("a limit has a maximum, a minimum or both")
    ratio = ratio_of(mean, maximum=maximum, minimum=minimum)
    distance = distance_of(mean, maximum=maximum, minimum=minimum) if ratio is None else None
    if not has_enough(mean, min_capture):
        return Judgement(NOT_ENOUGH_DATA, ratio, distance)
    outside = is_above(mean, maximum) or is_below(mean, minimum)
    return Judgement(EXCEEDED if outside else WITHIN, ratio, distance)


def has_enough(mean: Mean, min_capture: Decimal) -> bool:
    """Whether there is a mean and it has the minimum capture."""
    share, of = min_capture.as_integer_ratio()
    n, expected = mean.n, mean.expected
    return n > 0 and expected > 0 and min(n, expected) * of >= share * expected


def is_above(mean: Mean, maximum: Decimal | None) -> bool:
    """Σ > Cmax × n."""
    if maximum is None:
        return False
    limit, over = maximum.as_integer_ratio()
    return mean.total.numerator * over > limit * mean.total.denominator * mean.n


def is_below(mean: Mean, minimum: Decimal | None) -> bool:
    """Σ < Cmin × n."""
    if minimum is None:
        return False
    limit, over = minimum.as_integer_ratio()
    return mean.total.numerator * over < limit * mean.total.denominator * mean.n


def ratio_of(mean: Mean, *, maximum: Decimal | None, minimum: Decimal | None) -> Fraction | None:
    """Mean ÷ maximum, minimum ÷ mean; None where a judgement has a distance instead."""
    value = mean.value
    if value is None:
        return None
    if minimum is None and maximum is not None and maximum > 0:
        return value / Fraction(maximum)
    if maximum is None and minimum is not None and minimum > 0 and value > 0:
        return Fraction(minimum) / value
    return None


def distance_of(mean: Mean, *, maximum: Decimal | None, minimum: Decimal | None) -> Fraction | None:
    """How far the mean lies outside its limit, 0 when within; None without a mean."""
    value = mean.value
    if value is None:
        return None
    above = Fraction() if maximum is None else value - Fraction(maximum)
    below = Fraction() if minimum is None else Fraction(minimum) - value
    return max(above, below, Fraction())


def shown(
    value: Fraction | Decimal, limit: Decimal | None, digits: int, other: Decimal | None = None
) -> Decimal:
    """A value rounded for the eye: half up to `digits` decimals, more where that would mislead.

    Beside its limit (or the two of a range) a value never looks equal to one it is not equal to,
    nor as if it lay on the other side. The limit is taken to be shown as it is written; for a
    ratio it is 1.
    """
    exact = Fraction(value)
    limits = [Fraction(side) for side in (limit, other) if side is not None]
    rounded = _rounded(exact, digits)
    while any(_side(Fraction(rounded), one) != _side(exact, one) for one in limits):
        digits += 1
        rounded = _rounded(exact, digits)
    return rounded


def _side(value: Fraction, limit: Fraction) -> int:
    return (value > limit) - (value < limit)


def _rounded(value: Fraction, digits: int) -> Decimal:
    """Half away from zero, exactly: the fraction is never turned into a float."""
    whole = int(abs(value) * 10**digits + Fraction(1, 2))
    return scaled(-whole if value < 0 else whole, digits)
