"""The register as plain mappings and lists, in the shape of a register file."""

from __future__ import annotations

from typing import Any

from stations.models import Unit, Zone
from stations.services.register_export.agencies import agencies
from stations.services.register_export.facilities import facilities
from stations.services.register_export.people import people
from stations.services.register_export.writing import filled, location

Tree = dict[str, Any]


def register_tree() -> Tree:
    """Everything that a register file can say, in a fixed order; no passwords."""
    tree = {
        "units": [_unit(unit) for unit in Unit.objects.select_related("parent").order_by("code")],
        "zones": [_zone(zone) for zone in Zone.objects.prefetch_related("units").order_by("code")],
        "agencies": agencies(),
        "facilities": facilities(),
        "people": people(),
    }
    return filled(**tree)


def _unit(unit: Unit) -> Tree:
    return filled(
        code=unit.code,
        kind=unit.kind,
        name=unit.name,
        parent=unit.parent.code if unit.parent else None,
        **{"from": unit.valid_from, "until": unit.valid_until},
        location=location(unit),
    )


def _zone(zone: Zone) -> Tree:
    return filled(
        code=zone.code,
        kind=zone.kind,
        name=zone.name,
        units=sorted(unit.code for unit in zone.units.all()),
        location=location(zone),
    )
