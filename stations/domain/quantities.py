"""Numbers as they were written: decimals, bands of a table, and how to print them.

Limits and factors are decimals and are never rounded. A reading is stored as float8, which gives
back what was written up to 15 significant digits, as PostgreSQL does when it casts to numeric.
"""

from __future__ import annotations

from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow

#: Sums and products of float8 values and limits are exact in it; a step that is not, raises.
EXACT = Context(prec=4000, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow])
_AS_WRITTEN = Context(prec=15)

#: Rows of a table of factors: up to and including this amount (None: without end), the factor.
Bands = tuple[tuple[Decimal | None, Decimal], ...]


def decimal_of(x: float) -> Decimal:
    """The number as it was written in the file, to 15 significant digits.

    Raises ValueError for what is not a finite number.
    """
    written = Decimal("%.15g" % x)  # noqa: UP031  (every reading passes here; twice as fast)
    if not written.is_finite():
        raise ValueError(f"{x} is not a number that can be averaged")
    return written


def convert(value: Decimal, *factors: Decimal) -> Decimal:
    """A value in another unit: multiplied in decimals, then kept to 15 significant digits."""
    return _AS_WRITTEN.plus(multiply(value, *factors))


def multiply(value: Decimal, *factors: Decimal) -> Decimal:
    """The exact product, without rounding: 75 × 1.0 × 0.9 = 67.5."""
    product = value
    for factor in factors:
        product = EXACT.multiply(product, factor)
    return product


def band_of(bands: Bands, amount: Decimal) -> tuple[Decimal, str] | None:
    """The factor of an amount and the band it lies in (`≤50`, `50–200`, `>500`).

    An amount equal to a bound belongs to the band that it closes. None beyond a table with an end.
    """
    below: Decimal | None = None
    for bound, factor in bands:
        if bound is None or amount <= bound:
            return factor, _band_text(below, bound)
        below = bound
    return None


def smallest_factor(*tables: Bands) -> Decimal:
    """The strictest factor of the tables: what counts while the amount is unknown."""
    return min(factor for bands in tables for _, factor in bands)


def scaled(whole: int, digits: int) -> Decimal:
    """A whole number of the last of `digits` decimals, exactly: (675, 1) is 67.5."""
    return EXACT.scaleb(Decimal(whole), -digits)


def plain(number: Decimal) -> str:
    """A decimal without exponent and without idle zeros: 67.50 is `67.5`, 1E+7 is `10000000`."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def tidy(number: Decimal | None) -> Decimal | None:
    """The same number without idle zeros, as it is shown: 67.500 is 67.5. None stays None."""
    return None if number is None else Decimal(plain(number))


def json_number(number: Decimal) -> int | float:
    """A decimal as JSON writes it: whole numbers without a point, nothing lost up to 15 digits."""
    return int(number) if number == number.to_integral_value() else float(number)


def _band_text(below: Decimal | None, bound: Decimal | None) -> str:
    if bound is None:
        return "" if below is None else f">{plain(below)}"
    return f"≤{plain(bound)}" if below is None else f"{plain(below)}–{plain(bound)}"
