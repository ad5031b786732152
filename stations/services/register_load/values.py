"""What a value of a register file must be. A reader takes a node and gives a value, or is Wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.utils.translation import gettext as _

from stations.services.register_load.tree import Node, Place, Problem

Problems = list[Problem]
Reader = Callable[[Node, Problems], Any]
ONE_DAY = timedelta(days=1)


class Wrong(Exception):
    """A value that cannot be taken."""

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(message)
        self.problem = Problem(place, message)


@dataclass
class Entry:
    """A mapping of the file: the values that it gives, and where each stands."""

    place: Place
    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)

    def get(self, name: str, default: Any = None) -> Any:
        """The value, or the default where the file is silent or says null."""
        value = self.values.get(name)
        return default if value is None else value

    def given(self, **columns: str) -> dict[str, Any]:
        """Columns (column=name in the file) of which the file says something."""
        return {
            column: self.values[name] for column, name in columns.items() if name in self.values
        }

    def at(self, name: str) -> Place:
        """Where a value stands, else where the mapping begins."""
        return self.places.get(name, self.place)


@dataclass(frozen=True)
class Stated:
    """One value of a dated thing; both days inclusive, None is open."""

    value: Any
    since: date | None
    until: date | None
    place: Place


class Code(str):
    """A code by which the file names something, and where it does."""

    __slots__ = ("place",)
    place: Place

    @classmethod
    def at(cls, place: Place, written: str) -> Code:
        """The code as it is written at a place."""
        code = cls(written)
        code.place = place
        return code


def code(node: Node, problems: Problems) -> Code:
    """The code of something that must be known."""
    return Code.at(node.place, text(node, problems))


def text(node: Node, problems: Problems) -> str:
    """Text as it stands; nothing that YAML takes for something else."""
    if isinstance(node.value, str) and node.value.strip():
        return node.value
    if isinstance(node.value, bool):
        raise Wrong(
            node.place,
            _("must be text, and YAML reads this word as true or false: put it in quotes"),
        )
    if isinstance(node.value, Decimal | date):
        raise Wrong(node.place, _("must be text, and %s is not: put it in quotes") % node.value)
    raise Wrong(node.place, _("must be text"))


def address(node: Node, problems: Problems) -> str:
    """An e-mail address."""
    try:
        validate_email(written := text(node, problems))
    except ValidationError as error:
        raise Wrong(node.place, " ".join(error.messages)) from error
    return written


def any_text(node: Node, problems: Problems) -> str:
    """Text that may be empty."""
    return "" if node.value in ("", None) else text(node, problems)


def decimal(node: Node, problems: Problems) -> Decimal:
    """A number as it was written."""
    if isinstance(node.value, Decimal):
        return node.value
    raise Wrong(node.place, _("must be a number"))


def flag(node: Node, problems: Problems) -> bool:
    """true or false."""
    if isinstance(node.value, bool):
        return node.value
    raise Wrong(node.place, _("must be true or false"))


def day(node: Node, problems: Problems) -> date | None:
    """A calendar day, or null for none."""
    if node.value is None or isinstance(node.value, date):
        return node.value
    raise Wrong(node.place, _("must be a date such as 2024-12-31"))


def choice(options: Sequence[str]) -> Reader:
    """One of these words."""

    def read(node: Node, problems: Problems) -> str:
        word = text(node, problems)
        if word not in options:
            known = ", ".join(options)
            raise Wrong(
                node.place, _("“%(word)s” is none of: %(known)s") % {"word": word, "known": known}
            )
        return word

    return read


def optional(reader: Reader) -> Reader:
    """The same, or null."""

    def read(node: Node, problems: Problems) -> Any:
        return None if node.value is None else reader(node, problems)

    return read


def column(model: type[models.Model], name: str) -> Reader:
    """What a column of a table may hold: its type, length, digits, choices and validators."""
    target = model._meta.get_field(name)
    if not isinstance(target, models.Field):
        raise TypeError(f"{name} is no column of {model.__name__}")
    plain = _plain_reader(target)

    def read(node: Node, problems: Problems) -> Any:
        value = plain(node, problems)
        try:
            return target.clean(value, None)
        except ValidationError as error:
            raise Wrong(node.place, " ".join(error.messages)) from error

    return read


def _plain_reader(target: models.Field[Any, Any]) -> Reader:
    if target.choices:
        return choice([str(word) for word, _label in target.flatchoices])
    if isinstance(target, models.BooleanField):
        return flag
    if isinstance(target, models.IntegerField):
        return whole
    if isinstance(target, models.DecimalField | models.FloatField):
        return decimal
    return any_text if target.blank else text


def whole(node: Node, problems: Problems) -> int:
    """A whole number."""
    number = decimal(node, problems)
    if number != number.to_integral_value():
        raise Wrong(node.place, _("must be a whole number"))
    return int(number)


def list_of(reader: Reader) -> Reader:
    """A list, each of whose items is read by `reader`."""

    def read(node: Node, problems: Problems) -> list[Any]:
        if not isinstance(node.value, list):
            raise Wrong(node.place, _("must be a list"))
        found = []
        for item in node.value:
            try:
                found.append(reader(item, problems))
            except Wrong as wrong:
                problems.append(wrong.problem)
        return found

    return read


def entry(fields: Mapping[str, Reader], required: Sequence[str] = ()) -> Reader:
    """A mapping with these keys and no others."""

    def read(node: Node, problems: Problems) -> Entry:
        if not isinstance(node.value, dict):
            raise Wrong(node.place, _("must be a mapping: %s") % ", ".join(fields))
        found = Entry(node.place)
        for name, item in node.value.items():
            found.places[name] = item.place
            _read_into(found, name, item, fields, problems)
        for name in required:
            if node.value.get(name) is None or node.value[name].value is None:
                problems.append(Problem(node.place, _("“%s” is missing") % name))
        return found

    return read


def _read_into(
    found: Entry, name: str, item: Node, fields: Mapping[str, Reader], problems: Problems
) -> None:
    if name not in fields:
        message = _("“%(name)s” is unknown here; known are: %(known)s")
        told = {"name": name, "known": ", ".join(fields)}
        problems.append(Problem(item.place, message % told))
        return
    try:
        found.values[name] = fields[name](item, problems)
    except Wrong as wrong:
        problems.append(wrong.problem)
