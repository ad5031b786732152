"""Many means held against their limits at once, in whole numbers: exactly, and fast.

Σ = a ÷ b over n slots is above a maximum of t ÷ u where a × u > t × b × n. Nothing is divided, so
equal is within; nothing is rounded, so it gives what `judge` gives.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from monitoring.domain.averaging import Mean
from monitoring.domain.judging import EXCEEDED, NOT_ENOUGH_DATA, WITHIN, Verdict


@dataclass(frozen=True, slots=True)
class Bounds:
    """A limit as quotients of whole numbers; 0 ÷ 0 is a side that it has not."""

    top: int
    top_over: int
    low: int
    low_over: int
    capture: int
    capture_over: int


@lru_cache(maxsize=4096)
def bounds_of(maximum: Decimal | None, minimum: Decimal | None, min_capture: Decimal) -> Bounds:
    """The bounds of a limit. Raises ValueError for one that has no side."""
    if maximum is None and minimum is None:
        raise ValueError("a limit has a maximum, a minimum or both")
    return Bounds(*_quotient(maximum), *_quotient(minimum), *min_capture.as_integer_ratio())


def compare(means: Sequence[Mean], bounds: Sequence[Bounds]) -> list[Verdict]:
    """The verdict on each mean under the bounds that stand at its place."""
    found: list[Verdict] = []
    add = found.append
    for mean, limit in zip(means, bounds, strict=True):
        n, expected = mean.n, mean.expected
        if not n or not expected or n * limit.capture_over < limit.capture * expected:
            add(NOT_ENOUGH_DATA)
            continue
        total = mean.total
        sum_of, over = total.numerator, total.denominator * n
        outside = (
            sum_of * limit.top_over > limit.top * over or sum_of * limit.low_over < limit.low * over
        )
        add(EXCEEDED if outside else WITHIN)
    return found


def how_far(mean: Mean, limit: Bounds) -> tuple[float | None, float | None]:
    """Ratio and distance of a judgement as the nearest floats; one of them where there is a mean.

    See `ratio_of` and `distance_of`, which give the same as fractions.
    """
    if not mean.n:
        return None, None
    sum_of, over = mean.total.numerator, mean.total.denominator * mean.n
    if limit.top > 0 and not limit.low_over:
        return quotient(sum_of * limit.top_over, limit.top * over), None
    if limit.low > 0 and not limit.top_over and sum_of > 0:
        return quotient(limit.low * over, limit.low_over * sum_of), None
    above = sum_of * limit.top_over - limit.top * over
    below = limit.low * over - sum_of * limit.low_over
    if above > 0 and above * limit.low_over >= below * limit.top_over:
        return None, quotient(above, over * limit.top_over)
    return None, quotient(below, over * limit.low_over) if below > 0 else 0.0


def quotient(numerator: int, denominator: int) -> float | None:
    """The nearest float; None over nothing, and the largest for what is beyond all floats."""
    if not denominator:
        return None
    try:
        return numerator / denominator
    except OverflowError:
        return sys.float_info.max if (numerator > 0) == (denominator > 0) else -sys.float_info.max


def _quotient(side: Decimal | None) -> tuple[int, int]:
    return (0, 0) if side is None else side.as_integer_ratio()
