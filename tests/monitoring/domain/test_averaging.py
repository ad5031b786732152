from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.domain.averaging import (
    Mean,
    add,
    decimal_of,
    from_numerics,
    hour_means,
    numerics,
    slot_values,
)
from monitoring.domain.slots import hour_of, slot_start

START = datetime(2024, 5, 20, 17, tzinfo=UTC)  # 00:00 in Vietnam


def at(minutes, seconds=0):
    return START + timedelta(minutes=minutes, seconds=seconds)


def hour(rows, interval=5, closes_window=False):
    (found,) = hour_means(rows, interval=interval, closes_window=closes_window).values()
    return found


def every(minutes, value, status="00", *, count=12, first=0):
    return [(at(first + i * minutes), value, status) for i in range(count)]


def test_three_tenths_make_a_mean_of_exactly_a_tenth():
    assert hour(every(5, 0.1, count=3)).mean.value == Fraction(1, 10)


def test_a_slot_of_several_readings_is_one_slot():
    rows = [(at(0), 40.0, "00"), *((at(i), 400.0, "00") for i in range(1, 5))]
    found = hour(rows)
    assert (found.n, found.total) == (1, 328)


def test_a_slot_of_three_is_an_exact_third():
    rows = [(at(0), 1.0, "00"), (at(1), 0.0, "00"), (at(2), 0.0, "00"), (at(5), 1.0, "00")]
    assert hour(rows).total == Fraction(4, 3)


@pytest.mark.parametrize(
    ("status", "value", "counted"),
    [
        ("01", 500.0, (1, 0, 0)),
        ("02", 0.0, (0, 1, 0)),
        ("02", None, (0, 1, 0)),
        ("07", 500.0, (0, 0, 1)),
        ("00", None, (0, 0, 0)),
    ],
)
def test_what_was_not_measured_never_enters(status, value, counted):
    found = hour([*every(5, 40.0, count=11), (at(55), value, status)])
    assert (found.n, found.expected, found.mean.value) == (11, 12, 40)
    assert (found.calibrating, found.faulty, found.unknown) == counted
    assert (found.minimum, found.maximum) == (40.0, 40.0)
    assert (found.first, found.last) == (at(0), at(55))


def test_a_slot_with_a_value_is_filled_whatever_else_is_in_it():
    found = hour([(at(0), 1.0, "00"), (at(1), 9.0, "02"), (at(2), 9.0, "01")])
    assert (found.n, found.calibrating, found.faulty) == (1, 0, 0)


def test_a_slot_without_a_value_counts_once_by_its_worst_status():
    rows = [
        (at(0), 1.0, "01"),
        (at(1), 1.0, "02"),
        (at(2), 1.0, "07"),
        (at(5), 1.0, "07"),
        (at(6), 1.0, "01"),
    ]
    found = hour(rows)
    assert (found.n, found.faulty, found.calibrating, found.unknown) == (0, 1, 1, 0)


def test_faults_alone_have_no_mean_and_are_no_zeros():
    found = hour(every(5, 0.0, "02"))
    assert found.mean.value is None
    assert (found.n, found.total, found.mean.capture) == (0, 0, 0)
    assert (found.minimum, found.maximum) == (None, None)


def test_no_reading_gives_no_hour():
    assert hour_means([], interval=5) == {}


@pytest.mark.parametrize(
    ("stamp", "closes", "in_first"),
    [
        (at(60), False, False),
        (at(59, 59), False, True),
        (at(60), True, True),
        (at(60, 1), True, False),
    ],
)
def test_the_edge_of_an_hour(stamp, closes, in_first):
    found = hour_means([(stamp, 1.0, "00")], interval=5, closes_window=closes)
    assert list(found) == [at(0) if in_first else at(60)]


def test_a_long_interval_counts_in_the_hour_where_its_slot_begins():
    rows = [(at(0), 10.0, "00"), (at(90), 20.0, "00"), (at(120), 7.0, "00")]
    found = hour_means(rows, interval=120)
    assert {start: (h.total, h.n, h.expected) for start, h in found.items()} == {
        at(0): (15, 1, 1),
        at(120): (7, 1, 1),
    }


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(ValueError, match="not a number"):
        hour_means([(at(0), value, "00")], interval=5)


