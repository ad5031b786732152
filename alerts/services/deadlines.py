"""The rules of a kind as they stand when a course of a case begins, kept with the case."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time, timedelta
from typing import Any

from alerts.domain import states
from alerts.domain.bands import Edge
from alerts.domain.escalation import (
    ACKNOWLEDGEMENT,
    ANSWER,
    Plan,
    Rule,
    Span,
    Step,
    plan,
    planned,
)
from alerts.domain.working_time import Calendar, NobodyWorks, Office
from alerts.models import (
    Alert,
    EscalationStep,
    KindRule,
    RatioBand,
    SpecialDay,
    WorkingHours,
)
from stations.domain.dated import Dated
from stations.domain.wording import in_vietnam

_WHOLE_DAY = ((time.min, time.max),)
AROUND_THE_CLOCK = Calendar((Dated(Office(frozenset(range(1, 8)), _WHOLE_DAY)),))
"""What counts where the calendar ends: a calendar that ends must not end the deadlines."""


class DeskRules:
    """A picture of calendar, kinds and steps; make a new one for each piece of work."""

    def __init__(self) -> None:
        self._calendar: Calendar | None = None
        self._rules: dict[date, dict[str, Rule]] = {}
        self._steps: dict[date, list[tuple[str, Step]]] = {}
        self._bands: dict[date, list[Edge]] = {}

    @property
    def calendar(self) -> Calendar:
        """Working time as the department keeps it."""
        if self._calendar is None:
            self._calendar = load_calendar()
        return self._calendar

    def rule(self, kind: str, on: date) -> Rule | None:
        """What is asked for a kind on a day; None where the department asks nothing."""
        if on not in self._rules:
            rows = KindRule.objects.in_force(on)
            self._rules[on] = {row.kind: _rule(row) for row in rows}
        return self._rules[on].get(kind)

    def bands(self, on: date) -> list[Edge]:
        """The edges of the bands on a day."""
        if on not in self._bands:
            rows = RatioBand.objects.in_force(on)
            self._bands[on] = [Edge(row.measure, row.at_least, row.severity) for row in rows]
        return self._bands[on]

    def steps(self, kind: str, on: date) -> list[Step]:
        """The steps for a kind: its own, and those of all kinds where it has none."""
        if on not in self._steps:
            rows = EscalationStep.objects.in_force(on).order_by("missing", "number")
            self._steps[on] = [(row.kind, _step(row)) for row in rows]
        own = [step for of, step in self._steps[on] if of == kind]
        return own or [step for of, step in self._steps[on] if not of]


def load_calendar() -> Calendar:
    """Working hours and special days, in two queries."""
    offices = tuple(
        Dated(_office(row), row.valid_from, row.valid_until) for row in WorkingHours.objects.all()
    )
    days = SpecialDay.objects.values_list("day", "kind")
    return Calendar(offices, {day: kind == SpecialDay.Kind.WORKED for day, kind in days})


def _office(row: WorkingHours) -> Office:
    return Office(
        frozenset(row.weekdays),
        (
            (row.morning_from, row.morning_until),
            (row.afternoon_from, row.afternoon_until),
        ),
    )


def _rule(row: KindRule) -> Rule:
    return Rule(
        row.severity,
        _span(row.acknowledge_within, row.acknowledge_clock),
        _span(row.answer_within, row.answer_clock),
        row.lapses_after,
    )


def _span(length: timedelta | None, clock: str) -> Span | None:
    return None if length is None else Span(length, clock)


def _step(row: EscalationStep) -> Step:
    return Step(
        missing=row.missing,
        number=row.number,
        what=row.what,
        wait=Span(row.after, row.clock),
        audience=row.audience,
        contact_role=row.contact_role,
        agency_kind=row.agency_kind,
        member_role=row.member_role,
    )


_shared: ContextVar[DeskRules | None] = ContextVar("desk_rules", default=None)


@contextmanager
def sharing_rules() -> Iterator[None]:
    """Within it one picture of the rules serves all cases: for a round of many stations."""
    token = _shared.set(DeskRules())
    try:
        yield
    finally:
        _shared.reset(token)


def rules_at_hand() -> DeskRules:
    """The picture that is shared in this piece of work, else a new one."""
    return _shared.get() or DeskRules()


DUE = ("policy", "acknowledge_due_at", "answer_due_at", "steps_taken", "next_step_at")


def give_deadlines(alert: Alert, *, now: datetime) -> None:
    """Give a case the deadlines of the course that begins now; one that has its own keeps them."""
    if alert.policy:
        return
    set_deadlines(alert, now=now)
    alert.save(update_fields=DUE)


def set_deadlines(alert: Alert, *, now: datetime) -> None:
    """Lay into a case the deadlines of the course that begins now; nothing is stored.

    Where nobody works any more by the calendar, the same times count by the clock: a calendar
    that ends must not end the deadlines.
    """
    rules = rules_at_hand()
    on = in_vietnam(now).date()
    rule = rules.rule(alert.kind, on)
    made = Plan(None, None, ()) if rule is None else _plan(rules, rule, alert.kind, on, now)
    alert.policy = {
        "since": now,
        "lapses_after": None if rule is None or rule.lapses_after is None
        else rule.lapses_after.total_seconds(),
        "acknowledge_within": rule.acknowledge.as_json() if rule and rule.acknowledge else None,
        "answer_within": rule.answer.as_json() if rule and rule.answer else None,
        "rules": [] if rule is None else [each.as_json() for each in rules.steps(alert.kind, on)],
        "steps": [each.as_json() for each in made.steps],
    }  # fmt: skip
    alert.acknowledge_due_at, alert.answer_due_at = made.acknowledge_by, made.answer_by
    alert.steps_taken = 0
    alert.next_step_at = made.steps[0].at if made.steps else None


def _plan(rules: DeskRules, rule: Rule, kind: str, on: date, now: datetime) -> Plan:
    steps = rules.steps(kind, on)
    try:
        return plan(rule, steps, start=now, calendar=rules.calendar)
    except NobodyWorks:
        return plan(rule, steps, start=now, calendar=AROUND_THE_CLOCK)


def answered_anew(alert: Alert, *, now: datetime) -> dict[str, Any]:
    """The columns of a case whose explanation was sent back: a new deadline for it, as long as the
    first one, with its steps."""
    return _anew(alert, {ANSWER: "answer_within"}, now=now)


def taken_anew(alert: Alert, *, now: datetime) -> dict[str, Any]:
    """The columns of a case whose acknowledgement lapsed: it is to be taken anew, and who must see
    to that is reminded anew. The deadline of the explanation stays."""
    return _anew(alert, {ACKNOWLEDGEMENT: "acknowledge_within"}, now=now)


def begin_deadlines_at(alert: Alert, start: datetime) -> None:
    """Let the deadlines of a case that still run count from another moment, by the rules that it
    began with: of what was taken, that of the explanation alone."""
    within = {ANSWER: "answer_within"}
    if alert.state == states.OPEN:
        within[ACKNOWLEDGEMENT] = "acknowledge_within"
    for column, value in _anew(alert, within, now=start).items():
        setattr(alert, column, value)
    alert.save(update_fields=DUE)


COLUMNS = {ACKNOWLEDGEMENT: "acknowledge_due_at", ANSWER: "answer_due_at"}


def _anew(alert: Alert, within: dict[str, str], *, now: datetime) -> dict[str, Any]:
    """New deadlines for what is `within` (missing → name of the kept time), counted from `now`.

    Steps that were taken stay in the policy; those of other deadlines keep their moments.
    """
    spans = {
        missing: span
        for missing, name in within.items()
        if (span := Span.from_json(alert.policy.get(name))) is not None
    }
    calendar = DeskRules().calendar
    try:
        ends = {missing: span.after(now, calendar) for missing, span in spans.items()}
        coming = _steps_anew(alert, ends, now, calendar)
    except NobodyWorks:
        ends = {missing: now + span.length for missing, span in spans.items()}
        coming = _steps_anew(alert, ends, now, AROUND_THE_CLOCK)
    taken = kept_steps(alert)[: alert.steps_taken]
    return {
        "policy": {**alert.policy, "steps": [*taken, *coming]},
        "next_step_at": _moment(coming[0]["at"]) if coming else None,
        "steps_taken": len(taken),
        **{COLUMNS[missing]: end for missing, end in ends.items()},
    }


def _steps_anew(
    alert: Alert, ends: dict[str, datetime], now: datetime, calendar: Calendar
) -> list[dict[str, Any]]:
    rules = [Step.from_json(kept) for kept in alert.policy.get("rules", [])]
    made = [each.as_json() for each in planned(rules, ends, start=now, calendar=calendar)]
    others = [each for each in kept_steps(alert)[alert.steps_taken :]
              if each["missing"] not in ends]  # fmt: skip
    return sorted([*others, *made], key=lambda each: (_moment(each["at"]), each["number"]))


def _moment(at: Any) -> datetime:
    return at if isinstance(at, datetime) else datetime.fromisoformat(at)


def kept_steps(alert: Alert) -> list[dict[str, Any]]:
    """The steps that the case began with, by time."""
    steps: list[dict[str, Any]] = alert.policy.get("steps", [])
    return steps
