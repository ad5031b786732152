"""Times that an alert covers: closed at the start, open at the end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Span:
    """From `start` up to, not with, `end`; both know their time zone."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a span needs moments with a time zone")
        if self.end < self.start:
            raise ValueError(f"a span ends at {self.end}, before its start {self.start}")

    def touches(self, other: Span) -> bool:
        """Whether both have a moment in common or follow on each other without a gap."""
        return self.start <= other.end and other.start <= self.end

    def joined(self, other: Span) -> Span:
        """The whole time of both."""
        return Span(min(self.start, other.start), max(self.end, other.end))
