from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from alerts.domain.routing import Route, Rule, Told, routes

START = datetime(2024, 5, 21, 8, tzinfo=UTC)
SOON = START + timedelta(minutes=25)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Reader:
    address: str
    audience: str = "operator"
    agency_kind: str | None = None
    name: str = ""
    language: str = "vi"
    person_id: int | None = None
    contact_id: int | None = None


SHIFT = Reader("ca@mau.example")
DEPARTMENT = Reader("so@mau.example", "agency", "environment_department")
LEADERS = Reader("ubnd@mau.example", "agency", "province_leadership")
OPERATOR = Rule("operator")
TO_DEPARTMENT = Rule("agency", "environment_department", if_unconfirmed=True)


def route(
    *readers: Reader,
    rules: tuple[Rule, ...] = (OPERATOR, TO_DEPARTMENT),
    ratio: str | None = "1.2",
    confirmed: bool = True,
    told: Told | None = None,
    now: datetime = SOON,
) -> list[Route]:
    return routes(
        readers,
        rules=rules,
        start=START,
        ratio=None if ratio is None else Decimal(ratio),
        confirmed=confirmed,
        told=told or Told(),
        now=now,
    )


def addresses(found: list[Route]) -> list[str]:
    return [each.reader.address for each in found]


def test_only_those_whom_the_policy_names_are_told() -> None:
    assert addresses(route(SHIFT, DEPARTMENT, LEADERS)) == ["ca@mau.example", "so@mau.example"]


def test_an_address_with_two_roles_gets_one_mail() -> None:
    twice = Reader(" CA@mau.example ", "agency", "environment_department")
    assert addresses(route(SHIFT, twice)) == ["ca@mau.example"]


def test_a_reader_without_an_address_is_left_out() -> None:
    assert route(Reader("  ")) == []


def test_an_unconfirmed_limit_is_told_to_the_department_alone() -> None:
    assert addresses(route(SHIFT, DEPARTMENT, confirmed=False)) == ["so@mau.example"]


def test_a_delay_counts_from_the_start_of_the_event() -> None:
    (found,) = route(SHIFT, rules=(Rule("operator", delay=HOUR),))
    assert found.due_at == START + HOUR


def test_nothing_is_due_before_it_is_known() -> None:
    later = START + 3 * HOUR
    (found,) = route(SHIFT, rules=(Rule("operator", delay=HOUR),), now=later)
    assert found.due_at == later


@pytest.mark.parametrize(("ratio", "count"), [("0.99", 0), ("1.0", 0), ("1.001", 1), (None, 1)])
def test_a_floor_is_passed_strictly_above_it_or_without_a_ratio(
    ratio: str | None, count: int
) -> None:
    assert (
        len(route(SHIFT, rules=(Rule("operator", above_ratio=Decimal(1)),), ratio=ratio)) == count
    )


def test_who_knows_of_this_course_is_not_told_again() -> None:
    assert route(SHIFT, told=Told(of_this={"ca@mau.example"})) == []


def test_once_a_day_looks_at_the_day_and_not_at_the_course() -> None:
    rules = (Rule("operator", once_a_day=True),)
    assert route(SHIFT, rules=rules, told=Told(today={"ca@mau.example"})) == []
    assert len(route(SHIFT, rules=rules, told=Told(of_this={"ca@mau.example"}))) == 1
