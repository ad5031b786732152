"""Volumes, loads and balances of a day, worked by hand and once more in plain fractions."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.domain.averaging import Mean, Row
from monitoring.domain.slots import slot_number
from monitoring.domain.totals import (
    FLOW_UNITS,
    KG_PER_M3,
    Balance,
    Drop,
    Series,
    Total,
    balance,
    day_slots,
    drops,
    load,
    volume,
)

MIDNIGHT = datetime(2024, 5, 20, 17, tzinfo=UTC)  # 21/5/2024 00:00 in Vietnam
DAY_END = MIDNIGHT + timedelta(days=1)
HOUR = timedelta(hours=1)
PER_HOUR, PER_LITRE = FLOW_UNITS["m³/h"], KG_PER_M3["mg/L"]
SHARE, ENOUGH = Decimal("0.2"), Decimal("0.75")


def rows(
    values: list[float | None], *, interval: int = 60, begin: datetime = MIDNIGHT
) -> list[Row]:
    """A reading a slot; None is a slot without one."""
    return [
        (begin + timedelta(minutes=interval * i), value, "00")
        for i, value in enumerate(values)
        if value is not None
    ]


def of(readings: list[Row], *, interval: int = 60, unit: Fraction = PER_HOUR) -> Series:
    return day_slots(readings, interval=interval, start=MIDNIGHT, end=DAY_END, unit=unit)


def flow(values: list[float | None], *, interval: int = 60) -> Series:
    return of(rows(values, interval=interval), interval=interval)


def concentration(values: list[float | None], *, interval: int = 60) -> Series:
    return of(rows(values, interval=interval), interval=interval, unit=PER_LITRE)


def test_a_day_of_a_steady_flow_is_24_times_it() -> None:
    total = volume(flow([250.0] * 24))
    assert (total.amount, total.n, total.expected, total.capture) == (6000, 24, 24, 1)


def test_a_slot_of_five_minutes_is_a_twelfth_of_its_flow() -> None:
    total = volume(flow([120.0, 240.0], interval=5))
    assert (total.amount, total.n, total.expected) == (30, 2, 288)


def test_what_is_missing_is_neither_guessed_nor_spread() -> None:
    total = volume(flow([250.0] * 12))
    assert (total.amount, total.capture) == (3000, Fraction(1, 2))


def test_two_readings_in_a_slot_are_one_mean() -> None:
    pair: list[Row] = [(MIDNIGHT, 100.0, "00"), (MIDNIGHT + timedelta(minutes=30), 101.0, "00")]
    assert volume(of(pair)).amount == Fraction(201, 2)


@pytest.mark.parametrize("status", ["01", "02", "07"])
def test_calibration_faults_and_unknown_statuses_never_flow(status: str) -> None:
    readings: list[Row] = [
        (MIDNIGHT, 100.0, status),
        (MIDNIGHT + HOUR, 50.0, "00"),
        (MIDNIGHT + 2 * HOUR, None, "00"),
    ]
    assert volume(of(readings)) == Total(Fraction(50), 1, 24)


def test_a_reading_outside_the_day_is_not_of_it() -> None:
    readings: list[Row] = [
        (MIDNIGHT - timedelta(seconds=1), 7.0, "00"),
        (MIDNIGHT, 10.0, "00"),
        (DAY_END - timedelta(seconds=1), 20.0, "00"),
        (DAY_END, 7.0, "00"),
    ]
    assert volume(of(readings)).amount == 30


@pytest.mark.parametrize(
    ("unit", "amount"), [("m³/h", 3600), ("m³/day", 150), ("m³/s", 12960000), ("L/s", 12960)]
)
def test_flows_of_other_units_are_brought_to_cubic_metres_an_hour(unit: str, amount: int) -> None:
    assert volume(of(rows([3600.0]), unit=FLOW_UNITS[unit])).amount == amount


def test_a_load_is_concentration_times_flow_times_hours() -> None:
    """60 mg/L × 250 m³/h × 24 h = 360,000 g = 360 kg."""
    total = load(concentration([60.0] * 24), flow([250.0] * 24))
    assert (total.amount, total.n, total.expected) == (360, 24, 24)


def test_milligrams_a_cubic_metre_of_gas_are_a_thousandth_of_those_a_litre() -> None:
    """200 mg/Nm³ × 50,000 m³/h × 1 h = 10 kg."""
    gas = of(rows([200.0]), unit=KG_PER_M3["mg/Nm³"])
    assert load(gas, flow([50_000.0])).amount == 10


def test_a_load_needs_both_in_the_same_slot() -> None:
    total = load(concentration([60.0, None, 60.0, 60.0]), flow([100.0, 100.0, None, 200.0]))
    assert (total.amount, total.n) == (Fraction(18), 2)


def test_a_slow_concentration_counts_for_the_slots_it_covers() -> None:
    """A result of 15 minutes covers three slots of 5; where it is missing, three have no load."""
    slow = concentration([60.0, None, 30.0], interval=15)
    total = load(slow, flow([120.0] * 9, interval=5))
    assert total.n == 6
    assert total.amount == Fraction(60 * 30 + 30 * 30, 1000)


def test_a_fast_concentration_counts_by_the_mean_of_its_slots() -> None:
    fast = concentration([10.0, 20.0, None, 40.0], interval=15)
    total = load(fast, flow([300.0]))
    assert total.amount == Fraction(70, 3) * 300 / 1000


def test_intervals_that_do_not_nest_meet_where_they_overlap() -> None:
    """C each 15 minutes, Q each 10: the second slot of Q (10–20) lies in C's first and second."""
    total = load(concentration([10.0, 40.0], interval=15), flow([60.0] * 3, interval=10))
    assert total.amount == (Fraction(10) + 25 + 40) * 60 / 6 / 1000


