"""Reads the file of an edition, whole or not at all; each mistake is named with its place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _

from stations.domain.quantities import json_number
from stations.models import Edition, EditionLimit, Parameter, Provenance, Regulation
from stations.services.edition_files.sheets import BANDS, EDITION, FACTORS, LIMITS, SHEETS
from stations.services.edition_files.told import Cell, EditionFile
from stations.services.register_load.dated import check_days, stated_of
from stations.services.register_load.tree import (
    Node,
    Place,
    Problem,
    RegisterRefused,
    read_yaml,
)
from stations.services.register_load.values import (
    Entry,
    Problems,
    Reader,
    Stated,
    Wrong,
    any_text,
    choice,
    column,
    day,
    entry,
    flag,
    list_of,
    optional,
    text,
)
from stations.services.register_load.workbook import Row, read_rows

BIGGEST = 2_000_000
"""Bytes of a file; the largest regulation has some hundred numbers."""


def read_edition(name: str, content: bytes) -> EditionFile:
    """The edition that a YAML or XLSX file tells. Raises RegisterRefused with every problem."""
    problems: Problems = []
    if len(content) > BIGGEST:
        raise RegisterRefused(name, [Problem(Place(), _("the file is too large"))])
    if name.lower().endswith(".xlsx"):
        root = _workbook(content, problems)
    else:
        root = _yaml(content, problems)
    told = None if problems else _edition(root, problems)
    if told is None or problems:
        raise RegisterRefused(name, problems)
    return told


def _yaml(content: bytes, problems: Problems) -> Node:
    try:
        written = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        problems.append(Problem(Place(), _("the file is no UTF-8 text")))
        return Node({})
    return read_yaml(written, problems)


def amount(node: Node, problems: Problems) -> Decimal:
    """A number of the law, as a limit's column can hold it; in quotes too."""
    if isinstance(node.value, str):
        try:
            node = Node(Decimal(node.value), node.place)
        except ArithmeticError as error:
            raise Wrong(node.place, _("must be a number")) from error
    number: Decimal = _AMOUNT(node, problems)
    return number


_AMOUNT = column(EditionLimit, "maximum")


def share(node: Node, problems: Problems) -> Decimal:
    """More than 0 and at most 1."""
    number = amount(node, problems)
    if not 0 < number <= 1:
        raise Wrong(node.place, _("must be above 0 and at most 1"))
    return number


def sides(node: Node, problems: Problems) -> tuple[Decimal | None, Decimal | None]:
    """(minimum, maximum) of `75`, `[6, 9]` or `{min: 6}`."""
    if isinstance(node.value, list):
        if len(node.value) != 2:
            raise Wrong(node.place, _("must be two numbers: [lowest, highest]"))
        low, high = (amount(item, problems) for item in node.value)
    elif isinstance(node.value, dict):
        found = _SIDES(node, problems)
        low, high = found.get("min"), found.get("max")
    else:
        return None, amount(node, problems)
    if low is None and high is None:
        raise Wrong(node.place, _("A limit needs a maximum, a minimum, or both."))
    if low is not None and high is not None and low > high:
        raise Wrong(node.place, _("the lower number must stand first"))
    return low, high


_SIDES = entry({"min": optional(amount), "max": optional(amount)})


def factor(node: Node, problems: Problems) -> Decimal:
    """Above zero."""
    number = amount(node, problems)
    if number <= 0:
        raise Wrong(node.place, _("must be above zero"))
    return number


def bands(node: Node, problems: Problems) -> list[list[Decimal | None]]:
    """[[up to and including, factor], …], upwards, the last without an end."""
    rows = node.value if isinstance(node.value, list) else []
    found: list[list[Decimal | None]] = []
    for row in rows:
        if not isinstance(row.value, list) or len(row.value) != 2:
            raise Wrong(row.place, _("must be two numbers: [up to and including, factor]"))
        bound, number = row.value
        found.append([optional(amount)(bound, problems), factor(number, problems)])
    bounds = [bound for bound, _factor in found]
    rising = [bound for bound in bounds if bound is not None]
    if not found or bounds[-1] is not None or len(rising) != len(bounds) - 1:
        raise Wrong(node.place, _("the last band, and no other, has no end (null)"))
    if rising != sorted(set(rising)):
        raise Wrong(node.place, _("the bounds must rise"))
    return found