@pytest.mark.parametrize(
    ("n", "expected", "capture"),
    [(216, 288, Fraction(3, 4)), (0, 288, 0), (300, 288, 1), (0, 0, None), (1, 0, None)],
)
def test_capture_is_filled_of_expected_and_never_above_one(n, expected, capture):
    assert Mean(Fraction(0), n, expected).capture == capture


def test_a_day_is_the_sum_of_its_slots_and_not_a_mean_of_hours():
    full, sparse = Mean(Fraction(120), 12, 12), Mean(Fraction(100), 1, 12)
    assert add([full, sparse]) == Mean(Fraction(220), 13, 24)
    assert add([full, sparse], expected=288) == Mean(Fraction(220), 13, 288)
    assert add([]) == Mean(Fraction(0), 0, 0)


@given(st.fractions())
def test_two_numerics_hold_a_sum_without_loss(total):
    numerator, denominator = numerics(total)
    assert from_numerics(numerator, denominator) == total
    assert {number.as_tuple().exponent for number in (numerator, denominator)} == {0}


def test_a_sum_of_very_many_digits_is_held_too():
    total = Fraction(10**400 + 1, 3**300)
    assert from_numerics(*numerics(total)) == total


values = st.floats(-1e6, 1e6, allow_nan=False) | st.sampled_from(
    [0.1, 48.2, 67.5, 0.0, 5e-324, 1e300]
)
rows_of_two_hours = st.lists(
    st.tuples(
        st.integers(0, 7300).map(lambda s: at(0, s)),
        st.none() | values,
        st.sampled_from(["00", "00", "00", "01", "02", "07"]),
    ),
    max_size=60,
    unique_by=lambda row: row[0],
)
paces = {"interval": st.sampled_from([1, 5, 15, 60, 120]), "closes_window": st.booleans()}


def naive(rows, *, interval, closes_window):
    """The rule word by word: slots of fractions, summed by hour."""
    slots = defaultdict(list)
    for stamp, value, status in rows:
        if status == "00" and value is not None:
            slots[slot_start(stamp, interval=interval, closes_window=closes_window)].append(
                Fraction(decimal_of(value))
            )
    hours = defaultdict(list)
    for start, readings in slots.items():
        hours[hour_of(start, interval=interval)].append(sum(readings) / len(readings))
    return {start: (sum(means), len(means)) for start, means in hours.items()}


@given(rows_of_two_hours, *paces.values())
def test_it_is_the_rule_word_by_word(rows, interval, closes):
    pace = {"interval": interval, "closes_window": closes}
    found = hour_means(rows, **pace)
    filled = {start: (h.total, h.n) for start, h in found.items() if h.n}
    assert filled == naive(rows, **pace)


@given(rows_of_two_hours, st.randoms(), *paces.values())
def test_the_order_of_rows_cannot_matter(rows, random, interval, closes):
    shuffled = random.sample(rows, len(rows))
    pace = {"interval": interval, "closes_window": closes}
    assert hour_means(rows, **pace) == hour_means(shuffled, **pace)


@given(rows_of_two_hours, *paces.values())
def test_hours_averaged_one_by_one_are_those_averaged_together(rows, interval, closes):
    pace = {"interval": interval, "closes_window": closes}
    together = hour_means(rows, **pace)
    alone = {}
    for start in together:
        alone |= hour_means([row for row in rows if hour_of(row[0], **pace) == start], **pace)
    assert alone == together


@given(rows_of_two_hours, *paces.values())
def test_slot_values_add_up_to_the_hours(rows, interval, closes):
    pace = {"interval": interval, "closes_window": closes}
    slots = slot_values(rows, **pace)
    hours = hour_means(rows, **pace)
    assert sum(slots.values()) == sum(h.total for h in hours.values())
    assert len(slots) == sum(h.n for h in hours.values())


@given(rows_of_two_hours, st.integers(0, 60))
def test_adding_is_the_same_however_the_hours_are_grouped(rows, cut):
    means = [h.mean for h in hour_means(rows, interval=1).values()]
    assert add([add(means[:cut]), add(means[cut:])]) == add(means)


def test_the_caller_s_decimal_context_is_left_alone():
    hour_means(every(5, 1.5), interval=5)
    assert str(Decimal(1) / Decimal(3)) == "0.3333333333333333333333333333"
