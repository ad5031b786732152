"""What a station and its place are called where there is little room."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from stations.models import Facility, FacilityUnit, Station, Zone

INFRASTRUCTURE = (Facility.Kind.ZONE_INFRASTRUCTURE, Facility.Kind.CLUSTER_INFRASTRUCTURE)


def short_code(station: Station) -> str:
    """The code without the facility's: NT01 of KCNQC-NT01."""
    return station.code.removeprefix(f"{station.facility.code}-")


def place_name(facility: Facility) -> str:
    """The zone, for what is its infrastructure; else the facility itself."""
    if facility.zone is not None and facility.kind in INFRASTRUCTURE:
        return facility.zone.name
    return facility.name


def short_name(station: Station) -> str:
    """NT01 KCN Quang Châu."""
    return f"{short_code(station)} {place_name(station.facility)}"


def units_of(facilities: Iterable[Facility], *, on: date) -> dict[int, list[tuple[str, str]]]:
    """Code and name of the units in which facilities lie: their own, else their zone's."""
    rows = {facility.pk: facility.zone_id for facility in facilities}
    own: dict[int, list[tuple[str, str]]] = defaultdict(list)
    placed = FacilityUnit.objects.filter(facility__in=rows).in_force(on)
    for facility, code, name in placed.values_list("facility", "unit__code", "unit__name"):
        own[facility].append((code, name))
    of_zone: dict[int | None, list[tuple[str, str]]] = defaultdict(list)
    zones = Zone.objects.filter(pk__in={zone for zone in rows.values() if zone}, units__gt=0)
    for zone, code, name in zones.order_by("units__sort_name").values_list(
        "pk", "units__code", "units__name"
    ):
        of_zone[zone].append((code, name))
    return {facility: own[facility] or of_zone[zone] for facility, zone in rows.items()}
