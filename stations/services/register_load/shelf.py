"""The rows of one table while a register file is compared with them, written back all at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import models

from stations.domain.alphabet import sort_key
from stations.models.names import Named

M = TypeVar("M", bound=models.Model)
BATCH = 500


class Shelf(Generic[M]):
    """All rows of a table by a key that the file knows them by. Only `flush` writes."""

    def __init__(self, model: type[M], key: Callable[[M], Hashable]) -> None:
        self.model = model
        self.key = key
        self.new: list[M] = []
        self._before: dict[int, tuple[M, dict[str, Any]]] = {}

    @cached_property
    def _rows(self) -> dict[Hashable, list[M]]:
        rows: dict[Hashable, list[M]] = defaultdict(list)
        for row in self.model._default_manager.order_by("pk"):
            rows[self.key(row)].append(row)
        return rows

    def of(self, key: Hashable) -> list[M]:
        """The rows of a key, those to be added included."""
        return self._rows.get(key, [])

    def all(self) -> list[M]:
        """Every row, those to be added included."""
        return [row for rows in self._rows.values() for row in rows]

    def one(self, key: Hashable) -> M | None:
        """The row of a key that names one row."""
        rows = self.of(key)
        return rows[0] if rows else None

    def keep(self, key: Hashable, columns: dict[str, Any], **of_new: Any) -> M:
        """The row of a key with these columns; `of_new` are for a row that did not exist."""
        row = self.one(key)
        if row is None:
            return self.add(**{**of_new, **columns})
        self.change(row, **columns)
        return row

    def add(self, **columns: Any) -> M:
        """A row to be inserted."""
        row = self.model(**columns)
        _set_sort_name(row)
        self.new.append(row)
        self._rows[self.key(row)].append(row)
        return row

    def change(self, row: M, **columns: Any) -> None:
        """Sets columns of a row; what ends as it stood before is not written."""
        before = self._before.setdefault(id(row), (row, {}))[1]
        for name, value in columns.items():
            attribute = self.model._meta.get_field(name).attname  # type: ignore[union-attr]
            before.setdefault(attribute, getattr(row, attribute))
            setattr(row, name, value)
        _set_sort_name(row)

    def changed(self) -> list[tuple[M, tuple[str, ...]]]:
        """The rows that differ from the table, each with the columns in which it does."""
        fresh = {id(row) for row in self.new}
        found = []
        for row, before in self._before.values():
            names = tuple(sorted(n for n, value in before.items() if _differs(row, n, value)))
            if names and id(row) not in fresh:
                found.append((row, names))
        return found

    def flush(self) -> tuple[int, int]:
        """Writes changes first, since they end what the new rows follow; (inserted, changed)."""
        changed = self.changed()
        by_columns: dict[tuple[str, ...], list[M]] = defaultdict(list)
        for row, names in changed:
            by_columns[names].append(row)
        for names, rows in by_columns.items():
            self._update(rows, names)
        for rows in self._in_levels():
            self.model._default_manager.bulk_create(rows, batch_size=BATCH)
        return len(self.new), len(changed)

    def _update(self, rows: list[M], attributes: Iterable[str]) -> None:
        names = {self._field_of(attribute) for attribute in attributes}
        if "name" in names and issubclass(self.model, Named):
            names.add("sort_name")
        self.model._default_manager.bulk_update(rows, sorted(names), batch_size=BATCH)

    def _field_of(self, attribute: str) -> str:
        return next(f.name for f in self.model._meta.concrete_fields if f.attname == attribute)

    def _in_levels(self) -> Iterable[list[M]]:
        """New rows, parents before the rows that name them as their own `parent`."""
        waiting = {id(row): row for row in self.new}
        while waiting:
            ready = [row for row in waiting.values() if id(_cached(row, "parent")) not in waiting]
            yield ready
            for row in ready:
                del waiting[id(row)]


def ref(row: models.Model) -> Hashable:
    """What stands for a row in a key, also before it has a number."""
    return row.pk or ("new", id(row))


def under(parent: str) -> Callable[[Any], Hashable]:
    """The key of rows that belong to a parent: all of one parent's under `ref(parent)`."""

    def key(row: models.Model) -> Hashable:
        number = getattr(row, f"{parent}_id")
        return number or ref(_cached(row, parent))  # type: ignore[arg-type]

    return key


def points_to(row: models.Model, name: str, value: Any) -> bool:
    """Whether a column holds a value, or a foreign key names a row that may have no number yet."""
    if not isinstance(value, models.Model):
        return bool(getattr(row, name) == value)
    cached = _cached(row, name)
    return cached is value or (value.pk is not None and getattr(row, f"{name}_id") == value.pk)


def _cached(row: models.Model, name: str) -> models.Model | None:
    return row._state.fields_cache.get(name)


def _differs(row: models.Model, attribute: str, before: Any) -> bool:
    """A foreign key to a row still to be inserted has no number yet, and so differs."""
    target = row._meta.get_field(attribute)
    if target.is_relation:
        cached = _cached(row, target.name)
        if cached is not None:
            return cached.pk is None or cached.pk != before
    return bool(getattr(row, attribute) != before)


def _set_sort_name(row: models.Model) -> None:
    if isinstance(row, Named):
        row.sort_name = sort_key(row.name)