def test_tenths_are_tenths() -> None:
    assert volume(flow([0.1] * 3)).amount == Fraction(3, 10)


@pytest.mark.parametrize(("n", "whole"), [(18, 6000), (17, None)])
def test_a_whole_day_is_spoken_of_from_the_capture_it_needs(n: int, whole: int | None) -> None:
    assert volume(flow([250.0] * n)).whole_day(ENOUGH) == whole


def test_slots_of_an_approved_stop_are_not_expected_unless_they_are_filled() -> None:
    """Stopped from 16:00 to 24:00; a value came for 16:00 all the same."""
    stopped = frozenset(slot_number(MIDNIGHT + n * HOUR, interval=60) for n in range(16, 24))
    q = flow([250.0] * 17)
    assert (volume(q, stopped).n, volume(q, stopped).expected) == (17, 17)
    assert load(concentration([60.0] * 16), q, stopped).expected == 16
    assert balance(q, flow([200.0] * 16), stopped).expected == 16
    assert volume(q, stopped).whole_day(ENOUGH) == 4250


def test_nothing_filled_is_nothing() -> None:
    empty = volume(flow([]))
    assert (empty.amount, empty.n, empty.whole_day(ENOUGH)) == (0, 0, None)


def test_in_and_out_are_compared_where_both_are_filled() -> None:
    found = balance(flow([100.0] * 24), flow([None] * 4 + [90.0] * 20))
    assert found == Balance(Fraction(2000), Fraction(1800), 20, 24)
    assert found.parted(ENOUGH) == Fraction(1, 10)


@pytest.mark.parametrize(
    ("out", "parts"), [("80", False), ("79.9", True), ("120", False), ("120.1", True)]
)
def test_they_part_above_the_share_in_either_direction(out: str, parts: bool) -> None:
    found = balance(flow([100.0] * 24), flow([float(out)] * 24))
    assert found.parts(share=SHARE, enough=ENOUGH) is parts


def test_too_little_of_the_day_or_no_inflow_never_part() -> None:
    assert balance(flow([100.0] * 17), flow([1.0] * 17)).parted(ENOUGH) is None
    assert balance(flow([0.0] * 24), flow([1.0] * 24)).parted(ENOUGH) is None