def zones(node: Node, problems: Problems) -> dict[str, Decimal]:
    """{zone: factor}; zones are whole numbers."""
    if not isinstance(node.value, dict) or not node.value:
        raise Wrong(node.place, _("must be a mapping: %s") % _("zone: factor"))
    for name, item in node.value.items():
        if not name.isdecimal():
            raise Wrong(item.place, _("must be a whole number"))
    return {name: factor(item, problems) for name, item in node.value.items()}


def factors(node: Node, problems: Problems) -> dict[str, Any]:
    """The tables by which C is multiplied."""
    found: Entry = _FACTORS(node, problems)
    unknown: Entry | None = found.get("kq_unknown")
    told = {name: found.get(name) for name in (*BANDS, "kv") if found.get(name) is not None}
    return told | ({"kq_unknown": dict(unknown.values)} if unknown else {})


_FACTORS = entry(
    {
        **dict.fromkeys(BANDS, bands),
        "kv": zones,
        "kq_unknown": optional(entry({"river": factor, "lake": factor})),
    }
)


def read_factors(written: str) -> dict[str, Any]:
    """Factor tables from YAML text, as the column of an edition keeps them.

    Raises RegisterRefused with every problem.
    """
    problems: Problems = []
    root = read_yaml(written, problems)
    try:
        found = {} if problems or not written.strip() else factors(root, problems)
    except Wrong as wrong:
        problems.append(wrong.problem)
    if problems:
        raise RegisterRefused("", problems)
    return as_json(found)


def as_json(tables: Any) -> Any:
    """Decimals as JSON numbers, keys as text."""
    if isinstance(tables, Decimal):
        return json_number(tables)
    if isinstance(tables, list):
        return [as_json(one) for one in tables]
    if isinstance(tables, Mapping):
        return {str(name): as_json(one) for name, one in tables.items()}
    return tables


def columns(node: Node, problems: Problems) -> list[str]:
    """The columns of the table, each once."""
    found: list[str] = list_of(_column_name)(node, problems)
    if not found or len(set(found)) != len(found):
        raise Wrong(node.place, _("An edition has at least one column, each once."))
    return found


def _column_name(node: Node, problems: Problems) -> str:
    name: str = column(EditionLimit, "column")(node, problems)
    if name in _CELL:
        raise Wrong(node.place, _("no column can be called “%s”") % name)
    return name


_CELL: Mapping[str, Reader] = {
    "parameter": text,
    "source_type": column(EditionLimit, "source_type"),
    "period": column(EditionLimit, "period"),
    "from": day,
    "until": day,
    "takes_factors": flag,
    "provenance": choice(Provenance.values),
    "note": column(EditionLimit, "note"),
}

_ANYTHING = list_of(lambda node, _problems: node)

EDITION_ENTRY = entry(
    {
        "regulation": column(Regulation, "code"),
        "title": column(Regulation, "title"),
        "code": column(Edition, "code"),
        "medium": column(Edition, "medium"),
        "columns": columns,
        "in_force": optional(entry({"from": day, "until": day})),
        "note": any_text,
        "period": column(Edition, "period"),
        "min_capture": share,
        "grace_minutes": column(Edition, "grace_minutes"),
        "reference_oxygen": optional(column(Edition, "reference_oxygen")),
        "factors": optional(factors),
        "provenance": choice(Provenance.values),
        "limits": _ANYTHING,
    },
    required=("regulation", "title", "code", "medium", "columns", "period"),
)


def _edition(root: Node, problems: Problems) -> EditionFile | None:
    try:
        found: Entry = EDITION_ENTRY(root, problems)
    except Wrong as wrong:
        problems.append(wrong.problem)
        return None
    in_force: Entry = found.get("in_force") or Entry(found.place)
    _check_order(in_force, problems)
    tables = found.get("factors") or {}
    values = {
        "code": found.get("code"),
        "medium": found.get("medium"),
        "columns": found.get("columns", []),
        "in_force_from": in_force.get("from"),
        "in_force_until": in_force.get("until"),
        "period": found.get("period"),
        "min_capture": found.get("min_capture", Decimal("0.75")),
        "grace_minutes": found.get("grace_minutes", 30),
        "reference_oxygen": found.get("reference_oxygen"),
        "factors": as_json(tables),
        "note": found.get("note", ""),
    }
    cells = _cells(found, bool(tables), problems)
    return EditionFile(
        found.get("regulation", ""), found.get("title", ""), found.get("code", ""), values, cells
    )


