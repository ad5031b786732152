"""How a limit was reached, in a form that is stored with every verdict and read years later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from stations.domain.quantities import json_number, multiply, plain

Reason = Mapping[str, str | int | float | None]


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor of Cmax (Kq, Kf, Kp, Kv) and why the station has this one."""

    name: str
    value: Decimal
    reason: Reason


@dataclass(frozen=True, slots=True)
class Derivation:
    """C as its source prints it, times each factor, with the reason for each.

    Only a maximum takes factors. Where the minimum was given by another source than the maximum,
    that source's own derivation stands in `minimum_from`.
    """

    maximum: Decimal | None
    minimum: Decimal | None
    factors: tuple[Factor, ...]
    reason: Reason
    minimum_from: Derivation | None = None

    @property
    def cmax(self) -> Decimal | None:
        """C × factors without rounding; None where the source gives no maximum."""
        if self.maximum is None:
            return None
        return multiply(self.maximum, *(factor.value for factor in self.factors))

    @property
    def expression(self) -> str:
        """The arithmetic in one line: `75 × 1 × 0.9 = 67.5`, `≥ 6`, `6 – 9`."""
        if self.maximum is None:
            return f"≥ {_text(self.minimum)}"
        if self.factors:
            terms = " × ".join(_text(x) for x in (self.maximum, *self._values()))
            product = f"{terms} = {_text(self.cmax)}"
        else:
            product = _text(self.maximum)
        return product if self.minimum is None else f"{_text(self.minimum)} – {product}"

    def as_json(self) -> dict[str, Any]:
        """`{"C": 75, "Kq": 1, "Kf": 0.9, "reasons": {…}, "expression": "…"}`, in that order.

        C is `[min, max]` for a range. `minimum` is there only with `minimum_from`.
        """
        told: dict[str, Any] = {"C": self._c()}
        told |= {factor.name: json_number(factor.value) for factor in self.factors}
        told["reasons"] = {"C": dict(self.reason)}
        told["reasons"] |= {factor.name: dict(factor.reason) for factor in self.factors}
        told["expression"] = self.expression
        if self.minimum_from is not None:
            told["minimum"] = self.minimum_from.as_json()
        return told

    def _values(self) -> tuple[Decimal, ...]:
        return tuple(factor.value for factor in self.factors)

    def _c(self) -> int | float | list[int | float] | None:
        sides = [json_number(c) for c in (self.minimum, self.maximum) if c is not None]
        if len(sides) == 1:
            return sides[0]
        return sides or None


def _text(number: Decimal | None) -> str:
    return "" if number is None else plain(number)
