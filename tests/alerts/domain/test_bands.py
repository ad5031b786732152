"""The bands of exceedance, both sides of every edge."""

from __future__ import annotations

from decimal import Decimal

import pytest

from alerts.domain.bands import Edge, band_of, measured

EDGES = [
    *(Edge("maximum", Decimal(at)) for at in ("1", "1.1", "1.5")),
    Edge("maximum", Decimal(3), 4),
    Edge("range", Decimal(0)),
    Edge("range", Decimal("0.1")),
]


def number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


@pytest.mark.parametrize(
    ("ratio", "place"),
    [("0.999", None), ("1", 1), ("1.0999", 1), ("1.1", 2), ("1.4999", 2), ("1.5", 3), ("3", 4)],
)
def test_a_band_begins_at_its_edge(ratio: str, place: int | None) -> None:
    band = band_of(EDGES, "maximum", Decimal(ratio))
    assert (band and band.place) == place


def test_a_band_knows_its_edges_and_the_last_has_no_end() -> None:
    band = band_of(EDGES, "maximum", Decimal("1.2"))
    assert band is not None
    assert (band.at_least, band.below, band.of, band.severity) == (
        Decimal("1.1"), Decimal("1.5"), 4, None,
    )  # fmt: skip
    last = band_of(EDGES, "maximum", Decimal(30))
    assert last is not None
    assert (last.below, last.severity) == (None, 4)


def test_a_measure_without_edges_has_no_band() -> None:
    assert band_of(EDGES, "minimum", Decimal(2)) is None


@pytest.mark.parametrize(
    ("value", "low", "high", "ratio", "said"),
    [
        ("92", None, "67.5", "1.36", ("maximum", "1.36")),
        ("2", "4", None, "2", ("minimum", "2")),
        ("9.35", "5.5", "9", None, ("range", "0.1")),
        ("5.15", "5.5", "9", None, ("range", "0.1")),
        ("7", "5.5", "9", None, ("range", "0")),
        ("1", None, "0", None, None),  # a limit of 0
        ("-1", "4", None, None, None),  # a mean that has no ratio
        ("7", "7", "7", None, None),  # a range without width
        (None, None, "67.5", None, None),
    ],
)
def test_each_sort_of_limit_has_its_own_measure(
    value: str | None, low: str | None, high: str | None, ratio: str | None, said: object
) -> None:
    found = measured(number(value), number(low), number(high), number(ratio))
    assert found == (None if said is None else (said[0], Decimal(said[1])))  # type: ignore[index]
