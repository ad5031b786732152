"""Writes an edition as a file that `read_edition` takes again."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from stations.services.edition_files.sheets import BANDS, EDITION, FACTORS, LIMITS, SHEETS
from stations.services.edition_files.told import Cell, EditionFile
from stations.services.register_export import as_yaml as tree_as_yaml
from stations.services.register_export.as_workbook import workbook_of
from stations.services.register_export.writing import filled


def as_yaml(told: EditionFile) -> str:
    """As stations/facts/regulations; always the same for the same edition."""
    values = told.values
    days = {"from": values["in_force_from"], "until": values["in_force_until"]}
    return tree_as_yaml(
        filled(
            regulation=told.regulation,
            title=told.title,
            code=told.code,
            medium=values["medium"],
            columns=list(values["columns"]),
            in_force=filled(**days) or None,
            note=values["note"],
            period=values["period"],
            min_capture=values["min_capture"],
            grace_minutes=values["grace_minutes"],
            reference_oxygen=values["reference_oxygen"],
            factors=_tables(values["factors"]) or None,
        )
        | {"limits": list(_lines(told))},
        between="",
    )


def _lines(told: EditionFile) -> Iterator[dict[str, Any]]:
    """A line for all columns of a parameter that agree in everything but their numbers."""
    lines: dict[tuple[Any, ...], dict[str, Any]] = {}
    for cell in told.cells:
        key = (*_but_numbers(cell), cell.column)
        alike = next((one for one in lines if one[:-1] == key[:-1]), None)
        if alike is None or cell.column in lines[alike]:
            lines[key] = _line(cell, told) | {cell.column: _sides(cell)}
        else:
            lines[alike][cell.column] = _sides(cell)
    yield from lines.values()


def _but_numbers(cell: Cell) -> tuple[Any, ...]:
    days = (cell.since, cell.until)
    return cell.parameter, cell.source_type, cell.period, days, cell.takes_factors, cell.note


def _line(cell: Cell, told: EditionFile) -> dict[str, Any]:
    factors = bool(told.values["factors"])
    return filled(
        parameter=cell.parameter,
        source_type=cell.source_type,
        period=None if cell.period == told.values["period"] else cell.period,
        **{"from": cell.since, "until": cell.until},
        takes_factors=None if cell.takes_factors == factors else cell.takes_factors,
        note=cell.note,
    )


def _sides(cell: Cell) -> Any:
    if cell.minimum is None:
        return cell.maximum
    return {"min": cell.minimum} if cell.maximum is None else [cell.minimum, cell.maximum]


def factors_as_yaml(tables: dict[str, Any]) -> str:
    """Factor tables alone, as `read_factors` takes them."""
    return tree_as_yaml(_tables(tables), between="")


def as_workbook(told: EditionFile) -> bytes:
    """An XLSX file with the same content."""
    values = told.values
    head = {
        **{name: values.get(name) for name in (one.name for one in EDITION.columns)},
        "regulation": told.regulation,
        "title": told.title,
        "from": values["in_force_from"],
        "until": values["in_force_until"],
        "note": values["note"] or None,
    }
    rows = {
        EDITION.title: [head],
        LIMITS.title: [_row(cell) for cell in told.cells],
        FACTORS.title: list(_factor_rows(values["factors"])),
    }
    return workbook_of(SHEETS, rows)


def _row(cell: Cell) -> dict[str, Any]:
    return {
        "parameter": cell.parameter,
        "source_type": cell.source_type or None,
        "period": cell.period,
        "column": cell.column,
        "min": cell.minimum,
        "max": cell.maximum,
        "takes_factors": cell.takes_factors,
        "from": cell.since,
        "until": cell.until,
        "note": cell.note or None,
    }


def _tables(tables: dict[str, Any]) -> dict[str, Any]:
    """The tables in a fixed order, numbers as decimals: the database keeps neither."""
    order = (*BANDS, "kq_unknown", "kv")
    return {name: _decimals(tables[name]) for name in order if name in tables}


def _decimals(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_decimals(one) for one in value]
    if isinstance(value, dict):
        return {str(name): _decimals(value[name]) for name in sorted(value)}
    return _number(value)


def _factor_rows(tables: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name, table in _tables(tables).items():
        if name in BANDS:
            for bound, number in table:
                yield {"table": name, "up_to": bound, "factor": number}
        else:
            for zone, number in table.items():
                yield {"table": name, "name": zone, "factor": number}


def _number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))
