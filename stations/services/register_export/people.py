"""People and their memberships, without passwords."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from stations.models import Agency, Facility, Membership, Person
from stations.services.register_export.writing import days, filled


def people() -> list[dict[str, Any]]:
    """Everyone, by user name."""
    facilities: dict[int | None, list[str]] = defaultdict(list)
    for operator, code in Facility.objects.order_by("code").values_list("operator", "code"):
        facilities[operator].append(code)
    rows = Person.objects.prefetch_related("memberships__agency").order_by("username")
    return [_person(person, facilities) for person in rows]


def _person(person: Person, facilities: dict[int | None, list[str]]) -> dict[str, Any]:
    memberships = sorted(person.memberships.all(), key=lambda row: row.pk)
    told = filled(
        username=person.username,
        name=person.name,
        email=person.email,
        phone=person.phone,
        language=person.language,
        active=None if person.is_active else False,
    )
    told |= _agencies([row for row in memberships if not _is_operators(row)])
    services = [row for row in memberships if _is_operators(row)]
    return told | filled(operator_of=[one for row in services for one in _service(row, facilities)])


def _agencies(rows: list[Membership]) -> dict[str, Any]:
    if len(rows) == 1 and not days(rows[0]):
        return {"agency": rows[0].agency.code, "role": rows[0].role}
    return filled(
        memberships=[{"agency": row.agency.code, "role": row.role, **days(row)} for row in rows]
    )


def _service(row: Membership, facilities: dict[int | None, list[str]]) -> list[Any]:
    codes = facilities[row.agency.operator_id]
    if not days(row):
        return list(codes)
    return [{"value": code, **days(row)} for code in codes[:1]]


def _is_operators(row: Membership) -> bool:
    return bool(row.agency.kind == Agency.Kind.OPERATOR)
