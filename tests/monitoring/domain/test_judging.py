from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.domain.averaging import Mean
from monitoring.domain.judging import (
    EXCEEDED,
    NOT_ENOUGH_DATA,
    WITHIN,
    Judgement,
    judge,
    shown,
)

CAPTURE = Decimal("0.75")


def number(text):
    return None if text is None else Decimal(text)


def mean(value, n=288, expected=288):
    return Mean(Fraction(Decimal(value)) * n, n, expected)


def judged(value, *, maximum=None, minimum=None, n=288):
    return judge(
        mean(value, n), maximum=number(maximum), minimum=number(minimum), min_capture=CAPTURE
    )


@pytest.mark.parametrize(
    ("maximum", "minimum", "value", "verdict"),
    [
        ("50", None, "49.9", WITHIN),
        ("50", None, "50", WITHIN),
        ("50", None, "50.0000000001", EXCEEDED),
        (None, "6", "6.1", WITHIN),
        (None, "6", "6", WITHIN),
        (None, "6", "5.9999999999", EXCEEDED),
        ("9", "6", "9", WITHIN),
        ("9", "6", "9.01", EXCEEDED),
        ("9", "6", "6", WITHIN),
        ("9", "6", "5.99", EXCEEDED),
        ("0", None, "0", WITHIN),
        ("0", None, "0.01", EXCEEDED),
        ("0", None, "-0.01", WITHIN),
        (None, "0", "0", WITHIN),
        (None, "0", "-0.01", EXCEEDED),
    ],
)
def test_only_beyond_the_limit_exceeds(maximum, minimum, value, verdict):
    assert judged(value, maximum=maximum, minimum=minimum).verdict == verdict


@pytest.mark.parametrize(
    ("maximum", "minimum", "value", "ratio", "distance"),
    [
        ("67.5", None, "67.5", 1, None),
        ("50", None, "75", Fraction(3, 2), None),
        ("50", None, "0", 0, None),
        ("50", None, "-5", Fraction(-1, 10), None),
        (None, "6", "5", Fraction(6, 5), None),
        (None, "6", "12", Fraction(1, 2), None),
        (None, "6", "0", None, 6),
        (None, "6", "-1", None, 7),
        ("9", "6", "7", None, 0),
        ("9", "6", "9.01", None, Fraction(1, 100)),
        ("9", "6", "5.5", None, Fraction(1, 2)),
        ("0", None, "0.01", None, Fraction(1, 100)),
        ("0", None, "-1", None, 0),
        (None, "0", "3", None, 0),
        (None, "0", "-3", None, 3),
    ],
)
def test_ratio_or_distance(maximum, minimum, value, ratio, distance):
    judgement = judged(value, maximum=maximum, minimum=minimum)
    assert (judgement.ratio, judgement.distance) == (ratio, distance)


@pytest.mark.parametrize(("n", "verdict"), [(216, EXCEEDED), (215, NOT_ENOUGH_DATA)])
def test_the_minimum_capture_itself_is_enough(n, verdict):
    judgement = judged("100", maximum="67.5", n=n)
    assert (judgement.verdict, judgement.ratio) == (verdict, Fraction(200, 135))


def test_distance_is_given_with_too_few_data_too():
    assert judged("10", maximum="9", minimum="6", n=1) == Judgement(
        NOT_ENOUGH_DATA, None, Fraction(1)
    )


@pytest.mark.parametrize("expected", [0, 288])
def test_without_a_slot_there_is_nothing_to_say(expected):
    empty = Mean(Fraction(0), 0, expected)
    judgement = judge(empty, maximum=Decimal(0), minimum=None, min_capture=Decimal(0))
    assert judgement == Judgement(NOT_ENOUGH_DATA, None, None)


def test_where_nothing_is_expected_nothing_is_judged():
    judgement = judge(mean("80", 3, 0), maximum=Decimal(50), minimum=None, min_capture=Decimal(0))
    assert judgement.verdict == NOT_ENOUGH_DATA


def test_a_limit_without_a_side_is_refused():
    with pytest.raises(ValueError, match="maximum, a minimum or both"):
        judged("1")


def test_a_range_that_merging_turned_inside_out_has_no_inside():
    judgement = judged("9.2", maximum="9", minimum="9.5")
    assert (judgement.verdict, judgement.distance) == (EXCEEDED, Fraction(3, 10))


def test_a_mean_of_thirds_is_compared_before_it_is_divided():
    third = Mean(Fraction(1), 3, 3)
    verdicts = [
        judge(third, maximum=Decimal(limit), minimum=None, min_capture=CAPTURE).verdict
        for limit in ("0." + 40 * "3", "0." + 39 * "3" + "4")
    ]
    assert verdicts == [EXCEEDED, WITHIN]


@pytest.mark.parametrize(
    ("value", "limit", "digits", "expected"),
    [
        ("67.54", "67.5", 1, "67.54"),
        ("67.5004", "67.5", 1, "67.5004"),
        ("67.46", "67.5", 1, "67.46"),
        ("67.5", "67.5", 1, "67.5"),
        ("67.5", "67.5", 0, "67.5"),
        ("67.44", "67.5", 1, "67.4"),
        ("67.55", "67.5", 1, "67.6"),
        ("67.45", "67.46", 1, "67.45"),
        ("48.25", None, 1, "48.3"),
        ("-48.25", None, 1, "-48.3"),
        ("0.0004", "0", 1, "0.0004"),
        ("5", "67.5", 1, "5.0"),
    ],
)
def test_an_exceedance_never_looks_equal_to_its_limit(value, limit, digits, expected):
    assert str(shown(Decimal(value), number(limit), digits)) == expected


def test_beside_a_range_both_sides_are_minded():
    assert shown(Decimal("9.04"), Decimal(6), 1, Decimal(9)) == Decimal("9.0") + Decimal("0.04")
    assert shown(Decimal("5.96"), Decimal(9), 1, Decimal(6)) == Decimal("5.96")


def test_the_least_excess_of_a_fraction_is_seen():
    barely = Fraction(135, 2) + Fraction(1, 3 * 10**40)
    assert shown(barely, Decimal("67.5"), 1) > Decimal("67.5")


numbers = st.decimals(-100, 100, places=3)


@given(numbers, numbers, st.integers(0, 4))
def test_what_is_shown_lies_on_the_side_where_the_value_lies(value, limit, digits):
    seen = shown(value, limit, digits)
    assert ((seen > limit), (seen < limit)) == ((value > limit), (value < limit))
    assert abs(seen - value) <= Decimal("0.5").scaleb(-digits)


@given(
    st.lists(st.fractions(-10, 10, max_denominator=60), min_size=1, max_size=20),
    st.none() | numbers,
    st.none() | numbers,
)
def test_a_verdict_is_that_of_the_divided_mean_in_fractions(slots, maximum, minimum):
    if maximum is None and minimum is None:
        return
    value = sum(slots) / len(slots)
    outside = (maximum is not None and value > Fraction(maximum)) or (
        minimum is not None and value < Fraction(minimum)
    )
    judgement = judge(
        Mean(sum(slots), len(slots), len(slots)),
        maximum=maximum,
        minimum=minimum,
        min_capture=CAPTURE,
    )
    assert judgement.verdict == (EXCEEDED if outside else WITHIN)
    assert (judgement.ratio is None) != (judgement.distance is None)
    if judgement.ratio is not None:
        assert (judgement.ratio > 1) == outside
    else:
        assert (judgement.distance > 0) == outside
