"""A register file as a tree whose every leaf knows its place, whatever the file was written in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import yaml
from django.utils.translation import gettext as _

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: a line of YAML or a cell of a sheet, and its path."""

    path: str = ""
    line: int | None = None
    sheet: str | None = None
    row: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        parts = []
        if self.line is not None:
            parts.append(_("line %(line)s") % {"line": self.line})
        if self.sheet is not None:
            parts.append(_("sheet “%(sheet)s”") % {"sheet": self.sheet})
        if self.row is not None:
            parts.append(_("row %(row)s") % {"row": self.row})
        if self.column is not None:
            parts.append(_("column %(column)s") % {"column": self.column})
        if self.path:
            parts.append(self.path)
        return ", ".join(parts)

    def within(self, path: str, line: int | None = None) -> Place:
        """The same place, further along its path."""
        return Place(path, line or self.line, self.sheet, self.row, self.column)


@dataclass(frozen=True, slots=True)
class Node:
    """A value and its place. Numbers are decimals as they were written."""

    value: dict[str, Node] | list[Node] | str | bool | Decimal | date | None
    place: Place = field(default_factory=Place)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and where."""

    place: Place
    message: str

    def __str__(self) -> str:
        where = str(self.place)
        return f"{where}: {self.message}" if where else self.message


class RegisterRefused(Exception):
    """A register file with problems: nothing of it was loaded."""

    def __init__(self, file: str, problems: Sequence[Problem]) -> None:
        self.file = file
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{file}: {problem}" for problem in problems))


def read_yaml(text: str, problems: list[Problem]) -> Node:
    """The tree of a YAML file. What cannot be read at all leaves an empty one and a problem."""
    try:
        root = yaml.compose(text, Loader=LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(line=mark.line + 1 if mark else None)
        problems.append(Problem(place, _("this is not YAML: %s") % (error.problem or error)))
        return Node({})
    except yaml.YAMLError as error:
        problems.append(Problem(Place(), _("this is not YAML: %s") % error))
        return Node({})
    if root is None:
        return Node({})
    return _Composer(problems).node(root, Place(line=root.start_mark.line + 1))


class _Composer:
    """Turns YAML's own nodes into ours; an anchor that holds itself is refused."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        self.open: set[int] = set()

    def node(self, node: yaml.Node, place: Place) -> Node:
        if isinstance(node, yaml.ScalarNode):
            return Node(_scalar(node), place)
        if id(node) in self.open:
            self.problems.append(Problem(place, _("an anchor holds itself")))
            return Node(None, place)
        self.open.add(id(node))
        try:
            return self.mapping(node, place) if _is_mapping(node) else self.sequence(node, place)
        finally:
            self.open.remove(id(node))

    def sequence(self, node: yaml.Node, place: Place) -> Node:
        return Node(
            [
                self.node(item, place.within(f"{place.path}[{i}]", item.start_mark.line + 1))
                for i, item in enumerate(node.value)
            ],
            place,
        )

    def mapping(self, node: yaml.Node, place: Place) -> Node:
        found: dict[str, Node] = {}
        for key, item in node.value:
            name = str(key.value)
            path = f"{place.path}.{name}" if place.path else name
            where = place.within(path, key.start_mark.line + 1)
            if name in found:
                self.problems.append(Problem(where, _("“%s” stands here twice") % name))
            found[name] = self.node(item, where)
        return Node(found, place)


def _is_mapping(node: yaml.Node) -> bool:
    return isinstance(node, yaml.MappingNode)


def _scalar(node: yaml.ScalarNode) -> str | bool | Decimal | date | None:
    """What YAML takes the scalar for; a number or a date in an odd form stays text."""
    kind = node.tag.rpartition(":")[2]
    written: str = node.value
    if kind == "null":
        return None
    if kind == "bool":
        return written.lower() in {"yes", "true", "on"}
    if kind in {"int", "float"} and _NUMBER.fullmatch(written):
        return Decimal(written)
    if kind == "timestamp" and _DATE.fullmatch(written):
        try:
            return date.fromisoformat(written)
        except ValueError:
            return written
    return written
