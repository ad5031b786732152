"""The dated numbers that rules need, as they hold on a day."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from stations.domain.dated import Dated, in_force
from stations.models import RuleSetting
from stations.services.standing import asked_once

Key = RuleSetting.Key


class SettingMissing(Exception):
    """A rule needs a number that nobody entered for that day; the text names both."""


@dataclass(frozen=True, slots=True)
class Settings:
    """A picture of all numbers at the moment of `load`."""

    values: dict[str, tuple[Dated[Decimal], ...]]

    @classmethod
    def load(cls) -> Settings:
        """In one query."""
        return asked_once("settings", cls._load)

    @classmethod
    def _load(cls) -> Settings:
        found: dict[str, list[Dated[Decimal]]] = defaultdict(list)
        for row in RuleSetting.objects.all():
            found[row.key].append(Dated(row.value, row.valid_from, row.valid_until))
        return cls({key: tuple(rows) for key, rows in found.items()})

    def on(self, key: str, day: date) -> Decimal:
        """The number in force on a Vietnamese day. Raises SettingMissing where there is none."""
        value = in_force(self.values.get(key, ()), day)
        if value is None:
            raise SettingMissing(f"{key}, {day}")
        return value
