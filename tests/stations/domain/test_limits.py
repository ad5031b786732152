from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stations.domain.dated import Dated
from stations.domain.limits import (
    Edition,
    EditionLimit,
    JudgedBy,
    PermitLimit,
    ReceivingWater,
    StationInputs,
    days_of_limit_change,
    limits_on,
)
from tests.stations.domain.editions import EDITIONS, EMISSION, ON, QCVN_19, QCVN_40, station


def limits(parameter, *, inputs=None, permits=(), on=ON, editions=EDITIONS):
    return limits_on(
        parameter, station=inputs or station(), editions=editions, permits=permits, on=on
    )


def only(parameter, **given):
    (limit,) = limits(parameter, **given)
    return limit


def factor(name, limit):
    return next(f for f in limit.derivation.factors if f.name == name)


def test_a_limit_comes_with_its_whole_arithmetic():
    cod = only("COD")
    assert (cod.maximum, cod.minimum, cod.period) == (Decimal("67.5"), None, "day")
    assert (cod.min_capture, cod.grace_minutes) == (Decimal("0.75"), 30)
    assert (cod.source, cod.confirmed) == ("QCVN 40:2011/BTNMT cột A", "GPMT số 12")
    told = json.loads(json.dumps(cod.derivation.as_json()))
    assert list(told)[:3] == ["C", "Kq", "Kf"]
    assert (told["C"], told["Kq"], told["Kf"]) == (75, 1.0, 0.9)
    assert told["expression"] == "75 × 1 × 0.9 = 67.5"
    assert told["reasons"]["Kq"] == {"kind": "river", "flow_m3_per_s": 120, "band": "50–200"}
    assert told["reasons"]["Kf"] == {"design_flow_m3_per_day": 7000, "band": ">5000"}
    assert told["reasons"]["C"]["column"] == "A"


def test_columns_of_a_database_leave_no_idle_zeros():
    cell = EditionLimit("COD", "A", maximum=Decimal("75.000000"))
    edition = replace(EDITIONS[QCVN_40], limits=(cell,))
    assert str(only("COD", editions={QCVN_40: edition}).maximum) == "67.5"


def test_a_parameter_without_a_limit_has_none():
    assert limits("FlowOut") == ()


def test_what_takes_no_factor_takes_none():
    temperature = only("Temp")
    assert temperature.maximum == 40
    assert temperature.derivation.factors == ()
    assert temperature.derivation.expression == "40"


def test_a_range_has_both_sides_from_one_source():
    ph = only("pH")
    assert (ph.minimum, ph.maximum) == (6, 9)
    assert ph.maximum_source == ph.minimum_source == "QCVN 40:2011/BTNMT cột A"
    assert ph.derivation.as_json()["C"] == [6, 9]
    assert ph.derivation.expression == "6 – 9"


def test_a_minimum_takes_no_factor():
    cell = EditionLimit("DO", "A", minimum=Decimal(6))
    edition = replace(EDITIONS[QCVN_40], limits=(cell,))
    do = only("DO", editions={QCVN_40: edition})
    assert (do.minimum, do.maximum, do.derivation.factors) == (6, None, ())
    assert do.derivation.expression == "≥ 6"


def test_a_station_that_nothing_judges_has_no_limit():
    assert limits("COD", inputs=StationInputs()) == ()


def test_an_edition_that_is_not_given_is_an_error_and_not_no_limit():
    with pytest.raises(KeyError):
        limits("COD", editions={})


def test_unknown_water_takes_the_smallest_factor_of_all():
    kq = factor("Kq", only("COD", inputs=station(water=None)))
    assert (kq.value, kq.reason) == (Decimal("0.6"), {"kind": None, "reason": "unknown"})


@pytest.mark.parametrize(
    ("water", "smallest"),
    [(ReceivingWater("river"), "0.9"), (ReceivingWater("lake"), "0.6")],
)
def test_an_unknown_amount_takes_the_smallest_of_its_kind(water, smallest):
    kq = factor("Kq", only("COD", inputs=station(water=water)))
    assert kq.value == Decimal(smallest)
    assert kq.reason["kind"] == water.kind
    assert kq.reason["reason"] == "unknown"


