"""What a file says (contract, "Reading a station file"), for the plain layout with TABs.

`symbol TAB value TAB unit TAB yyyyMMddHHmmss TAB status`, the unit empty. What the other layouts
mean has tests of its own; here it is about what comes of the rows.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction

NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?([eE][+-]?[0-9]+)?")
FUTURE = timedelta(minutes=10)
KNOWN_STATUSES = ("00", "01", "02")

Said = tuple[Fraction | None, str]
"""A value (None: a reading without one) and its status."""


@dataclass(frozen=True)
class File:
    """A file as it was received. A history lists its files in the order of reception."""

    name: str
    text: str
    received: datetime


@dataclass
class Read:
    """What a file says: each reading in the order of its lines, and what was wrong."""

    rows: list[tuple[datetime, str, Said]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def readings(self) -> int:
        """Distinct channels and times."""
        return len({(time, symbol) for time, symbol, _ in self.rows})

    @property
    def outcome(self) -> str:
        if not self.problems:
            return "accepted"
        return "partial" if self.rows else "rejected"


def read(file: File, symbols: Collection[str]) -> Read:
    """Read a file of a station that has these symbols."""
    found = Read()
    if not file.text.strip():
        found.problems.append("empty_file")
    last: dict[tuple[datetime, str], Said] = {}
    for line in file.text.splitlines():
        row = _row(line, file.received, symbols, found.problems)
        if row is None:
            continue
        time, symbol, said = row
        if last.get((time, symbol), said) != said:
            found.problems.append("repeated_in_file")
        if said[1] not in KNOWN_STATUSES:
            found.problems.append("unknown_status")
        last[time, symbol] = said
        found.rows.append(row)
    return found


def _row(
    line: str, received: datetime, symbols: Collection[str], problems: list[str]
) -> tuple[datetime, str, Said] | None:
    symbol, value, _, stamp, status = line.split("\t")
    time = datetime.strptime(stamp, "%Y%m%d%H%M%S")  # noqa: DTZ007 - all is Vietnamese time
    if time > received + FUTURE:
        problems.append("future_time")
        return None
    if symbol not in symbols:
        problems.append("unknown_symbol")
        return None
    status = status.zfill(2)
    if value in ("", "---"):
        return None if status == "00" else (time, symbol, (None, status))
    if NUMBER.fullmatch(value):
        return time, symbol, (Fraction(value.replace(",", ".")), status)
    if status in ("01", "02"):
        return time, symbol, (None, status)
    problems.append("bad_value")
    return None
