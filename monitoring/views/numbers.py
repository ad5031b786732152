"""Numbers of a calculation as a reader types them: whole where they have an end."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from monitoring.domain.evidence import finite
from monitoring.domain.judging import shown
from stations.domain import wording
from stations.views.limits import language

MOST_DECIMALS = 9
ABOUT = "≈\u00a0"


def written(
    value: Fraction | Decimal | None, *, digits: int = 9, against: Fraction | None = None
) -> str:
    """The number itself where it ends soon; else "≈" and so many digits that count.

    Beside another number (`against`) it never looks equal to it unless it is.
    """
    if value is None:
        return wording.NOTHING
    return ("" if ends(value) else ABOUT) + bare(value, digits=digits, against=against)


def equals(
    value: Fraction | Decimal | None, *, digits: int = 9, against: Fraction | None = None
) -> str:
    """At the end of a formula: "= 67,5", or "≈ 28,0129" for a number without an end."""
    told = written(value, digits=digits, against=against)
    return told if told.startswith(ABOUT) else f"= {told}"


def bare(
    value: Fraction | Decimal | None, *, digits: int = 9, against: Fraction | None = None
) -> str:
    """The same without a sign: inside a formula, and in a table that says that it is rounded."""
    if value is None:
        return wording.NOTHING
    whole = Fraction(value)
    ended = finite(whole)
    shown_as = ended if ended is not None and ends(value) else _rounded(whole, digits, against)
    return wording.exact(shown_as, language=language())


def ends(value: Fraction | Decimal) -> bool:
    """Whether the number has so few decimals that it is written whole."""
    ended = finite(Fraction(value))
    return ended is not None and _decimals(ended) <= MOST_DECIMALS


def to_decimals(value: Fraction, decimals: int) -> str:
    """Rounded to so many decimals, all of them written."""
    return wording.number(shown(value, None, decimals), language=language(), decimals=decimals)


def _rounded(value: Fraction, digits: int, against: Fraction | None) -> Decimal:
    size = len(str(int(abs(value)))) if abs(value) >= 1 else 0
    decimals = max(digits - size, 2)
    rounded = shown(value, None, decimals)
    while against is not None and value != against and Fraction(rounded) == against:
        decimals += 1
        rounded = shown(value, None, decimals)
    return rounded


def _decimals(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0