def test_an_unknown_design_flow_takes_the_smallest_factor():
    kf = factor("Kf", only("COD", inputs=station(design_flow=None)))
    assert (kf.value, kf.reason["reason"]) == (Decimal("0.9"), "unknown")


def emission(**given):
    return station(edition=QCVN_19, column="B", water=None, design_flow=None, **given)


def test_emissions_take_kp_and_kv():
    pm = only("PM", inputs=emission(gas_flow="50000", kv_zone=2))
    assert pm.maximum == Decimal(144)
    assert pm.derivation.expression == "200 × 0.9 × 0.8 = 144"
    assert factor("Kp", pm).reason == {"gas_flow_m3_per_hour": 50000, "band": "20000–100000"}
    assert factor("Kv", pm).reason == {"zone": 2}


@pytest.mark.parametrize("zone", [None, 9])
def test_an_unknown_zone_and_gas_flow_take_the_smallest(zone):
    pm = only("PM", inputs=emission(kv_zone=zone))
    assert pm.maximum == 200 * Decimal("0.8") * Decimal("0.6")
    assert factor("Kv", pm).reason["reason"] == "unknown"


BOILERS = Edition(
    code="QCVN 19:2024/BTNMT",
    medium="E",
    reference_oxygen=Decimal(7),
    limits=(
        EditionLimit("PM", "A", "small_boiler", "hour", Decimal(40)),
        EditionLimit("PM", "A", "large_boiler", "hour", Decimal(30)),
    ),
)


def boiler(source_type, permits=()):
    inputs = station(edition=BOILERS.code, water=None, design_flow=None, source_type=source_type)
    return limits("PM", inputs=inputs, editions={BOILERS.code: BOILERS}, permits=permits)


def test_a_source_is_judged_by_the_limits_of_its_kind():
    (limit,) = boiler("large_boiler")
    assert (limit.maximum, limit.reference_oxygen, limit.derivation.factors) == (30, 7, ())


@pytest.mark.parametrize("kind", [None, "kiln"])
def test_a_source_of_an_unknown_kind_gets_no_limit_invented(kind):
    assert boiler(kind) == ()


def test_a_permit_of_another_reference_oxygen_stands_beside_even_if_it_replaces():
    permit = PermitLimit(
        "hour", Decimal(20), replaces=True, reference_oxygen=Decimal(11), source="P"
    )
    by_oxygen = {
        limit.reference_oxygen: limit.maximum for limit in boiler("large_boiler", [permit])
    }
    assert by_oxygen == {Decimal(7): 30, Decimal(11): 20}


def test_reference_oxygen_of_zero_is_a_reference():
    permit = PermitLimit("hour", Decimal(20), reference_oxygen=Decimal(0), source="P")
    assert [limit.reference_oxygen for limit in boiler("large_boiler", [permit])] == [0, 7]


def test_a_permit_takes_the_reference_oxygen_of_the_regulation():
    (limit,) = boiler("large_boiler", [PermitLimit("hour", Decimal(25), source="P")])
    assert (limit.maximum, limit.reference_oxygen, limit.source) == (25, 7, "P")


@pytest.mark.parametrize(
    ("permit", "counts", "source"),
    [
        (PermitLimit("day", Decimal(60), source="GPMT"), "60", "GPMT"),
        (PermitLimit("day", Decimal(80), source="GPMT"), "67.5", "QCVN 40:2011/BTNMT cột A"),
        (PermitLimit("day", Decimal(80), source="GPMT", replaces=True), "80", "GPMT"),
        (PermitLimit("day", Decimal(0), source="GPMT"), "0", "GPMT"),
    ],
)
def test_the_stricter_counts_unless_the_permit_replaces(permit, counts, source):
    limit = only("COD", permits=[permit])
    assert (limit.maximum, limit.source) == (Decimal(counts), source)
    (left_out,) = limit.replaced
    assert {left_out.source, source} == {"GPMT", "QCVN 40:2011/BTNMT cột A"}


