"""Many comparisons at once say what one by one says."""

from __future__ import annotations

import sys
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.domain.averaging import Mean
from monitoring.domain.comparing import bounds_of, compare, how_far
from monitoring.domain.judging import (
    EXCEEDED,
    NOT_ENOUGH_DATA,
    WITHIN,
    distance_of,
    judge,
    ratio_of,
)

THREE_QUARTERS = Decimal("0.75")
sides = st.none() | st.decimals("-1e6", "1e6", places=3)
means = st.builds(
    Mean,
    st.fractions(-(10**6), 10**6, max_denominator=1000),
    st.integers(0, 30),
    st.integers(0, 30),
)


def said(total: str, n: int, *, maximum: str | None = None, minimum: str | None = None) -> str:
    bounds = bounds_of(
        None if maximum is None else Decimal(maximum),
        None if minimum is None else Decimal(minimum),
        THREE_QUARTERS,
    )
    return compare([Mean(Fraction(total), n, 12)], [bounds])[0]


@pytest.mark.parametrize(
    ("total", "n", "verdict"),
    [
        ("720", 12, WITHIN),
        ("720.0000000001", 12, EXCEEDED),
        ("540", 9, WITHIN),
        ("541", 9, EXCEEDED),
        ("800", 8, NOT_ENOUGH_DATA),
        ("0", 0, NOT_ENOUGH_DATA),
    ],
)
def test_equal_to_a_maximum_is_within(total: str, n: int, verdict: str) -> None:
    assert said(total, n, maximum="60") == verdict


@pytest.mark.parametrize(("total", "verdict"), [("48", WITHIN), ("47.9999999999", EXCEEDED)])
def test_equal_to_a_minimum_is_within(total: str, verdict: str) -> None:
    assert said(total, 12, minimum="4") == verdict


@pytest.mark.parametrize(("total", "verdict"), [("0", WITHIN), ("0.1", EXCEEDED)])
def test_a_limit_of_nought_is_a_limit(total: str, verdict: str) -> None:
    assert said(total, 12, maximum="0") == verdict


def test_a_sum_of_thirds_is_compared_exactly() -> None:
    third = Mean(Fraction(1, 3) * 12, 12, 12)
    under, over = Decimal("0.3333333333333333"), Decimal("0.3333333333333334")
    bounds = [bounds_of(side, None, THREE_QUARTERS) for side in (under, over)]
    assert compare([third, third], bounds) == [EXCEEDED, WITHIN]


def test_a_limit_without_a_side_is_refused() -> None:
    with pytest.raises(ValueError, match="a maximum, a minimum or both"):
        bounds_of(None, None, THREE_QUARTERS)


@given(
    st.lists(
        st.tuples(means, sides, sides, st.decimals("0", "1", places=2)).filter(
            lambda case: case[1] is not None or case[2] is not None
        ),
        max_size=8,
    )
)
def test_all_at_once_is_one_by_one(
    cases: list[tuple[Mean, Decimal | None, Decimal | None, Decimal]],
) -> None:
    bounds = [bounds_of(top, low, capture) for _, top, low, capture in cases]
    assert compare([mean for mean, *_ in cases], bounds) == [
        judge(mean, maximum=top, minimum=low, min_capture=capture).verdict
        for mean, top, low, capture in cases
    ]


@given(means, sides, sides)
def test_how_far_is_the_float_nearest_to_the_fraction(
    mean: Mean, top: Decimal | None, low: Decimal | None
) -> None:
    if top is None and low is None:
        return
    ratio = ratio_of(mean, maximum=top, minimum=low)
    distance = distance_of(mean, maximum=top, minimum=low) if ratio is None else None
    assert how_far(mean, bounds_of(top, low, THREE_QUARTERS)) == (
        None if ratio is None else float(ratio),
        None if distance is None else float(distance),
    )


def test_what_is_beyond_all_floats_is_the_largest() -> None:
    huge = Mean(Fraction(10**400), 1, 1)
    ratio, _ = how_far(huge, bounds_of(Decimal(1), None, THREE_QUARTERS))
    assert ratio == sys.float_info.max
