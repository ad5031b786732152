from __future__ import annotations

from decimal import Decimal, Inexact

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stations.domain.quantities import (
    EXACT,
    band_of,
    convert,
    decimal_of,
    json_number,
    multiply,
    plain,
    scaled,
    smallest_factor,
    tidy,
)

BANDS = ((Decimal(50), Decimal("0.9")), (Decimal(200), Decimal("1.0")), (None, Decimal("1.1")))


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-1e9, max_value=1e9))
def test_a_float_gives_back_what_was_written(written):
    assert decimal_of(float(written)) == written


@pytest.mark.parametrize(
    ("x", "expected"),
    [(0.1, "0.1"), (48.20, "48.2"), (67.50000000000001, "67.5"), (1e300, "1E+300"), (-0.0, "0")],
)
def test_fifteen_digits_count(x, expected):
    assert decimal_of(x) == Decimal(expected)


@pytest.mark.parametrize("x", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_refused(x):
    with pytest.raises(ValueError, match="not a number"):
        decimal_of(x)


@pytest.mark.parametrize(
    ("value", "factors", "expected"),
    [
        ("1", ["3600"], "3600"),
        ("12.5", ["0.001"], "0.0125"),
        ("0.333333333333333", ["3"], "0.999999999999999"),
        ("123456789.012345", ["3.6"], "444444440.444442"),
    ],
)
def test_conversion_is_decimal_and_keeps_fifteen_digits(value, factors, expected):
    assert convert(Decimal(value), *map(Decimal, factors)) == Decimal(expected)


def test_a_product_is_never_rounded():
    assert multiply(Decimal(75), Decimal("1.0"), Decimal("0.9")) == Decimal("67.5")
    tiny = Decimal("1.000000000000000000000000000001")
    whole = "1.000000000000000000000000000002000000000000000000000000000001"
    assert str(multiply(tiny, tiny)) == whole


def test_what_cannot_be_exact_is_refused_rather_than_rounded():
    with pytest.raises(Inexact):
        EXACT.divide(Decimal(1), Decimal(3))


def test_the_widest_floats_still_add_up_exactly():
    total = EXACT.add(decimal_of(1.7e308), decimal_of(5e-324))
    assert EXACT.subtract(total, decimal_of(1.7e308)) == decimal_of(5e-324)


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("50", ("0.9", "≤50")),
        ("50.1", ("1.0", "50–200")),
        ("200", ("1.0", "50–200")),
        ("200.1", ("1.1", ">200")),
    ],
)
def test_a_bound_belongs_to_the_band_it_closes(amount, expected):
    assert band_of(BANDS, Decimal(amount)) == (Decimal(expected[0]), expected[1])


def test_beyond_a_table_with_an_end_there_is_no_band():
    assert band_of(BANDS[:2], Decimal(200)) is not None
    assert band_of(BANDS[:2], Decimal("200.1")) is None


def test_the_smallest_factor_is_found_wherever_it_stands():
    assert smallest_factor(BANDS[1:], BANDS[::-1]) == Decimal("0.9")


@pytest.mark.parametrize(
    ("number", "text"),
    [("67.50", "67.5"), ("1E+7", "10000000"), ("75.000", "75"), ("100", "100"), ("0.0", "0")],
)
def test_a_decimal_is_printed_plainly(number, text):
    assert plain(Decimal(number)) == text


def test_a_tidy_number_is_the_same_number():
    assert str(tidy(Decimal("67.500000"))) == "67.5"
    assert str(tidy(Decimal("1E+2"))) == "100"
    assert tidy(None) is None


def test_json_has_whole_numbers_without_a_point():
    assert repr(json_number(Decimal("75.000"))) == "75"
    assert repr(json_number(Decimal("0.9"))) == "0.9"


def test_decimals_are_placed_exactly_however_long_the_number():
    assert scaled(675, 1) == Decimal("67.5")
    assert scaled(10**60 + 1, 60) != 1