def test_a_limit_of_another_period_stands_beside():
    hour, day = limits("COD", permits=[PermitLimit("hour", Decimal(60), source="GPMT")])
    assert (hour.period, hour.maximum) == ("hour", 60)
    assert (day.period, day.maximum, day.replaced) == ("day", Decimal("67.5"), ())


def test_replacing_one_period_leaves_the_other_alone():
    permit = PermitLimit("hour", Decimal(90), source="GPMT", replaces=True)
    assert [limit.maximum for limit in limits("COD", permits=[permit])] == [90, Decimal("67.5")]


def test_each_side_is_the_stricter_by_itself():
    permit = PermitLimit("day", Decimal("9.5"), Decimal("6.5"), source="GPMT", confirmed="GPMT")
    ph = only("pH", permits=[permit])
    assert (ph.minimum, ph.maximum) == (Decimal("6.5"), 9)
    assert ph.maximum_source == "QCVN 40:2011/BTNMT cột A"
    assert ph.minimum_source == "GPMT"
    assert ph.source == "QCVN 40:2011/BTNMT cột A; GPMT"
    assert ph.confirmed == "GPMT số 12; GPMT"
    assert ph.replaced == ()
    told = ph.derivation.as_json()
    assert (told["C"], told["minimum"]["C"]) == (9, Decimal("6.5"))


def test_a_permit_that_replaces_puts_both_sides_of_the_law_aside():
    permit = PermitLimit("day", Decimal("9.5"), source="GPMT", replaces=True)
    ph = only("pH", permits=[permit])
    assert (ph.minimum, ph.maximum) == (None, Decimal("9.5"))


def test_a_merged_limit_is_confirmed_only_if_each_giving_source_is():
    permit = PermitLimit("day", Decimal("9.5"), Decimal("6.5"), source="GPMT")
    assert only("pH", permits=[permit]).confirmed is None


def test_a_source_that_gives_no_side_confirms_and_unconfirms_nothing():
    lenient = PermitLimit("day", Decimal(80), source="GPMT")
    assert only("COD", permits=[lenient]).confirmed == "GPMT số 12"
    strict = PermitLimit("day", Decimal(60), source="GPMT")
    assert only("COD", permits=[strict]).confirmed is None


def test_between_equals_the_confirmed_one_gives_the_side():
    permit = PermitLimit("day", Decimal("67.5"), source="GPMT", confirmed="GPMT")
    limit = only("COD", inputs=station(confirmed=None), permits=[permit])
    assert (limit.source, limit.confirmed) == ("GPMT", "GPMT")


@pytest.mark.parametrize("confirmed", [None, ""])
def test_what_nobody_confirmed_is_unconfirmed(confirmed):
    assert only("COD", inputs=station(confirmed=confirmed)).confirmed is None


def test_capture_and_grace_are_of_the_source_that_counts():
    permit = PermitLimit(
        "day", Decimal(60), min_capture=Decimal("0.5"), grace_minutes=5, source="P"
    )
    counted = only("COD", permits=[permit])
    assert (counted.min_capture, counted.grace_minutes) == (Decimal("0.5"), 5)
    lenient = only("COD", permits=[replace(permit, maximum=Decimal(80))])
    assert (lenient.min_capture, lenient.grace_minutes) == (Decimal("0.75"), 30)


def test_two_giving_sources_ask_for_the_larger_capture_and_the_longer_grace():
    permit = PermitLimit(
        "day", Decimal("9.5"), Decimal("6.5"), min_capture=Decimal("0.9"), grace_minutes=5
    )
    ph = only("pH", permits=[permit])
    assert (ph.min_capture, ph.grace_minutes) == (Decimal("0.9"), 30)


def test_a_permit_alone_has_the_common_defaults():
    limit = only("COD", inputs=StationInputs(), permits=[PermitLimit("day", Decimal(60))])
    assert (limit.min_capture, limit.grace_minutes) == (Decimal("0.75"), 30)
    assert limit.reference_oxygen is None