def means(values: list[float | None], *, n: int = 12) -> dict[datetime, Mean]:
    return {
        MIDNIGHT + i * HOUR: Mean(Fraction(value) * n, n, 12)
        for i, value in enumerate(values)
        if value is not None
    }


def dropped(into: list[float | None], out: list[float | None], **how: int) -> tuple[Drop, ...]:
    return drops(means(into), means(out, **how), share=SHARE, enough=ENOUGH)


def test_hours_on_end_without_outflow_are_one_drop() -> None:
    (drop,) = dropped([100.0] * 6, [100.0, 5.0, 0.0, 19.9, 90.0, 90.0])
    assert (drop.start, drop.end) == (MIDNIGHT + HOUR, MIDNIGHT + 4 * HOUR)
    assert (drop.inflow, float(drop.outflow), drop.length) == (300, 24.9, 3 * HOUR)


def test_two_drops_apart_are_two() -> None:
    assert len(dropped([100.0] * 5, [0.0, 90.0, 0.0, 90.0, 0.0])) == 3


def test_an_outflow_equal_to_the_share_is_no_drop() -> None:
    assert dropped([100.0] * 3, [90.0, 20.0, 90.0]) == ()


def test_an_outflow_that_rests_with_its_inflow_is_no_drop() -> None:
    """Half of the inflow's own mean over the day: 55 ÷ 2 here, 60 ÷ 2 there."""
    assert dropped([100.0, 100.0, 20.0, 0.0], [90.0, 90.0, 2.0, 0.0]) == ()
    assert len(dropped([100.0, 100.0, 40.0, 0.0], [90.0, 90.0, 2.0, 0.0])) == 1


def test_an_hour_with_too_few_slots_says_nothing() -> None:
    assert dropped([100.0] * 3, [0.0] * 3, n=8) == ()
    assert len(dropped([100.0] * 3, [0.0] * 3, n=9)) == 1


def test_an_hour_of_one_alone_says_nothing() -> None:
    assert dropped([100.0, None, 100.0], [None, 0.0, 90.0]) == ()
    assert drops({}, {}, share=SHARE, enough=ENOUGH) == ()


# Once more, in plain fractions, minute by minute where intervals differ.

intervals = st.sampled_from([5, 10, 15, 20, 30, 60, 120])
amounts = st.one_of(st.none(), st.integers(0, 4000).map(lambda n: n / 8))


def plain_slots(readings: list[Row], interval: int) -> dict[int, Fraction]:
    """The mean of each slot by its number in the day."""
    found: dict[int, list[Fraction]] = {}
    for at, value, status in readings:
        minute = int((at - MIDNIGHT).total_seconds()) // 60
        if status == "00" and value is not None and 0 <= minute < 1440:
            found.setdefault(minute // interval, []).append(Fraction(value))
    return {slot: sum(values) / len(values) for slot, values in found.items()}


def plain_load(c: dict[int, Fraction], q: dict[int, Fraction], ci: int, qi: int) -> Fraction:
    total = Fraction(0)
    for slot, value in q.items():
        touched = {minute // ci for minute in range(slot * qi, (slot + 1) * qi)}
        there = [c[each] for each in touched if each in c]
        if there:
            total += value * sum(there) / len(there) * qi / 60
    return total / 1000


@given(st.data(), intervals, intervals)
def test_a_load_agrees_with_a_plain_calculation(data: st.DataObject, ci: int, qi: int) -> None:
    own = rows(data.draw(st.lists(amounts, max_size=30)), interval=ci)
    other = rows(data.draw(st.lists(amounts, max_size=30)), interval=qi)
    later = MIDNIGHT + timedelta(seconds=30)  # a second reading in some slots
    own += rows(data.draw(st.lists(amounts, max_size=5)), interval=ci, begin=later)
    c, q = of(own, interval=ci, unit=PER_LITRE), of(other, interval=qi)
    wanted = plain_load(plain_slots(own, ci), plain_slots(other, qi), ci, qi)
    assert load(c, q).amount == wanted
    random.shuffle(own)
    random.shuffle(other)
    assert load(of(own, interval=ci, unit=PER_LITRE), of(other, interval=qi)).amount == wanted
