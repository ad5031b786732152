"""Reads a workbook into the rows of its sheets, each cell with its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from stations.services.register_load.sheets import SEPARATOR, SHEETS, Column, Holds, Sheet
from stations.services.register_load.tree import Node, Place, Problem
from stations.services.register_load.values import Problems

YES = ("true", "có", "x", "1")
NO = ("false", "không", "0")


@dataclass(frozen=True)
class Row:
    """One row of a sheet: the cells that are filled, by the name of their column."""

    place: Place
    cells: dict[str, Node] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """What a cell says, empty where it says nothing."""
        cell = self.cells.get(name)
        return "" if cell is None else str(cell.value)

    def at(self, name: str) -> Place:
        """The place of a cell, else of the row."""
        return self.cells[name].place if name in self.cells else self.place

    def take(self, *names: str) -> dict[str, Node]:
        """The filled cells of these columns."""
        return {name: self.cells[name] for name in names if name in self.cells}


Rows = dict[str, list[Row]]
"""By the title of the sheet."""


def read_rows(path: Path | IO[bytes], problems: Problems, sheets: Sequence[Sheet] = SHEETS) -> Rows:
    """Every row of every sheet. What is no workbook, sheet or column of ours is a problem."""
    rows: Rows = {sheet.title: [] for sheet in sheets}
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, ValueError):
        problems.append(Problem(Place(), _("the file is no workbook")))
        return rows
    by_title = {sheet.title: sheet for sheet in sheets}
    for page in book.worksheets:
        title = page.title.strip()
        if title in by_title:
            rows[title] = list(_rows(by_title[title], page.iter_rows(values_only=True), problems))
        else:
            told = {"known": ", ".join(by_title)}
            message = _("this sheet is unknown; known are: %(known)s") % told
            problems.append(Problem(Place(sheet=title), message))
    book.close()
    return rows


def _rows(sheet: Sheet, lines: Iterator[tuple[Any, ...]], problems: Problems) -> Iterator[Row]:
    columns = _columns(sheet, next(lines, ()), problems)
    for number, line in enumerate(lines, start=2):
        row = Row(Place(sheet=sheet.title, row=number))
        for index, cell in enumerate(line):
            column = columns.get(index)
            if column is not None and cell not in (None, ""):
                place = Place(
                    sheet=sheet.title,
                    row=number,
                    column=f"{get_column_letter(index + 1)} ({column.heading})",
                    path=column.name,
                )
                row.cells[column.name] = Node(_value(column, cell, place), place)
        if row.cells:
            yield row


def _columns(sheet: Sheet, headings: tuple[Any, ...], problems: Problems) -> dict[int, Column]:
    found: dict[int, Column] = {}
    for index, heading in enumerate(headings):
        if heading in (None, ""):
            continue
        column = sheet.column(str(heading))
        if column is None:
            known = ", ".join(each.heading for each in sheet.columns)
            place = Place(sheet=sheet.title, row=1, column=get_column_letter(index + 1))
            told = {"name": heading, "known": known}
            message = _("“%(name)s” is unknown here; known are: %(known)s") % told
            problems.append(Problem(place, message))
        else:
            found[index] = column
    return found


def _value(column: Column, cell: Any, place: Place) -> Any:
    """A cell as its column takes it; what does not fit stays as it is, for the reader to refuse."""
    match column.holds:
        case Holds.TEXT:
            return _text(cell)
        case Holds.TEXTS:
            words = [word.strip() for word in _text(cell).split(SEPARATOR)]
            return [Node(word, place) for word in words if word]
        case Holds.NUMBER:
            return _number(cell)
        case Holds.DAY:
            return _day(cell)
        case Holds.FLAG:
            return _flag(cell)
        case Holds.VALUE:
            return cell if isinstance(cell, bool) else _number(cell)


def _text(cell: Any) -> str:
    """A spreadsheet keeps `007` as text but `7` as a number: a whole number is its digits."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return str(cell).strip()


def _number(cell: Any) -> Decimal | str | bool:
    if isinstance(cell, bool):
        return cell
    try:
        number = Decimal(str(cell))
    except InvalidOperation:
        return _text(cell)
    return number if number.is_finite() else _text(cell)


def _day(cell: Any) -> date | str:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    written = _text(cell)
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(written, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return written


def _flag(cell: Any) -> bool | str:
    written = _text(cell).casefold()
    if written in YES:
        return True
    if written in NO:
        return False
    return written
