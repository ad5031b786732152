"""Units, and zones and clusters."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from stations.models import Facility, Station, Unit, Zone
from stations.services.register_load.register import Register
from stations.services.register_load.values import (
    Entry,
    Reader,
    code,
    column,
    day,
    entry,
    list_of,
    optional,
)

LOCATION = optional(
    entry({"lat": column(Unit, "latitude"), "lon": column(Unit, "longitude")}, ("lat", "lon"))
)

UNIT = entry(
    {
        "code": column(Unit, "code"),
        "kind": column(Unit, "kind"),
        "name": column(Unit, "name"),
        "parent": optional(code),
        "from": day,
        "until": day,
        "location": LOCATION,
    },
    required=("code", "kind", "name"),
)

ZONE = entry(
    {
        "code": column(Zone, "code"),
        "kind": column(Zone, "kind"),
        "name": column(Zone, "name"),
        "units": list_of(code),
        "location": LOCATION,
    },
    required=("code", "kind", "name"),
)


def keep_units(register: Register, entries: list[Entry]) -> None:
    """Units with their parents, whichever comes first in the file."""
    kept = []
    for each in once(register, entries):
        columns = each.given(kind="kind", name="name", valid_from="from", valid_until="until")
        columns |= position(each)
        kept.append((register.units.keep(each.get("code"), columns, code=each.get("code")), each))
        begun, ended = each.get("from"), each.get("until")
        if begun and ended and ended < begun:
            register.refuse(each.at("until"), _("the last day lies before the first"))
    for unit, each in kept:
        if "parent" in each.values:
            register.units.change(unit, parent=register.find(register.units, each.get("parent")))
    by_number = {unit.pk: unit for unit, _each in kept if unit.pk}
    for unit, each in kept:
        if _is_its_own_ancestor(unit, by_number):
            register.refuse(each.at("parent"), _("a unit cannot be a part of itself"))


def _is_its_own_ancestor(unit: Unit, by_number: dict[int, Unit]) -> bool:
    above, seen = unit.parent, set()
    while above is not None and id(above) not in seen:
        above = by_number.get(above.pk, above)
        if above is unit:
            return True
        seen.add(id(above))
        above = above.parent
    return False


def keep_zones(register: Register, entries: list[Entry]) -> None:
    """Zones and clusters. The units named are all the units that one lies in."""
    for each in once(register, entries):
        columns = each.given(kind="kind", name="name") | position(each)
        zone = register.zones.keep(each.get("code"), columns, code=each.get("code"))
        if "units" in each.values:
            units = [register.find(register.units, unit) for unit in each.get("units", [])]
            register.zone_units.set(zone, [unit for unit in units if unit is not None])


def position(each: Entry) -> dict[str, Any]:
    """Latitude and longitude, where the entry tells them."""
    if "location" not in each.values:
        return {}
    where: Entry | None = each.values["location"]
    return {
        "latitude": where.get("lat") if where else None,
        "longitude": where.get("lon") if where else None,
    }


def once(register: Register, entries: list[Entry], name: str = "code") -> list[Entry]:
    """The entries that bear a code, without those whose code another one bears already."""
    seen: dict[str, Entry] = {}
    for each in entries:
        code = each.get(name)
        if code in seen:
            told = {"code": code, "place": seen[code].place}
            register.refuse(each.at(name), _("“%(code)s” stands already at: %(place)s") % told)
        elif code is not None:
            seen[code] = each
    return list(seen.values())


def named(model: type[Facility] | type[Station]) -> dict[str, Reader]:
    """What facilities and stations have in common."""
    return {
        "code": column(model, "code"),
        "name": column(model, "name"),
        "location": LOCATION,
    }
