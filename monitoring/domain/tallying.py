"""What a year of verdicts comes to: how often, by how much, at which hours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from monitoring.domain.judging import EXCEEDED, WITHIN, Verdict

HOURS = 24


@dataclass(slots=True)
class Tally:
    """Verdicts of one parameter and kind of period, counted."""

    within: int = 0
    exceeded: int = 0
    lacking: int = 0
    worst: Fraction | None = None
    """The largest ratio to the limit among those exceeded; None for a range or a limit of 0."""
    first: date | None = None
    last: date | None = None
    months: list[int] = field(default_factory=lambda: [0] * 12)
    hours: list[int] = field(default_factory=lambda: [0] * HOURS)
    """Exceeded hours by the hour of the day in Viet Nam: of limits of the hour."""

    def add(self, verdict: Verdict, day: date, *, ratio: Fraction | None, hour: int | None) -> None:
        """Count one verdict of a period that starts on a Vietnamese day, at an hour of it."""
        if verdict == WITHIN:
            self.within += 1
        elif verdict == EXCEEDED:
            self._add_exceeded(day, ratio, hour)
        else:
            self.lacking += 1

    def _add_exceeded(self, day: date, ratio: Fraction | None, hour: int | None) -> None:
        self.exceeded += 1
        self.months[day.month - 1] += 1
        self.first = day if self.first is None else min(self.first, day)
        self.last = day if self.last is None else max(self.last, day)
        if ratio is not None:
            self.worst = ratio if self.worst is None else max(self.worst, ratio)
        if hour is not None:
            self.hours[hour] += 1

    @property
    def judged(self) -> int:
        """Periods with enough data."""
        return self.within + self.exceeded

    def as_json(self) -> dict[str, Any]:
        """As a study keeps it."""
        return {
            "within": self.within,
            "exceeded": self.exceeded,
            "lacking": self.lacking,
            "worst": None if self.worst is None else float(self.worst),
            "first": self.first.isoformat() if self.first else None,
            "last": self.last.isoformat() if self.last else None,
            "months": self.months,
            "hours": self.hours,
        }


def busiest(hours: Iterable[int], *, most: int = 3) -> list[int]:
    """The hours of the day with the most exceedances, at most three, by the clock."""
    counted = [(count, hour) for hour, count in enumerate(hours) if count]
    return sorted(
        hour for _count, hour in sorted(counted, key=lambda one: (-one[0], one[1]))[:most]
    )
