"""Who stands on a level of the operator or of an agency: the owner, the shift, an agency's head."""

from __future__ import annotations

from datetime import date

from stations.models import Agency, Contact, Jurisdiction, Membership, Station, Zone
from stations.models.dated import in_force
from stations.services.recipients import Recipient, _keeps, _Land


def contacts_of(station: Station, *, role: str, on: date) -> list[Recipient]:
    """The operator's contacts of a role; all of them where the role has none or is not named."""
    rows = Contact.objects.in_force(on).filter(operator=station.facility.operator)
    rows = rows.exclude(email="").select_related("operator").order_by("pk")
    if role and rows.filter(role=role).exists():
        rows = rows.filter(role=role)
    return [
        Recipient(
            address=row.email,
            name=row.name or row.operator.name,
            language=row.language,
            audience="operator",
            contact_id=row.pk,
        )
        for row in rows
    ]


def members_for(station: Station, *, kind: str, role: str, on: date) -> list[Recipient]:
    """The people of a role in the agencies of a kind that answer for a station.

    An agency without such a person is written to at its own mailbox.
    """
    land = _Land([station.facility_id], on)
    agencies = {
        row.agency_id: row.agency
        for row in land.jurisdictions
        if row.agency.kind == kind and land.covers(row, station.facility)
    }
    found: list[Recipient] = []
    for agency in agencies.values():
        found += _people(agency, role, on) or _boxes(agency)
    return found


def members_of_everything(
    *, zone_id: int | None, kind: str, role: str, on: date
) -> list[Recipient]:
    """The same for what is about no station: about a zone, or about the whole province (None)."""
    zone = None if zone_id is None else Zone.objects.filter(pk=zone_id).first()
    rows = Jurisdiction.objects.filter(in_force(on), agency__kind=kind).select_related("agency")
    agencies = {row.agency_id: row.agency for row in rows.order_by("pk") if _keeps(row, zone)}
    found: list[Recipient] = []
    for agency in agencies.values():
        found += _people(agency, role, on) or _boxes(agency)
    return found


def _people(agency: Agency, role: str, on: date) -> list[Recipient]:
    rows = Membership.objects.filter(in_force(on), agency=agency, person__is_active=True).exclude(
        person__email=""
    )
    if role:
        rows = rows.filter(role=role)
    return [
        Recipient(
            address=row.person.email,
            name=str(row.person),
            language=row.person.language,
            audience="agency",
            agency_kind=agency.kind,
            person_id=row.person_id,
        )
        for row in rows.select_related("person").order_by("pk")
    ]


def _boxes(agency: Agency) -> list[Recipient]:
    return [
        Recipient(
            address=address,
            name=agency.name,
            language=agency.language,
            audience="agency",
            agency_kind=agency.kind,
        )
        for address in agency.emails
    ]
