"""Which value counts (§4): for one measured second the one received last.

A file with the name and the bytes of one received before is a duplicate: counted, never applied.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tests.model.files import File, Said, read

Cell = tuple[str, datetime]
"""A symbol and the second that was measured."""

Revision = tuple[int, Cell, Said, Said]
"""The number of the file that changed a value, the reading, what stood there, what it said."""


@dataclass
class Readings:
    """What stands, how it came to stand, and what became of each file."""

    cells: dict[Cell, Said] = field(default_factory=dict)
    revisions: Counter[Revision] = field(default_factory=Counter)
    deliveries: list[tuple[str, int, int]] = field(default_factory=list)
    """Outcome, readings and revisions of each file."""
    said_by: dict[Cell, int] = field(default_factory=dict)
    """The number of the file that said what stands."""
    changed: set[Cell] = field(default_factory=set)
    """Readings that another file than the one that had said them changed."""

    def of(self, symbol: str) -> dict[datetime, Said]:
        """The readings of a channel."""
        return {time: said for (own, time), said in self.cells.items() if own == symbol}


def readings_of(history: Sequence[File], symbols: Collection[str]) -> Readings:
    """Read the files one after the other, in the order of reception."""
    found = Readings()
    seen: set[tuple[str, str]] = set()
    for number, file in enumerate(history):
        if (file.name, file.text) in seen:
            found.deliveries.append(("duplicate", 0, 0))
            continue
        seen.add((file.name, file.text))
        said = read(file, symbols)
        revisions = sum(
            _lay(found, number, (symbol, time), value) for time, symbol, value in said.rows
        )
        found.deliveries.append((said.outcome, said.readings, revisions))
    return found


def _lay(found: Readings, number: int, cell: Cell, said: Said) -> bool:
    """Let a reading stand; whether it changed one."""
    before, by = found.cells.get(cell), found.said_by.get(cell, number)
    if before == said:
        return False
    found.cells[cell], found.said_by[cell] = said, number
    if before is None:
        return False
    found.revisions[number, cell, before, said] += 1
    if by != number:
        found.changed.add(cell)
    return True
