"""A many-to-many relation while a register file is compared with it."""

from __future__ import annotations

from typing import Any

from django.db import models


class Pairs:
    """Which rows belong together; only what differs is written."""

    def __init__(self, relation: Any) -> None:
        self.through: type[models.Model] = relation.through
        self.near: str = relation.field.m2m_field_name()
        self.far: str = relation.field.m2m_reverse_field_name()
        self._exact: list[tuple[models.Model, list[models.Model]]] = []
        self._more: list[tuple[models.Model, models.Model]] = []

    def set(self, row: models.Model, others: list[models.Model]) -> None:
        """A row belongs with these and no others."""
        self._exact.append((row, others))

    def add(self, row: models.Model, other: models.Model) -> None:
        """A row belongs with this one too."""
        self._more.append((row, other))

    def flush(self) -> tuple[int, int]:
        """Writes the difference; the number of pairs added, and of those taken away."""
        rows = self.through._default_manager.all()
        stored = {
            (near, far): pk
            for pk, near, far in rows.values_list("pk", f"{self.near}_id", f"{self.far}_id")
        }
        wanted = {(row.pk, other.pk) for row, other in self._more}
        exact = {row.pk: {other.pk for other in others} for row, others in self._exact}
        wanted |= {(near, far) for near, fars in exact.items() for far in fars}
        gone = [
            pk
            for (near, far), pk in stored.items()
            if near in exact and far not in exact[near] and (near, far) not in wanted
        ]
        missing = sorted(wanted - set(stored))
        rows.filter(pk__in=gone).delete()
        self.through._default_manager.bulk_create(
            self.through(**{f"{self.near}_id": near, f"{self.far}_id": far})
            for near, far in missing
        )
        return len(missing), len(gone)
