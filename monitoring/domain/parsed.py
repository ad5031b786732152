"""What reading a station file gives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

Outcome = Literal["accepted", "partial", "rejected"]

MEASURING, CALIBRATING, FAULT = "00", "01", "02"
KNOWN_STATUSES = {"00": "00", "01": "01", "02": "02", "0": "00", "1": "01", "2": "02"}
NO_VALUE = ("", "---")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a file."""

    line: int | None
    """From 1, blank lines counted; None for what concerns the whole file."""
    code: str
    text: str = ""
    """The piece that is meant, short."""


class Row(NamedTuple):
    """One reading of a file. (A tuple: a station's day is thousands of them.)"""

    time: datetime
    """Aware, UTC, whole second."""
    slot: int
    value: float | None
    status: str
    """`00` measuring, `01` calibrating, `02` fault, or another of at most eight characters."""
    line: int


class InnerRevision(NamedTuple):
    """A reading that the same file gives again, differently."""

    time: datetime
    slot: int
    old_value: float | None
    old_status: str
    value: float | None
    status: str


@dataclass(slots=True)
class Parsed:
    """All that one file gave."""

    rows: tuple[Row, ...] = ()
    """The last of each time and slot, in the order of time, then slot."""
    revisions: tuple[InnerRevision, ...] = ()
    problems: tuple[Problem, ...] = ()
    blank_lines: int = 0

    @property
    def outcome(self) -> Outcome:
        """Accepted without problems, rejected with problems and nothing kept, else partial."""
        if not self.problems:
            return "accepted"
        return "partial" if self.rows else "rejected"
