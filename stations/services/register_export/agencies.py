"""Agencies and what they answer for."""

from __future__ import annotations

from typing import Any

from stations.models import Agency, Facility, Jurisdiction
from stations.services.register_export.writing import days, filled
from stations.services.register_load.agencies import USUALLY

What = Jurisdiction.What


def agencies() -> list[dict[str, Any]]:
    """All but the operators' own, which follow from their people."""
    facility_of = first_facilities()
    rows = Agency.objects.exclude(kind=Agency.Kind.OPERATOR).select_related("unit")
    return [
        _agency(agency, facility_of)
        for agency in rows.prefetch_related(
            "jurisdictions__unit", "jurisdictions__zone", "jurisdictions__operator"
        ).order_by("code")
    ]


def first_facilities() -> dict[int | None, str]:
    """A facility by which a file names an operator: the first of its codes."""
    found: dict[int | None, str] = {}
    for operator, code in Facility.objects.order_by("code").values_list("operator", "code"):
        found.setdefault(operator, code)
    return found


def _agency(agency: Agency, facility_of: dict[int | None, str]) -> dict[str, Any]:
    told = filled(
        code=agency.code,
        kind=agency.kind,
        name=agency.name,
        emails=list(agency.emails),
        language=None if agency.language == "vi" else agency.language,
        unit=agency.unit.code if agency.unit else None,
    )
    rows = sorted(agency.jurisdictions.all(), key=lambda row: row.pk)
    if not _is_usual(agency, rows):
        told["jurisdictions"] = [_jurisdiction(row, facility_of) for row in rows]
    return told


def _is_usual(agency: Agency, rows: list[Jurisdiction]) -> bool:
    if len(rows) != 1 or days(rows[0]):
        return False
    what = USUALLY[Agency.Kind(agency.kind)]
    return rows[0].what == what and (what != What.UNIT or rows[0].unit_id == agency.unit_id)


def _jurisdiction(row: Jurisdiction, facility_of: dict[int | None, str]) -> dict[str, Any]:
    operator = facility_of.get(row.operator_id, row.operator.name) if row.operator else None
    code = row.unit.code if row.unit else row.zone.code if row.zone else operator
    return {**filled(what=row.what, code=code), **days(row)}
