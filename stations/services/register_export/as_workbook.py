"""The register as a workbook: a sheet for each kind of thing, with Vietnamese headings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell, MergedCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from stations.services.register_export.rows import rows_of
from stations.services.register_load.sheets import SEPARATOR, SHEETS, Sheet

WIDEST, NARROWEST = 48, 10
HEAD = PatternFill("solid", fgColor="E8EEF4")
MOST_ROWS = 10_000
"""How far down the choice of words of a column reaches."""


def as_workbook(tree: dict[str, Any]) -> bytes:
    """The bytes of an XLSX file that `load_register` takes again."""
    return workbook_of(SHEETS, rows_of(tree))


def workbook_of(sheets: Sequence[Sheet], rows: Mapping[str, list[dict[str, Any]]]) -> bytes:
    """The bytes of an XLSX file with these sheets; rows by the title of their sheet."""
    book = Workbook()
    for page in book.worksheets:
        book.remove(page)
    for sheet in sheets:
        _write(book.create_sheet(sheet.title), sheet, rows[sheet.title])
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def _write(page: Worksheet, sheet: Sheet, rows: list[dict[str, Any]]) -> None:
    for number, column in enumerate(sheet.columns, start=1):
        head = page.cell(1, number, column.heading)
        head.font, head.fill = Font(bold=True), HEAD
        head.alignment = Alignment(wrap_text=True, vertical="top")
    for number, row in enumerate(rows, start=2):
        for position, column in enumerate(sheet.columns, start=1):
            _fill(page.cell(number, position), row.get(column.name))
    page.freeze_panes = "B2"
    page.auto_filter.ref = f"A1:{get_column_letter(len(sheet.columns))}{len(rows) + 1}"
    _offer_words(page, sheet)
    _widen(page, sheet, rows)


def _fill(cell: Cell | MergedCell, value: Any) -> None:
    """Text is written as text, so that `=…` and `007` stay what they are."""
    if value is None:
        return
    if isinstance(value, list):
        value = f"{SEPARATOR} ".join(value)
    if isinstance(value, Decimal):
        value = int(value) if value == value.to_integral_value() else float(value)
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"
        cell.number_format = "@"
    elif isinstance(value, date):
        cell.number_format = "dd/mm/yyyy"


def _offer_words(page: Worksheet, sheet: Sheet) -> None:
    for number, column in enumerate(sheet.columns, start=1):
        if column.words:
            words = DataValidation(
                type="list", formula1=f'"{",".join(column.words)}"', allow_blank=True
            )
            letter = get_column_letter(number)
            words.add(f"{letter}2:{letter}{MOST_ROWS}")
            page.add_data_validation(words)


def _widen(page: Worksheet, sheet: Sheet, rows: list[dict[str, Any]]) -> None:
    for number, column in enumerate(sheet.columns, start=1):
        widest = max((len(text) for text in _texts(column.name, rows)), default=0)
        width = min(max(widest + 2, NARROWEST, len(column.heading) // 2 + 4), WIDEST)
        page.column_dimensions[get_column_letter(number)].width = width


def _texts(name: str, rows: list[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        value = row.get(name)
        yield "; ".join(value) if isinstance(value, list) else "" if value is None else str(value)
