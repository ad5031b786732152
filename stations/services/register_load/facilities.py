"""Facilities, what is dated about them, and who runs them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from stations.models import (
    Contact,
    DesignFlow,
    Facility,
    FacilityUnit,
    Operator,
    PollutingType,
    ReceivingWater,
)
from stations.services.register_load.agencies import LANGUAGES
from stations.services.register_load.dated import dated, keep_dated, stated_of
from stations.services.register_load.facility_permits import PERMIT, keep_facility_permits
from stations.services.register_load.places import named, once, position
from stations.services.register_load.register import Register
from stations.services.register_load.shelf import ref
from stations.services.register_load.stations import STATION, keep_stations
from stations.services.register_load.tree import Node
from stations.services.register_load.values import (
    Entry,
    Problems,
    Wrong,
    address,
    choice,
    code,
    column,
    day,
    entry,
    list_of,
    optional,
)

CONTACT = entry(
    {
        "name": column(Contact, "name"),
        "role": column(Contact, "role"),
        "email": column(Contact, "email"),
        "phone": column(Contact, "phone"),
        "language": choice(LANGUAGES),
        "from": day,
        "until": day,
    }
)

OPERATOR = entry(
    {
        "name": column(Operator, "name"),
        "contacts": list_of(CONTACT),
        "emails": list_of(address),
    },
    required=("name",),
)

_WATER = entry(
    {
        "kind": column(ReceivingWater, "kind"),
        "flow_m3_per_s": optional(column(ReceivingWater, "flow_m3_per_s")),
        "volume_m3": optional(column(ReceivingWater, "volume_m3")),
    },
    required=("kind",),
)


def water(node: Node, problems: Problems) -> Entry:
    """A river by its flow, or a lake by its volume."""
    found: Entry = _WATER(node, problems)
    stranger = {"river": "volume_m3", "lake": "flow_m3_per_s"}.get(found.get("kind"))
    if stranger and found.get(stranger) is not None:
        raise Wrong(found.at(stranger), _("“%s” does not belong to this kind of water") % stranger)
    return found


FACILITY = entry(
    {
        **named(Facility),
        "kind": column(Facility, "kind"),
        "zone": optional(code),
        "unit": dated(code),
        "owned_by_unit": optional(code),
        "operator": optional(OPERATOR),
        "design_flow_m3_per_day": dated(column(DesignFlow, "m3_per_day")),
        "polluting_type": dated(column(PollutingType, "polluting")),
        "receiving_water": dated(water),
        "permits": list_of(PERMIT),
        "stations": list_of(STATION),
    },
    required=("code", "name", "kind"),
)


def keep_facilities(register: Register, entries: list[Entry]) -> None:
    """Facilities with all that belongs to them."""
    stations = []
    for each in once(register, entries):
        columns = each.given(name="name", kind="kind") | position(each)
        if "zone" in each.values:
            columns["zone"] = register.find(register.zones, each.get("zone"))
        if "owned_by_unit" in each.values:
            columns["owned_by_unit"] = register.find(register.units, each.get("owned_by_unit"))
        if "operator" in each.values:
            columns["operator"] = _operator(register, each.get("operator"))
        facility = register.facilities.keep(each.get("code"), columns, code=each.get("code"))
        _keep_facts(register, facility, each)
        keep_facility_permits(register, facility, each.get("permits", []))
        stations += [(facility, station) for station in each.get("stations", [])]
    keep_stations(register, stations)


def _keep_facts(register: Register, facility: Facility, each: Entry) -> None:
    places = [
        (stated, {"unit": unit})
        for stated in each.get("unit", [])
        if (unit := register.find(register.units, stated.value)) is not None
    ]
    shelf = register.facts[FacilityUnit]
    keep_dated(shelf, shelf.of(ref(facility)), places, facility=facility)
    facts: dict[str, tuple[type[models.Model], Callable[[Any], Mapping[str, Any]]]] = {
        "design_flow_m3_per_day": (DesignFlow, lambda value: {"m3_per_day": value}),
        "polluting_type": (PollutingType, lambda value: {"polluting": value}),
        "receiving_water": (ReceivingWater, _water_columns),
    }
    for name, (model, columns) in facts.items():
        stated = [(one, columns(one.value)) for one in each.get(name, [])]
        shelf = register.facts[model]
        keep_dated(shelf, shelf.of(ref(facility)), stated, facility=facility)


def _water_columns(found: Entry) -> dict[str, Any]:
    return {name: found.get(name) for name in ("kind", "flow_m3_per_s", "volume_m3")}


def _operator(register: Register, found: Entry | None) -> Operator | None:
    if found is None or found.get("name") is None:
        return None
    name = found.get("name")
    operator = register.operators.keep(name, {}, name=name)
    for each in found.get("contacts", []):
        _contact(register, operator, each)
    for email in found.get("emails", []):
        mailbox = Entry(found.at("emails"), {"role": Contact.Role.MAILBOX, "email": email})
        _contact(register, operator, mailbox)
    return operator


def _contact(register: Register, operator: Operator, each: Entry) -> None:
    """A contact is known by its role and name, or without a name by its address or telephone."""
    if not each.get("email") and not each.get("phone"):
        register.refuse(each.place, _("a contact needs an e-mail address or a telephone"))
        return
    columns = each.given(name="name", role="role", email="email", phone="phone")
    columns |= each.given(language="language")
    me = Contact(**columns)
    rows = register.contacts.of(ref(operator))
    same = [row for row in rows if _identity(row) == _identity(me)]
    same = [row for row in same if (row.email, row.phone) == (me.email, me.phone)] or same
    keep_dated(register.contacts, same, [(stated_of(each, each), columns)], operator=operator)


def _identity(row: Contact) -> tuple[str, str]:
    return row.role, row.name or row.email or row.phone
