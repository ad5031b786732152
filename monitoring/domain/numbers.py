"""Numbers as loggers write them, and their exact conversion."""

from __future__ import annotations

import re
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal
from math import isinf

NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?(?:[eE][+-]?[0-9]+)?")
"""ASCII digits, a point or a comma, an exponent. No `1_000`, `nan`, `.5`, `5.`, `1.234,5`."""

KEPT_DIGITS = Context(
    prec=15, rounding=ROUND_HALF_EVEN, Emin=MIN_EMIN, Emax=MAX_EMAX, clamp=0, flags=[], traps=[]
)
"""Fifteen significant digits: what a float8 gives back as it was written."""

_is_number = NUMBER.fullmatch
_nonzero_digit = re.compile(r"[1-9]").search
_exponent = re.compile(r"[eE]").split


def number_of(text: str) -> float | None:
    """The number as written; None when it is none or a float8 cannot hold it."""
    if _is_number(text) is None:
        return None
    value = float(text.replace(",", "."))
    if isinf(value) or (value == 0 and not _is_zero(text)):
        return None
    return value + 0.0  # -0 is 0


def converted(text: str, factor: Decimal) -> float | None:
    """The number times the factor, rounded once, in decimals; None as for `number_of`."""
    value = number_of(text)
    if not value:
        return value
    product = KEPT_DIGITS.multiply(Decimal(text.replace(",", ".")), factor)
    kept = float(product)
    return None if isinf(kept) or (kept == 0 and product != 0) else kept + 0.0


def _is_zero(text: str) -> bool:
    return _nonzero_digit(_exponent(text)[0]) is None
