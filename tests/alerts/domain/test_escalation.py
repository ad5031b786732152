"""Deadlines and the steps after them, for a case of a Friday afternoon."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from alerts.domain.escalation import ACKNOWLEDGEMENT, ANSWER, Rule, Span, Step, plan
from alerts.domain.working_time import VIETNAM, Calendar, Office
from stations.domain.dated import Dated

CALENDAR = Calendar(
    (
        Dated(
            Office(
                frozenset({1, 2, 3, 4, 5}),
                ((time(7, 30), time(11, 30)), (time(13, 30), time(17, 0))),
            )
        ),
    )
)
HOUR = timedelta(hours=1)
FRIDAY = datetime(2024, 5, 24, 16, 0, tzinfo=VIETNAM)
REMIND = Step(ANSWER, 1, "remind", Span(-1 * HOUR, "clock"), "operator", contact_role="shift")
HEAD = Step(ANSWER, 2, "escalate", Span(2 * HOUR, "working"), "operator", contact_role="owner")
OURS = Step(
    ACKNOWLEDGEMENT, 1, "escalate", Span(timedelta(0), "clock"), "agency",
    agency_kind="environment_department", member_role="head",
)  # fmt: skip


def test_an_answer_by_the_clock_and_an_acknowledgement_in_working_time():
    rule = Rule(3, acknowledge=Span(2 * HOUR, "working"), answer=Span(24 * HOUR, "clock"))
    made = plan(rule, [], start=FRIDAY, calendar=CALENDAR)
    assert made.acknowledge_by == datetime(2024, 5, 27, 8, 30, tzinfo=VIETNAM)
    assert made.answer_by == datetime(2024, 5, 25, 16, 0, tzinfo=VIETNAM)


def test_steps_lie_around_their_deadline_in_the_order_of_time():
    rule = Rule(3, acknowledge=Span(2 * HOUR, "working"), answer=Span(24 * HOUR, "clock"))
    made = plan(rule, [HEAD, OURS, REMIND], start=FRIDAY, calendar=CALENDAR)
    assert [(each.step.what, each.step.missing, each.at) for each in made.steps] == [
        ("remind", ANSWER, datetime(2024, 5, 25, 15, 0, tzinfo=VIETNAM)),
        ("escalate", ACKNOWLEDGEMENT, datetime(2024, 5, 27, 8, 30, tzinfo=VIETNAM)),
        ("escalate", ANSWER, datetime(2024, 5, 27, 9, 30, tzinfo=VIETNAM)),
    ]


def test_what_is_not_asked_has_no_steps():
    made = plan(Rule(1), [REMIND, HEAD, OURS], start=FRIDAY, calendar=CALENDAR)
    assert (made.acknowledge_by, made.answer_by, made.steps) == (None, None, ())


def test_a_reminder_of_a_deadline_shorter_than_itself_falls_away():
    rule = Rule(3, answer=Span(1 * HOUR, "clock"))
    assert plan(rule, [REMIND], start=FRIDAY, calendar=CALENDAR).steps == ()
    rule = Rule(3, answer=Span(2 * HOUR, "clock"))
    assert len(plan(rule, [REMIND], start=FRIDAY, calendar=CALENDAR).steps) == 1