def _check_order(found: Entry, problems: Problems) -> None:
    begun, ended = found.get("from"), found.get("until")
    if begun and ended and ended < begun:
        problems.append(Problem(found.at("until"), _("the last day lies before the first")))


def _cells(found: Entry, has_factors: bool, problems: Problems) -> tuple[Cell, ...]:
    names: list[str] = found.get("columns", [])
    read = entry({**_CELL, **dict.fromkeys(names, optional(sides))}, required=("parameter",))
    parameters = {row.symbol: row for row in Parameter.objects.all()}
    cells: list[Cell] = []
    histories: dict[tuple[str, ...], list[Stated]] = defaultdict(list)
    for node in found.get("limits", []):
        try:
            row: Entry = read(node, problems)
        except Wrong as wrong:
            problems.append(wrong.problem)
            continue
        if not _is_measured(row, parameters, found.get("medium"), problems):
            continue
        for name in names:
            if row.get(name) is not None:
                cell = _cell(row, name, found.get("period") or "", has_factors)
                cells.append(cell)
                key = (cell.parameter, cell.source_type, cell.period, cell.column)
                histories[key].append(stated_of(row, row))
    for stated in histories.values():
        check_days(stated, problems)
    return tuple(cells)


def _is_measured(
    row: Entry, parameters: Mapping[str, Parameter], medium: str | None, problems: Problems
) -> bool:
    symbol = row.get("parameter")
    if symbol is None:
        return False
    parameter = parameters.get(symbol)
    if parameter is None:
        message = _("“%s” is none of the parameters") % symbol
        problems.append(Problem(row.at("parameter"), message))
        return False
    if medium is not None and medium not in parameter.units:
        told = {"code": symbol, "medium": medium}
        message = _("%(code)s is not measured in: %(medium)s") % told
        problems.append(Problem(row.at("parameter"), message))
        return False
    return True


def _cell(row: Entry, name: str, period: str, has_factors: bool) -> Cell:
    low, high = row.get(name)
    return Cell(
        parameter=row.get("parameter"),
        column=name,
        source_type=row.get("source_type", ""),
        period=row.get("period", period),
        minimum=low,
        maximum=high,
        takes_factors=row.get("takes_factors", has_factors),
        since=row.get("from"),
        until=row.get("until"),
        note=row.get("note", ""),
    )


def _workbook(content: bytes, problems: Problems) -> Node:
    """The same tree as that of a YAML file that says the same."""
    rows = read_rows(BytesIO(content), problems, SHEETS)
    heads = rows[EDITION.title]
    if len(heads) != 1 and not problems:
        message = _("this sheet has one row below its headings")
        problems.append(Problem(Place(sheet=EDITION.title), message))
    if problems:
        return Node({})
    head = heads[0]
    told = head.take(*(one.name for one in EDITION.columns if one.name not in ("from", "until")))
    if days := head.take("from", "until"):
        told["in_force"] = Node(dict(days), head.place)
    told["limits"] = Node([_line(row) for row in rows[LIMITS.title]], Place(sheet=LIMITS.title))
    if tables := _tables(rows[FACTORS.title], problems):
        told["factors"] = Node(tables, Place(sheet=FACTORS.title))
    return Node(told, head.place)


def _line(row: Row) -> Node:
    told = row.take(*(name for name in _CELL if name != "provenance"))
    numbers = row.take("min", "max")
    name = row.text("column")
    told[name] = Node(dict(numbers), row.at("max" if "max" in numbers else "column"))
    return Node(told, row.place)


def _tables(rows: list[Row], problems: Problems) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for row in rows:
        name = row.text("table")
        number = row.cells.get("factor", Node(None, row.place))
        if name in BANDS:
            bound = row.cells.get("up_to", Node(None, row.place))
            listed = found.setdefault(name, Node([], row.place)).value
            if isinstance(listed, list):
                listed.append(Node([bound, number], row.place))
        else:
            mapped = found.setdefault(name, Node({}, row.place)).value
            if isinstance(mapped, dict):
                mapped[row.text("name")] = number
    return found
