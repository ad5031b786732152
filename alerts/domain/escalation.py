"""By when a case must be taken and explained, and what happens when it is not.

The plan is made when a course of the case begins and kept with it: what the department changes
later holds for later cases.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from alerts.domain.working_time import Calendar

WORKING = "working"
ACKNOWLEDGEMENT, ANSWER = "acknowledgement", "answer"


@dataclass(frozen=True, slots=True)
class Span:
    """A time that somebody has, by the clock or in working time."""

    length: timedelta
    clock: str

    def after(self, start: datetime, calendar: Calendar) -> datetime:
        """When it is over; negative lengths lie before."""
        if self.clock == WORKING:
            return calendar.after(start, self.length)
        return start + self.length


@dataclass(frozen=True, slots=True)
class Rule:
    """What is asked for a kind of alert; None: it is not asked."""

    severity: int
    acknowledge: Span | None = None
    answer: Span | None = None
    lapses_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of escalation: when what is missing, whom it tells."""

    missing: str
    number: int
    what: str
    wait: Span
    audience: str
    contact_role: str = ""
    agency_kind: str = ""
    member_role: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """A step with the moment on which it falls."""

    at: datetime
    step: Step

    def as_json(self) -> dict[str, Any]:
        """As the case keeps it."""
        step = self.step
        return {
            "at": self.at,
            "missing": step.missing,
            "number": step.number,
            "what": step.what,
            "audience": step.audience,
            "contact_role": step.contact_role,
            "agency_kind": step.agency_kind,
            "member_role": step.member_role,
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """The deadlines of a course, and its steps by time."""

    acknowledge_by: datetime | None
    answer_by: datetime | None
    steps: tuple[Planned, ...]


def plan(rule: Rule, steps: Iterable[Step], *, start: datetime, calendar: Calendar) -> Plan:
    """What is due for a course that begins at `start`. Steps without a deadline fall away.

    A step that would lie before the start, such as a reminder of a short deadline, falls away too.
    """
    acknowledge_by = None if rule.acknowledge is None else rule.acknowledge.after(start, calendar)
    answer_by = None if rule.answer is None else rule.answer.after(start, calendar)
    deadlines = {ACKNOWLEDGEMENT: acknowledge_by, ANSWER: answer_by}
    planned = [
        Planned(step.wait.after(deadline, calendar), step)
        for step in steps
        if (deadline := deadlines[step.missing]) is not None
    ]
    coming = sorted(
        (each for each in planned if each.at > start), key=lambda each: (each.at, each.step.number)
    )
    return Plan(acknowledge_by, answer_by, tuple(coming))
