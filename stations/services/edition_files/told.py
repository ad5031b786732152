"""What a file says about an edition."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F

from stations.models import Edition


@dataclass(frozen=True)
class Cell:
    """One number: C for a parameter in a column, before any factor."""

    parameter: str
    column: str
    source_type: str
    period: str
    minimum: Decimal | None
    maximum: Decimal | None
    takes_factors: bool
    since: date | None
    until: date | None
    note: str


@dataclass(frozen=True)
class EditionFile:
    """A whole edition; `values` are the columns of its row."""

    regulation: str
    title: str
    code: str
    values: dict[str, Any]
    cells: tuple[Cell, ...]


VALUES = (
    "code",
    "medium",
    "columns",
    "in_force_from",
    "in_force_until",
    "period",
    "min_capture",
    "grace_minutes",
    "reference_oxygen",
    "factors",
    "note",
)

ORDER = (
    "parameter__position",
    "source_type",
    "period",
    "column",
    F("valid_from").asc(nulls_first=True),
)


def file_of(edition: Edition) -> EditionFile:
    """What a file would say of an edition as it stands."""
    rows = edition.limits.select_related("parameter").order_by(*ORDER)
    return EditionFile(
        regulation=edition.regulation.code,
        title=edition.regulation.title,
        code=edition.code,
        values={name: getattr(edition, name) for name in VALUES},
        cells=tuple(
            Cell(
                parameter=row.parameter.symbol,
                column=row.column,
                source_type=row.source_type,
                period=row.period,
                minimum=row.minimum,
                maximum=row.maximum,
                takes_factors=row.takes_factors,
                since=row.valid_from,
                until=row.valid_until,
                note=row.note,
            )
            for row in rows
        ),
    )
