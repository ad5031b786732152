"""What stands of a station's readings at a moment: of one measured second, what came last (§4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from tests.week.stream import MEASURED
from tests.week.truth.arrivals import Arrival


@dataclass(frozen=True, slots=True)
class Said:
    """What a file said of a channel at a stamp."""

    received: int
    value: Fraction | None
    status: str

    @property
    def is_measured(self) -> bool:
        """Whether it may enter a mean."""
        return self.value is not None and self.status == MEASURED

    def differs(self, other: Said) -> bool:
        return (self.value, self.status) != (other.value, other.status)


History = list[Said]


@dataclass
class Readings:
    """Of each symbol and stamp all that was said; `revised`: what a later file said otherwise."""

    said: dict[str, dict[int, History]] = field(default_factory=dict)
    revised: dict[str, set[int]] = field(default_factory=dict)

    def take(self, arrival: Arrival) -> set[tuple[str, int]]:
        """Lay a file over what stands; which stamps of which symbols it touched."""
        touched = set()
        for row in arrival.kept:
            value = Fraction(row.text) if row.text else None
            if value is None and row.status == MEASURED:
                continue  # no value, and nothing said of the device: the row is absent
            said = Said(arrival.received, value, row.status)
            history = self.said.setdefault(row.symbol, {}).setdefault(row.stamp, [])
            if history and said.differs(history[-1]):
                self.revised.setdefault(row.symbol, set()).add(row.stamp)
            history.append(said)
            touched.add((row.symbol, row.stamp))
        return touched

    def now(self, symbol: str, stamp: int) -> Said:
        return self.said[symbol][stamp][-1]

    def by(self, symbol: str, stamp: int, moment: int) -> Said | None:
        """What stood at a moment."""
        known = [said for said in self.said[symbol][stamp] if said.received <= moment]
        return known[-1] if known else None

    def stamps(self, symbol: str) -> list[int]:
        return sorted(self.said.get(symbol, {}))
