"""VN_AQI: the cases worked by hand, and a second calculation from the decision's text."""

from __future__ import annotations

import copy
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from monitoring.domain.aqi import (
    AirIndex,
    Scale,
    contrast,
    daily_index,
    hourly_index,
    ink_on,
    nowcast,
    rounded,
    scale_of,
    sub_index,
)
from tests.monitoring.domain import aqi_by_the_book as book

PROJECT = Path(__file__).resolve().parents[3]
CONTENT = yaml.safe_load((PROJECT / "stations/facts/indices/vn_aqi.yaml").read_text())
CASES = yaml.safe_load((PROJECT / "tests/cases/vn_aqi.yaml").read_text())
SCALE = scale_of(CONTENT)
AS_PRINTED = replace(SCALE, nowcast_at_least_weight="as_printed")


def hours_of(text: str) -> list[Fraction | None]:
    """ "20 - 30×2": values, gaps, and how often each."""
    found: list[Fraction | None] = []
    for each in text.split():
        value, _, times = each.partition("×")
        found += [None if value == "-" else Fraction(value)] * int(times or 1)
    return found


def case_ids(cases: list[dict[str, Any]]) -> list[str]:
    return [each["what"] for each in cases]


@pytest.mark.parametrize("case", CASES["nowcast"], ids=case_ids(CASES["nowcast"]))
def test_the_nowcast_of_the_cases(case: dict[str, Any]) -> None:
    found = nowcast(SCALE, hours_of(case["hours"]))
    if "about" in case:
        assert found is not None
        assert round(float(found), 1) == float(case["about"])
    else:
        assert found == (None if case["gives"] is None else Fraction(case["gives"]))


@pytest.mark.parametrize("case", CASES["as_printed"], ids=case_ids(CASES["as_printed"]))
def test_the_nowcast_as_the_decision_prints_it(case: dict[str, Any]) -> None:
    assert nowcast(AS_PRINTED, hours_of(case["hours"])) == Fraction(case["gives"])


def test_with_twelve_hours_the_two_readings_of_the_least_weight_differ_by_a_4096th() -> None:
    hours = hours_of("100 10×11")
    ours, printed = nowcast(SCALE, hours), nowcast(AS_PRINTED, hours)
    assert ours is not None
    assert printed == ours * Fraction(4095, 4096)


@pytest.mark.parametrize(
    "case",
    CASES["sub_index"],
    ids=[f"{c['of']}{c.get('mean', '')}={c['at']}" for c in CASES["sub_index"]],
)
def test_the_index_of_one_pollutant(case: dict[str, Any]) -> None:
    found = sub_index(SCALE, case["of"], Fraction(case["at"]), case.get("mean", "1h"))
    if case["index"] is None:
        assert found is None
        return
    assert found is not None
    assert found.exact == Fraction(case["exact"])
    assert found.value == case["index"]
    assert found.beyond is case.get("beyond", False)
    assert SCALE.class_of(found.value).vietnamese == case["class"]


def told(index: AirIndex, case: dict[str, Any]) -> None:
    assert {sub.column: sub.value for sub in index.subs} == case["subs"]
    assert index.value == case["index"]
    assert list(index.main) == case.get("main", [])
    assert index.beyond is case.get("beyond", False)
    assert (index.air is None) is (index.value is None)


@pytest.mark.parametrize("case", CASES["hourly"], ids=case_ids(CASES["hourly"]))
def test_the_index_of_an_hour(case: dict[str, Any]) -> None:
    told(hourly_index(SCALE, {each: hours_of(text) for each, text in case["hours"].items()}), case)


@pytest.mark.parametrize("case", CASES["daily"], ids=case_ids(CASES["daily"]))
def test_the_index_of_a_day(case: dict[str, Any]) -> None:
    given_hours = {
        each: hours_of(parts["before"]) + hours_of(parts["hours"])
        for each, parts in case["hours"].items()
    }
    told(daily_index(SCALE, given_hours), case)


