"""By when a case must be taken and explained, and what happens when it is not.

The plan is made when a course of the case begins and kept with it: what the department changes
later holds for later cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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

    def as_json(self) -> list[Any]:
        """As a case keeps it: seconds, and how they are counted."""
        return [self.length.total_seconds(), self.clock]

    @classmethod
    def from_json(cls, kept: Sequence[Any] | None) -> Span | None:
        """What a case keeps; None where it was not asked."""
        return None if kept is None else cls(timedelta(seconds=kept[0]), kept[1])


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

    def as_json(self) -> dict[str, Any]:
        """As a case keeps it, so that it can be planned anew for a later deadline."""
        return {
            "missing": self.missing,
            "number": self.number,
            "what": self.what,
            "wait": self.wait.as_json(),
            "audience": self.audience,
            "contact_role": self.contact_role,
            "agency_kind": self.agency_kind,
            "member_role": self.member_role,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Step:
        """What a case keeps."""
        wait = Span.from_json(kept["wait"])
        assert wait is not None  # noqa: S101 - every step waits, be it for no time
        names = ("missing", "number", "what", "audience", "contact_role", "agency_kind")
        return cls(
            wait=wait, member_role=kept["member_role"], **{name: kept[name] for name in names}
        )


@dataclass(frozen=True, slots=True)
class Planned:
    """A step with the moment on which it falls."""

    at: datetime
    step: Step

    def as_json(self) -> dict[str, Any]:
        """As the case keeps it."""
        return {"at": self.at, **self.step.as_json()}


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
    return Plan(
        acknowledge_by, answer_by, planned(steps, deadlines, start=start, calendar=calendar)
    )


def planned(
    steps: Iterable[Step],
    deadlines: Mapping[str, datetime | None],
    *,
    start: datetime,
    calendar: Calendar,
) -> tuple[Planned, ...]:
    """When the steps fall for these deadlines, by time; only what lies after `start`."""
    every = [
        Planned(step.wait.after(deadline, calendar), step)
        for step in steps
        if (deadline := deadlines.get(step.missing)) is not None
    ]
    coming = (each for each in every if each.at > start)
    return tuple(sorted(coming, key=lambda each: (each.at, each.step.number)))
