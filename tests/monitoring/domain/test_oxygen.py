from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from monitoring.domain.averaging import Mean
from monitoring.domain.oxygen import at_reference, hour_at_reference, normalise, oxygen_by_slot
from tests.stations.domain.editions import cases

HOUR = datetime(2024, 5, 21, 1, tzinfo=UTC)


def at(minutes):
    return HOUR + timedelta(minutes=minutes)


def slots(values, interval=5):
    return {
        at(i * interval): Fraction(str(value))
        for i, value in enumerate(values)
        if value is not None
    }


def normalised(values, oxygen, *, reference=7, interval=5, oxygen_interval=5):
    return normalise(
        slots(values, interval),
        slots(oxygen, oxygen_interval),
        reference=Decimal(str(reference)),
        interval=interval,
        oxygen_interval=oxygen_interval,
    )


def test_the_formula_is_exact():
    assert at_reference(Fraction(100), Fraction(11), Decimal(7)) == Fraction(13900, 99)


def test_a_slot_without_oxygen_is_not_filled_but_expected():
    found = hour_at_reference(normalised([100, 100], [7, None]), HOUR, 5)
    assert found == Mean(Fraction(100), 1, 12)


@pytest.mark.parametrize(("oxygen", "idle"), [("17.9999", 0), ("18", 1), ("20.9", 1), ("21", 1)])
def test_from_eighteen_per_cent_a_slot_is_idle_and_not_expected(oxygen, idle):
    found = hour_at_reference(normalised([100, 100], [7, oxygen]), HOUR, 5)
    assert (found.n, found.expected) == (2 - idle, 12 - idle)


def test_a_slot_is_idle_by_its_oxygen_alone():
    found = hour_at_reference(normalised([100, None], [7, 19]), HOUR, 5)
    assert (found.n, found.expected) == (1, 11)


def test_an_hour_that_stood_idle_expects_nothing():
    found = hour_at_reference(normalised([100] * 12, [20] * 12), HOUR, 5)
    assert (found.value, found.capture, found.expected) == (None, None, 0)


def test_a_threshold_above_air_still_never_divides_by_zero():
    found = normalise(
        slots([100]),
        slots(["20.9"]),
        reference=Decimal(7),
        interval=5,
        oxygen_interval=5,
        idle_from=Decimal(25),
    )
    assert (dict(found.filled), found.idle) == ({}, {HOUR})


def test_air_has_no_reference():
    with pytest.raises(ValueError, match="air"):
        at_reference(Fraction(100), Fraction("20.9"), Decimal(7))


def test_faster_oxygen_counts_by_the_mean_of_its_filled_slots():
    found = oxygen_by_slot(slots([6, None, 9, 10, None, None]), interval=15, oxygen_interval=5)
    assert found == {at(0): Fraction(15, 2), at(15): 10}


def test_slower_oxygen_counts_in_each_slot_it_overlaps():
    found = oxygen_by_slot(slots([6, 9], 15), interval=5, oxygen_interval=15)
    assert found == {at(m): (6 if m < 15 else 9) for m in range(0, 30, 5)}


def test_slots_that_do_not_nest_overlap_all_the_same():
    found = oxygen_by_slot(slots([6, 9], 15), interval=10, oxygen_interval=15)
    assert found == {at(0): 6, at(10): Fraction(15, 2), at(20): 9}


def test_only_the_slots_of_the_hour_are_in_it():
    found = normalised([100] * 13, [7] * 13)
    assert hour_at_reference(found, HOUR, 5).n == 12
    assert hour_at_reference(found, HOUR + timedelta(hours=1), 5).n == 1


def test_the_shared_cases():
    for value, oxygen, reference, expected in cases("limits.yaml")["oxygen"]:
        found = normalised([value], [oxygen], reference=reference)
        if expected == "idle":
            assert found.idle == {HOUR}
        elif expected is None:
            assert (dict(found.filled), found.idle) == ({}, frozenset())
        else:
            assert float(found.filled[HOUR]) == expected
