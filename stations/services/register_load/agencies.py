"""Agencies, and what each answers for."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from stations.models import Agency, Jurisdiction, Operator, Person
from stations.services.register_load.dated import keep_dated, stated_of
from stations.services.register_load.places import once
from stations.services.register_load.register import Register
from stations.services.register_load.shelf import points_to, ref
from stations.services.register_load.tree import Place
from stations.services.register_load.values import (
    Code,
    Entry,
    Stated,
    address,
    choice,
    code,
    column,
    day,
    entry,
    list_of,
    optional,
)

Kind, What = Agency.Kind, Jurisdiction.What
LANGUAGES = [language for language, _label in Person._meta.get_field("language").choices or ()]

USUALLY = {
    Kind.ENVIRONMENT: What.PROVINCE,
    Kind.SUB_DEPARTMENT: What.PROVINCE,
    Kind.LEADERSHIP: What.PROVINCE,
    Kind.MINISTRY: What.PROVINCE,
    Kind.ZONES_BOARD: What.ALL_ZONES,
    Kind.INDUSTRY_TRADE: What.ALL_CLUSTERS,
    Kind.DISTRICT: What.UNIT,
    Kind.INFORMATION: What.LINKS,
}
"""What an agency answers for when the file does not say."""

AGENCY = entry(
    {
        "code": column(Agency, "code"),
        "kind": choice([kind.value for kind in USUALLY]),
        "name": column(Agency, "name"),
        "emails": list_of(address),
        "language": choice(LANGUAGES),
        "unit": optional(code),
        "jurisdictions": list_of(
            entry(
                {"what": column(Jurisdiction, "what"), "code": code, "from": day, "until": day},
                required=("what",),
            )
        ),
    },
    required=("code", "kind", "name"),
)


def keep_agencies(register: Register, entries: list[Entry]) -> None:
    """Agencies with their jurisdictions, the usual one of their kind where none is told."""
    for each in once(register, entries):
        columns = each.given(kind="kind", name="name", emails="emails", language="language")
        if "unit" in each.values:
            columns["unit"] = register.find(register.units, each.get("unit"))
        known = register.agencies.one(each.get("code"))
        unit_before = known.unit_id if known else None
        agency = register.agencies.keep(each.get("code"), columns, code=each.get("code"))
        if "jurisdictions" in each.values:
            for told in each.get("jurisdictions", []):
                _keep_jurisdiction(register, agency, told)
        elif each.get("kind"):
            _keep_usual(register, agency, each, unit_before)


def _keep_jurisdiction(register: Register, agency: Agency, told: Entry) -> None:
    what = told.get("what")
    if what is None:
        return
    covered = _covered(register, what, told)
    if covered is not None:
        stated = stated_of(told, told)
        _keep(register, agency, {"what": what, **covered}, stated)


def _covered(register: Register, what: str, told: Entry) -> dict[str, Any] | None:
    """The column that names what is covered; None where it cannot be told."""
    name: Code | None = told.get("code")
    if what not in (What.UNIT, What.ZONE, What.OPERATOR):
        if name is not None:
            register.refuse(told.at("code"), _("“%s” covers all of them and takes no code") % what)
        return {}
    if name is None:
        register.refuse(told.place, _("“%s” is missing") % "code")
        return None
    if what == What.UNIT:
        found: Any = register.find(register.units, name)
    elif what == What.ZONE:
        found = register.find(register.zones, name)
    else:
        found = operator_of(register, name)
    return None if found is None else {what: found}


def _keep_usual(register: Register, agency: Agency, each: Entry, unit_before: int | None) -> None:
    what = USUALLY[Kind(agency.kind)]
    rows = register.jurisdictions.of(ref(agency))
    columns: dict[str, Any] = {"what": what}
    if what == What.UNIT:
        if agency.unit is None:
            register.refuse(each.place, _("“%s” is missing") % "unit")
            return
        columns["unit"] = agency.unit
    if not rows:
        _keep(register, agency, columns, Stated(None, None, None, each.place))
    elif len(rows) == 1 and what == rows[0].what == What.UNIT and rows[0].unit_id == unit_before:
        register.jurisdictions.change(rows[0], unit=agency.unit)


def _keep(register: Register, agency: Agency, columns: dict[str, Any], stated: Stated) -> None:
    same = [
        row
        for row in register.jurisdictions.of(ref(agency))
        if all(points_to(row, name, value) for name, value in columns.items())
    ]
    keep_dated(register.jurisdictions, same, [(stated, columns)], agency=agency)


def operator_of(register: Register, name: Code) -> Operator | None:
    """The operator of the facility of this code, else the operator of this name."""
    facility = register.facilities.one(name)
    found = register.operators.one(name) if facility is None else facility.operator
    if found is None:
        register.refuse(name.place, _("“%s” is no facility with an operator") % name)
    return found


def agency_of(register: Register, operator: Operator, facility: Code) -> Agency:
    """The agency to which an operator's own people belong; it answers for its facilities."""
    for agency in register.agencies.all():
        if agency.kind == Kind.OPERATOR and points_to(agency, "operator", operator):
            return agency
    agency = register.agencies.add(
        code=_free_code(register, facility),
        kind=Kind.OPERATOR,
        name=operator.name,
        operator=operator,
    )
    columns = {"what": What.OPERATOR, "operator": operator}
    _keep(register, agency, columns, Stated(None, None, None, Place()))
    return agency


def _free_code(register: Register, facility: Code) -> str:
    wanted = code = f"DVVH-{facility}"[:50]
    tries = 1
    while register.agencies.one(code) is not None:
        tries += 1
        code = f"{wanted}-{tries}"
    return code
