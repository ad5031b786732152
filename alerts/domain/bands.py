"""How far beyond its limit a mean lies, in the steps of NĐ 45/2022 (regulation.md §4).

A maximum and a minimum are measured by their ratio (mean ÷ limit, limit ÷ mean), a range by how far
outside it the mean lies, as a share of its width. Where none of them can be said, such as for a
limit of 0, there is no band. They order a list and decide no sanction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

MAXIMUM, MINIMUM, RANGE = "maximum", "minimum", "range"
MEASURES = (MAXIMUM, MINIMUM, RANGE)


@dataclass(frozen=True, slots=True)
class Edge:
    """Where a band begins, that point included; `severity`: the least that it makes a case."""

    measure: str
    at_least: Decimal
    severity: int | None = None


@dataclass(frozen=True, slots=True)
class Band:
    """The band of a mean: its place among those of its measure, from 1; no `below`: without end."""

    measure: str
    place: int
    of: int
    at_least: Decimal
    below: Decimal | None
    severity: int | None


def measured(
    value: Decimal | None,
    minimum: Decimal | None,
    maximum: Decimal | None,
    ratio: Decimal | None,
) -> tuple[str, Decimal] | None:
    """By what a mean is measured against its limit, and how much; None where nothing can be said.

    Within a range, the share is 0.
    """
    if value is None:
        return None
    if minimum is not None and maximum is not None:
        width = maximum - minimum
        outside = max(value - maximum, minimum - value, Decimal(0))
        return (RANGE, outside / width) if width > 0 else None
    if ratio is None:
        return None
    return (MAXIMUM if maximum is not None else MINIMUM), ratio


def band_of(edges: Iterable[Edge], measure: str, amount: Decimal) -> Band | None:
    """The band that an amount lies in; None below the first."""
    own = sorted((edge for edge in edges if edge.measure == measure), key=lambda e: e.at_least)
    reached = [place for place, edge in enumerate(own) if amount >= edge.at_least]
    if not reached:
        return None
    place = reached[-1]
    following = own[place + 1].at_least if place + 1 < len(own) else None
    edge = own[place]
    return Band(measure, place + 1, len(own), edge.at_least, following, edge.severity)