def test_the_ozone_example_of_the_decision_has_its_largest_eight_hours() -> None:
    """Table of 2.2.2: 74,4, ending at 17:00; the day's hours end at 01:00 to 00:00."""
    table = (
        "15.7 14.2 17.7 18.9 19.3 15.7 19.7 22.6 27.1 29.0 31.9 25.3 34.7 35.2 41.6 45.7 49.2 55.8"
        " 69.6 78.3 91.5 97.7 81.2 71.8 43.5 34.3 21.5 20.5 19.4 20.4 21.3"
    )
    index = daily_index(SCALE, {"O3": hours_of(table)})
    eight = next(sub for sub in index.subs if sub.column == "O3_8h")
    assert round(float(eight.concentration), 1) == 74.4
    assert next(sub for sub in index.subs if sub.column == "O3_1h").concentration == Fraction(
        "97.7"
    )


def test_a_half_is_rounded_up() -> None:
    assert [rounded(Fraction(x)) for x in ("0.49", "0.5", "1.5", "2.5", "2.499")] == [0, 1, 2, 3, 2]


concentrations = st.one_of(
    st.none(),
    st.sampled_from(sorted({x for row in book.TABLE_2.values() for x in row})).map(Fraction),
    st.integers(0, 40_000).map(lambda n: Fraction(n, 12)),
    st.integers(0, 2_000_000).map(lambda n: Fraction(n, 10)),
)
pollutants = st.sampled_from(["PM10", "PM2.5", "O3", "CO", "SO2", "NO2"])


@given(st.dictionaries(pollutants, st.lists(concentrations, min_size=1, max_size=13), min_size=1))
def test_the_hour_agrees_with_a_calculation_from_the_text(
    hours: dict[str, list[Fraction | None]],
) -> None:
    index = hourly_index(SCALE, hours)
    assert index.value == book.of_hour(hours)
    if index.air is not None and index.value is not None:
        assert index.air.vietnamese == book.class_of(index.value)


@given(st.dictionaries(pollutants, st.lists(concentrations, min_size=31, max_size=31), min_size=1))
def test_the_day_agrees_with_a_calculation_from_the_text(
    hours: dict[str, list[Fraction | None]],
) -> None:
    assert daily_index(SCALE, hours).value == book.of_day(hours)


def test_a_day_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="24 of a day"):
        daily_index(SCALE, {"PM10": hours_of("10×24")})


FALLING = [0, 9, 8, 7, 6, 5, 4, 3]
BROKEN: dict[str, Any] = {
    "no rules": lambda content: content.pop("rules"),
    "a rule missing": lambda content: content["rules"].pop("day_share"),
    "a rule that is no number": lambda content: content["rules"].update(day_share="nhiều"),
    "another rounding": lambda content: content["rules"].update(rounding="half_even"),
    "another nowcast": lambda content: content["rules"].update(nowcast_at_least_weight="x"),
    "a falling breakpoint": lambda content: content["breakpoints"].update(CO=FALLING),
    "too few breakpoints": lambda content: content["breakpoints"].update(CO=[0, 9]),
    "a gap": lambda content: content["breakpoints"].update(CO=[0, None, 2, 3, 4, 5, 6, 7]),
    "classes that stop early": lambda content: content["classes"].pop(),
    "particles without a table": lambda content: content["breakpoints"].pop("PM10"),
    "a colour that is none": lambda content: content["classes"].__setitem__(
        0, [50, "Tốt", "Good", 'red;"']
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_table_that_would_mislead_is_refused(name: str) -> None:
    content = copy.deepcopy(CONTENT)
    BROKEN[name](content)
    with pytest.raises(ValueError, match=r".+"):
        scale_of(content)


def test_the_scale_names_its_pollutants_once() -> None:
    assert SCALE.pollutants == ("PM10", "PM2.5", "O3", "CO", "SO2", "NO2")


@pytest.mark.parametrize("air", SCALE.classes, ids=lambda air: air.english)
def test_the_figure_on_a_class_colour_can_be_read(air: Any) -> None:
    """AA of WCAG asks 4.5 of small letters; yellow takes black, brown takes white."""
    assert contrast(air.colour, ink_on(air.colour)) >= 4.5


def test_black_stands_on_yellow_and_white_on_brown() -> None:
    assert (ink_on("#ffff00"), ink_on("#7e0023")) == ("#000000", "#ffffff")


def test_every_class_has_a_word_an_effect_and_its_own_colour() -> None:
    scale: Scale = SCALE
    assert len({air.colour for air in scale.classes}) == len(scale.classes) == 6
    assert all(air.effect_vietnamese and air.effect_english for air in scale.classes)
    assert [air.level for air in scale.classes] == [1, 2, 3, 4, 5, 6]
