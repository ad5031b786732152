"""How a register file writes things: dated rows as one value or [{value, from, until}]."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from django.db import models


class DatedRow(Protocol):
    """A row with its first and last day."""

    valid_from: date | None
    valid_until: date | None


def histories(model: type[models.Model], owner: str) -> Mapping[int, list[Any]]:
    """All rows of a table by the number of what they belong to, each in order of time."""
    rows: dict[int, list[Any]] = defaultdict(list)
    for row in model._default_manager.order_by("pk"):
        rows[getattr(row, f"{owner}_id")].append(row)
    for history in rows.values():
        history.sort(key=lambda row: row.valid_from or date.min)
    return rows


def history(rows: Sequence[DatedRow], value: Callable[[Any], Any]) -> Any:
    """One value where it always held, else each with its days; None where there is none."""
    if not rows:
        return None
    if len(rows) == 1 and not days(rows[0]):
        return value(rows[0])
    return [{"value": value(row), **days(row)} for row in rows]


def one_or_list(rows: Sequence[dict[str, Any]]) -> Any:
    """A single mapping, or a list of several; None for none."""
    return rows[0] if len(rows) == 1 else list(rows) or None


def days(row: DatedRow) -> dict[str, date]:
    """The days of a row, where it has them."""
    found = {"from": row.valid_from, "until": row.valid_until}
    return {name: day for name, day in found.items() if day is not None}


def filled(**values: Any) -> dict[str, Any]:
    """The keys that say something: no None, no empty text, no empty list."""
    return {name: value for name, value in values.items() if value not in (None, "", [])}


def location(row: Any) -> dict[str, float] | None:
    """Where a place lies, if that is known."""
    if row.latitude is None or row.longitude is None:
        return None
    return {"lat": row.latitude, "lon": row.longitude}
