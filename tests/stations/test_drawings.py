"""A value against its limit, and the line of a day, as drawn."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from stations.drawings import BAR_WIDTH, LINE_WIDTH, limit_bar_svg, sparkline_svg


def tick(drawing: str) -> float:
    found = re.search(r'bar-tick" x="([\d.]+)"', drawing)
    assert found
    return float(found[1]) + 1


def length(drawing: str) -> float:
    found = re.search(r'bar-value" x="0.0" y="5.5" width="([\d.]+)"', drawing)
    assert found
    return float(found[1])


def test_nothing_is_drawn_without_a_limit():
    assert limit_bar_svg(Decimal(5), None, None) == ""


@pytest.mark.parametrize(("value", "passes"), [("67.4", False), ("67.6", True), ("60", False)])
def test_a_bar_passes_its_tick_only_above_the_maximum(value, passes):
    drawing = limit_bar_svg(Decimal(value), None, Decimal("67.5"))
    assert (length(drawing) > tick(drawing)) is passes


def test_a_value_at_its_maximum_ends_at_the_tick():
    drawing = limit_bar_svg(Decimal("67.5"), None, Decimal("67.5"))
    assert length(drawing) == pytest.approx(tick(drawing), abs=0.1)


def test_a_value_beyond_the_drawing_is_cut_with_an_open_edge():
    drawing = limit_bar_svg(Decimal(700), None, Decimal("67.5"))
    assert length(drawing) == BAR_WIDTH
    assert "bar-beyond" in drawing


def test_a_limit_of_zero_is_a_limit():
    drawing = limit_bar_svg(Decimal("0.2"), None, Decimal(0))
    assert tick(drawing) <= 1
    assert length(drawing) > 1


def test_below_a_minimum_the_tinted_side_is_the_left_one():
    assert 'bar-outside" x="0.0"' in limit_bar_svg(Decimal(5), Decimal(4), None)


@pytest.mark.parametrize(("value", "inside"), [("7.1", True), ("5.8", False), ("9.3", False)])
def test_a_value_lies_between_the_ticks_of_a_range_or_outside(value, inside):
    drawing = limit_bar_svg(Decimal(value), Decimal(6), Decimal(9))
    left, right = (float(x) + 1 for x in re.findall(r'bar-tick" x="([\d.]+)"', drawing))
    at = float(re.findall(r'cx="([\d.]+)"', drawing)[0])
    assert (left <= at <= right) is inside


def test_a_missing_value_leaves_the_limit_alone():
    assert "bar-value" not in limit_bar_svg(None, None, Decimal(5))


def test_a_line_is_broken_where_a_value_is_missing():
    assert sparkline_svg([1.0, 2.0, None, 3.0, 4.0]).count("M") == 2


def test_a_single_value_between_gaps_is_still_seen():
    assert "h0.1" in sparkline_svg([1.0, 2.0, None, 3.0, None])


def test_a_day_without_values_draws_nothing():
    assert sparkline_svg([None, None]) == ""
    assert sparkline_svg([]) == ""


def test_a_line_ends_at_the_right_edge():
    assert f"L{LINE_WIDTH:.1f}" in sparkline_svg([1.0, 2.0, 3.0])


@pytest.mark.parametrize(("limit", "drawn"), [("100", False), ("10.5", True)])
def test_only_a_limit_that_is_near_is_drawn_beside_the_line(limit, drawn):
    line = sparkline_svg([9.0, 10.0, 9.5], None, Decimal(limit))
    assert ("spark-limit" in line) is drawn
