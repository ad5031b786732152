"""The environmental permits of a facility, as their papers print them."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from stations.models import Edition, Facility, Permit
from stations.services.register_load.confirmation import confirmation
from stations.services.register_load.dated import check_days, keep_dated, stated_of
from stations.services.register_load.register import Register
from stations.services.register_load.shelf import ref
from stations.services.register_load.values import (
    Entry,
    any_text,
    code,
    column,
    day,
    entry,
    optional,
)

PERMIT = entry(
    {
        "number": column(Permit, "number"),
        "regulation": optional(code),
        "column": column(Permit, "column"),
        "kq": optional(column(Permit, "kq")),
        "kf": optional(column(Permit, "kf")),
        "flow_m3_per_day": optional(column(Permit, "flow_m3_per_day")),
        "from": day,
        "until": day,
        "confirmed": any_text,
    },
    required=("number",),
)


def permits_of(register: Register, facility: Facility) -> list[Permit]:
    """All permits of a facility, those to be added included."""
    found: list[Permit] = register.facts[Permit].of(ref(facility))
    return found


def permit_of(known: list[Permit], number: str | None, since: date | None) -> Permit | None:
    """The permit of a number: of several rows the one that holds on this day, else the first."""
    rows = sorted(
        (row for row in known if row.number == number), key=lambda row: row.valid_from or date.min
    )
    begun = [row for row in rows if (row.valid_from or date.min) <= (since or date.min)]
    return begun[-1] if begun else next(iter(rows), None)


def keep_facility_permits(register: Register, facility: Facility, entries: list[Entry]) -> None:
    """Permits of one number follow one another; those of others stand beside."""
    histories: dict[str, list[Entry]] = {}
    for each in entries:
        if each.get("number"):
            histories.setdefault(each.get("number"), []).append(each)
    shelf = register.facts[Permit]
    for number, told in histories.items():
        rows = [row for row in permits_of(register, facility) if row.number == number]
        stated = [(stated_of(each, each), _columns(register, each, rows)) for each in told]
        check_days([one for one, _columns_ in stated], register.problems)
        keep_dated(shelf, rows, stated, facility=facility, number=number)


def _columns(register: Register, each: Entry, rows: list[Permit]) -> dict[str, Any]:
    known = next((row for row in rows if row.valid_from == each.get("from")), None)
    columns = each.given(column="column", kq="kq", kf="kf", flow_m3_per_day="flow_m3_per_day")
    if "regulation" in each.values:
        columns["edition"] = _edition(register, each)
    return {**columns, **confirmation(each, known)}


def _edition(register: Register, each: Entry) -> Edition | None:
    name = each.get("regulation")
    edition = register.editions.get(name)
    if name is None:
        return None
    if edition is None:
        told = {"code": name, "known": ", ".join(register.editions)}
        register.refuse(name.place, _("“%(code)s” is none of the editions: %(known)s") % told)
    elif each.get("column") and each.get("column") not in edition.columns:
        told = {"code": edition.code, "known": ", ".join(edition.columns)}
        register.refuse(each.at("column"), _("the columns of %(code)s are: %(known)s") % told)
    return edition
