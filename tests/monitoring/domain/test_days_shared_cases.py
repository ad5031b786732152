"""The arithmetic of `cases/days.yaml`: rows of one day, their mean, and the verdict on it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from monitoring.domain.averaging import add, hour_means
from monitoring.domain.judging import judge
from monitoring.domain.slots import day_start, expected_in_day, hours_of_day
from stations.domain.dated import Dated
from stations.domain.limits import JudgedBy, PermitLimit, StationInputs, limits_on
from tests.stations.domain.editions import EDITIONS, QCVN_40, cases, station

CASES = cases("days.yaml")
DAY = date(2024, 5, 20)
OF_ONE_DAY = [case for case in CASES if "rows" in case]


def moment(text, day=DAY):
    hours, minutes, seconds = (*map(int, text.split(":")), 0)[:3]
    return day_start(day) + timedelta(hours=hours, minutes=minutes, seconds=seconds)


def readings(case):
    """What stands in the end: later rows over earlier ones, what was received later over all."""
    found = {}
    for first, end, minutes, value, status in case["rows"]:
        at = moment(first)
        while at < moment(end):
            found[at] = (float(value), status)
            at += timedelta(minutes=minutes)
    for text, value, status in [*case.get("extra", []), *case.get("then_received", [])]:
        found[moment(text)] = (float(value), status)
    for text, value, status in case.get("extra_next_day", []):
        found[moment(text, DAY + timedelta(days=1))] = (float(value), status)
    return [(at, value, status) for at, (value, status) in found.items()]


def limit_of(case):
    given = case.get("limit")
    permits = []
    if given is not None:
        sides = {name: Decimal(str(given[name])) for name in ("max", "min") if name in given}
        permits = [
            PermitLimit(
                "day", sides.get("max"), sides.get("min"), replaces=given.get("replaces", False)
            )
        ]
    (limit,) = limits_on(
        case.get("parameter", "COD"), station=station(), editions=EDITIONS, permits=permits, on=DAY
    )
    return limit


def day_of(case, rows):
    interval = case.get("channel", {}).get("interval_minutes", 5)
    hours = hour_means(rows, interval=interval)
    parts = [hours[start] for start in hours_of_day(DAY) if start in hours]
    return add(parts, expected=expected_in_day(interval))


@pytest.mark.parametrize("case", OF_ONE_DAY, ids=lambda case: case["name"])
def test_a_day(case):
    mean = day_of(case, readings(case))
    limit = limit_of(case)
    judgement = judge(
        mean, maximum=limit.maximum, minimum=limit.minimum, min_capture=limit.min_capture
    )
    found = {
        "mean": mean.value,
        "n": mean.n,
        "capture": mean.capture,
        "verdict": judgement.verdict,
        "ratio": judgement.ratio,
        "distance": judgement.distance,
    }
    for name in found.keys() & case.keys():
        expected = case[name]
        exact = Fraction(str(expected)) if isinstance(expected, int | float) else expected
        assert found[name] == exact, name


@pytest.mark.parametrize(
    "case", [case for case in OF_ONE_DAY if "superseded" in case], ids=lambda case: case["name"]
)
def test_what_was_judged_before_the_change(case):
    limit = limit_of(case)
    mean = day_of(case, readings({**case, "then_received": []}))
    before = judge(
        mean, maximum=limit.maximum, minimum=limit.minimum, min_capture=limit.min_capture
    )
    assert [before.verdict] == case["superseded"]


@pytest.mark.parametrize(
    "case", [case for case in CASES if "judged_by" in case], ids=lambda case: case["name"]
)
def test_days_are_judged_by_the_limit_of_their_own_day(case):
    judged_by = tuple(
        Dated(JudgedBy(QCVN_40, given["column"]), given.get("from"), given.get("until"))
        for given in case["judged_by"]
    )
    known = station()
    inputs = StationInputs(judged_by, known.design_flow, known.receiving_water)
    for day, value in case["days"].items():
        (limit,) = limits_on("COD", station=inputs, editions=EDITIONS, permits=(), on=day)
        rows = [(day_start(day) + timedelta(minutes=5 * i), float(value), "00") for i in range(288)]
        mean = add(hour_means(rows, interval=5).values())
        judgement = judge(mean, maximum=limit.maximum, minimum=None, min_capture=limit.min_capture)
        assert judgement.verdict == case["verdicts"][day]
