"""What all tables of the data plane share: they are keyed by station, so they can be spread."""

from __future__ import annotations

from typing import Any

from django.db import models

NOBODY = 0
"""The station of a delivery that belongs to nobody."""


class OfStation(models.Model):
    """A row of one station. No constraint crosses stations; no trigger (house.md, "Readings")."""

    station = models.ForeignKey(
        "stations.Station",
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )

    class Meta:
        abstract = True


class ExactField(models.DecimalField):
    """A numeric without bounds: whatever sum comes, it is kept to its last digit."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "max_digits": 1000, "decimal_places": 500})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_digits"], kwargs["decimal_places"]
        return name, path, args, kwargs

    def db_type(self, connection: Any) -> str:
        return "numeric"
