"""What a permit prints, held against what its own numbers and the register would give."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from stations.domain.quantities import multiply


@dataclass(frozen=True, slots=True)
class Held:
    """A printed limit beside another way to reach it; `differs` only where both are known."""

    printed: Decimal | None
    other: Decimal | None

    @property
    def differs(self) -> bool:
        return self.printed is not None and self.other is not None and self.printed != self.other

    @property
    def agrees(self) -> bool:
        return self.printed is not None and self.printed == self.other


def own_cmax(
    c: Decimal | None, kq: Decimal | None, kf: Decimal | None, *, takes_factors: bool
) -> Decimal | None:
    """C × Kq × Kf of the paper itself, unrounded; None where one of them is not printed.

    A parameter without factors (pH, temperature, colour) has C alone.
    """
    if c is None:
        return None
    if not takes_factors:
        return c
    if kq is None or kf is None:
        return None
    return multiply(c, kq, kf)
