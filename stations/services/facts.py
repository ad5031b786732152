"""Brings the facts of `stations/facts` into the database, and leaves alone what people changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from django.apps import apps as current_apps
from django.db import models

FACTS = Path(__file__).resolve().parent.parent / "facts"


def load_facts(apps: Any = current_apps) -> int:
    """Inserts and updates parameters, units and regulations; the number of rows written.

    `apps` is the registry of a migration, or the current one. A row that a person has changed
    (its history has an event with a context: the admin leaves one, this does not) is not touched
    again, nor is any limit of the same edition, parameter, column, source and period.
    """
    facts = _Facts(apps)
    _parameters(facts)
    _units(facts)
    for file in sorted((FACTS / "regulations").glob("*.yaml")):
        _edition(facts, _read(file))
    return facts.written


def load_settings(apps: Any = current_apps) -> int:
    """The same for the numbers of the rules and the tables of indices."""
    facts = _Facts(apps)
    for row in _read(FACTS / "settings.yaml"):
        values = {"source": row["source"], "provenance": row["provenance"]}
        key = {"key": row["key"], "valid_from": row.get("from")}
        facts.keep("RuleSetting", key, {"value": Decimal(row["value"]), **values})
    for file in sorted((FACTS / "indices").glob("*.yaml")):
        table = _read(file)
        about = {name: table.pop(name) for name in ("source", "provenance")}
        key = {"code": table.pop("code"), "valid_from": table.pop("from", None)}
        facts.keep("IndexTable", key, {"content": table, **about})
    return facts.written


@dataclass
class _Facts:
    """The register as a migration sees it."""

    apps: Any
    written: int = 0

    def model(self, name: str) -> type[models.Model]:
        model: type[models.Model] = self.apps.get_model("stations", name)
        return model

    def keep(self, name: str, key: Mapping[str, Any], values: Mapping[str, Any]) -> models.Model:
        """The row of this key with these values, unless a person gave it others."""
        rows = self.model(name)._default_manager
        row = rows.filter(**key).first()
        if row is None:
            self.written += 1
            return rows.create(**key, **values)
        changed = [column for column, value in values.items() if getattr(row, column) != value]
        if changed and not self.touched(name, pgh_obj=row.pk):
            for column in changed:
                setattr(row, column, values[column])
            row.save(update_fields=changed)
            self.written += 1
        return row

    def touched(self, name: str, **of: Any) -> bool:
        """Whether a person changed any row that fits."""
        events = self.model(f"{name}Event")._default_manager
        return events.filter(pgh_context__isnull=False, **of).exists()


def _parameters(facts: _Facts) -> None:
    for position, each in enumerate(_read(FACTS / "parameters.yaml"), start=1):
        low, high = each.get("range", (None, None))
        facts.keep(
            "Parameter",
            {"symbol": each["symbol"]},
            {
                "name_vi": each["vi"],
                "name_en": each["en"],
                "units": each["units"],
                "aliases": each.get("aliases", []),
                "slow_minutes": each.get("slow_minutes"),
                "range_low": _decimal(low),
                "range_high": _decimal(high),
                "can_be_negative": each.get("can_be_negative", False),
                "position": position,
            },
        )


def _units(facts: _Facts) -> None:
    units = _read(FACTS / "units.yaml")
    for code, spellings in units["units"].items():
        facts.keep("UnitOfMeasure", {"code": code}, {"spellings": spellings})
    for source, target, factor in units["conversions"]:
        key = {"from_unit": source, "to_unit": target}
        facts.keep("UnitConversion", key, {"factor": Decimal(factor)})


def _edition(facts: _Facts, law: Mapping[str, Any]) -> None:
    regulation = facts.keep("Regulation", {"code": law["regulation"]}, {"title": law["title"]})
    edition = facts.keep(
        "Edition",
        {"code": law["code"]},
        {
            "regulation_id": regulation.pk,
            "medium": law["medium"],
            "columns": law["columns"],
            "in_force_from": law["in_force"].get("from"),
            "in_force_until": law["in_force"].get("until"),
            "period": law["period"],
            "min_capture": Decimal(law["min_capture"]),
            "grace_minutes": law["grace_minutes"],
            "reference_oxygen": _decimal(law.get("reference_oxygen")),
            "factors": _as_json(law.get("factors", {})),
            "provenance": law["provenance"],
            "note": law.get("note", ""),
        },
    )
    for key, values in _cells(law):
        _limit(facts, edition, key, values)


def _limit(
    facts: _Facts, edition: models.Model, key: dict[str, Any], values: dict[str, Any]
) -> None:
    parameters = facts.model("Parameter")._default_manager
    cell = {
        "edition_id": edition.pk,
        "parameter_id": parameters.get(symbol=key["parameter"]).pk,
        **{name: key[name] for name in ("column", "source_type", "period")},
    }
    if not facts.touched("EditionLimit", **cell):
        facts.keep("EditionLimit", {**cell, "valid_from": key["valid_from"]}, values)


def _cells(law: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each number of the edition: what identifies it, and what it says."""
    for row in law["limits"]:
        for column in law["columns"]:
            if column not in row:
                continue
            minimum, maximum = _sides(row[column])
            key = {
                "parameter": row["parameter"],
                "column": column,
                "source_type": row.get("source_type", ""),
                "period": row.get("period", law["period"]),
                "valid_from": row.get("from"),
            }
            yield (
                key,
                {
                    "valid_until": row.get("until"),
                    "minimum": minimum,
                    "maximum": maximum,
                    "takes_factors": row.get("takes_factors", bool(law.get("factors"))),
                    "provenance": row["provenance"],
                    "note": row.get("note", ""),
                },
            )


def _sides(written: Any) -> tuple[Decimal | None, Decimal | None]:
    """(minimum, maximum) of `75`, `[6, 9]` or `{min: 6}`."""
    if isinstance(written, list):
        low, high = written
        return _decimal(low), _decimal(high)
    if isinstance(written, dict):
        return _decimal(written.get("min")), _decimal(written.get("max"))
    return None, _decimal(written)


def _decimal(written: float | str | None) -> Decimal | None:
    return None if written is None else Decimal(str(written))


def _as_json(tables: Mapping[str, Any]) -> dict[str, Any]:
    """Factor tables as JSON gives them back: its keys are strings."""
    return {
        name: {str(key): factor for key, factor in table.items()}
        if isinstance(table, dict)
        else table
        for name, table in tables.items()
    }


def _read(file: Path) -> Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))