def test_of_one_source_a_later_permit_ends_the_earlier_for_good():
    permits = [
        PermitLimit("day", Decimal(50), source="GPMT"),
        PermitLimit(
            "day", Decimal(60), since=date(2024, 5, 1), until=date(2024, 5, 31), source="GPMT"
        ),
    ]
    counted = [
        only("COD", permits=permits, on=on).maximum
        for on in (date(2024, 4, 30), date(2024, 5, 1), date(2024, 5, 31), date(2024, 6, 1))
    ]
    assert counted == [50, 60, 60, Decimal("67.5")]


def test_of_different_sources_the_stricter_counts_whatever_their_age():
    permits = [
        PermitLimit("day", Decimal(50), source="GPMT 1"),
        PermitLimit("day", Decimal(60), since=date(2024, 5, 1), source="GPMT 2"),
    ]
    for order in permutations(permits):
        limit = only("COD", permits=order)
        assert limit.maximum == 50
        assert len(limit.replaced) == 2


def test_the_column_of_the_day_judges_the_day():
    inputs = replace(
        station(),
        judged_by=(
            Dated(JudgedBy(QCVN_40, "B"), None, date(2024, 5, 31)),
            Dated(JudgedBy(QCVN_40, "A"), date(2024, 6, 1)),
        ),
    )
    assert only("COD", inputs=inputs, on=date(2024, 5, 31)).maximum == 135
    assert only("COD", inputs=inputs, on=date(2024, 6, 1)).maximum == Decimal("67.5")


def test_an_edition_out_of_force_still_judges_who_is_kept_on_it():
    edition = replace(EMISSION, in_force_until=date(2025, 6, 30))
    inputs = emission(gas_flow="1", kv_zone=3)
    assert edition.is_in_force(date(2025, 6, 30))
    assert not edition.is_in_force(date(2025, 7, 1))
    late = only("PM", inputs=inputs, editions={QCVN_19: edition}, on=date(2030, 1, 1))
    assert late.maximum == 200


def test_a_number_of_the_law_changes_on_its_date():
    edition = Edition(
        code="QCVN 05:2023/BTNMT",
        medium="A",
        limits=(
            EditionLimit("PM2.5", "only", maximum=Decimal(50), until=date(2025, 12, 31)),
            EditionLimit("PM2.5", "only", maximum=Decimal(45), since=date(2026, 1, 1)),
            EditionLimit("PM2.5", "only", period="year", maximum=Decimal(25)),
        ),
    )
    inputs = station(edition=edition.code, column="only")
    for on, day in ((date(2025, 12, 31), 50), (date(2026, 1, 1), 45)):
        found = limits("PM2.5", inputs=inputs, editions={edition.code: edition}, on=on)
        assert [(limit.period, limit.maximum) for limit in found] == [("day", day), ("year", 25)]
        assert found[0].source == "QCVN 05:2023/BTNMT"


def test_the_days_of_change_are_all_beginnings_and_ends():
    permit = PermitLimit("day", Decimal(60), since=date(2024, 3, 1), until=date(2024, 3, 31))
    days = days_of_limit_change(station(), EDITIONS.values(), [permit])
    assert days == (date(2024, 1, 1), date(2024, 3, 1), date(2024, 4, 1))


sides = st.none() | st.integers(0, 20).map(Decimal)
permit_limits = st.builds(
    PermitLimit,
    period=st.just("day"),
    maximum=sides,
    minimum=sides,
    source=st.sampled_from("PQRS"),
    confirmed=st.sampled_from([None, "x"]),
).filter(lambda p: p.maximum is not None or p.minimum is not None)


@given(st.lists(permit_limits, max_size=4, unique_by=lambda p: p.source), st.randoms())
def test_merging_asks_the_strictest_and_not_the_order(permits, random):
    shuffled = random.sample(permits, len(permits))
    one, other = only("pH", permits=permits), only("pH", permits=shuffled)
    maxima = [p.maximum for p in permits if p.maximum is not None]
    minima = [p.minimum for p in permits if p.minimum is not None]
    assert (one.maximum, one.minimum) == (min([9, *maxima]), max([6, *minima]))
    assert (one.maximum, one.minimum) == (other.maximum, other.minimum)
    assert (one.confirmed is None) == (other.confirmed is None)
