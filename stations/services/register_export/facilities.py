"""Facilities with their operators and stations."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from stations.models import (
    Contact,
    DesignFlow,
    Edition,
    Facility,
    FacilityUnit,
    Operator,
    Permit,
    PollutingType,
    ReceivingWater,
    Unit,
)
from stations.services.register_export.stations import stations_by_facility
from stations.services.register_export.writing import days, filled, histories, history, location


def facilities() -> list[dict[str, Any]]:
    """All facilities; an operator's contacts stand with the first of its facilities."""
    units: dict[int | None, str] = dict(Unit.objects.values_list("pk", "code"))
    places, flows = histories(FacilityUnit, "facility"), histories(DesignFlow, "facility")
    types = histories(PollutingType, "facility")
    waters = histories(ReceivingWater, "facility")
    stations = stations_by_facility()
    permits, editions = (
        histories(Permit, "facility"),
        dict(Edition.objects.values_list("pk", "code")),
    )
    contacts = _contacts()
    told = []
    for row in (
        Facility.objects.filter(synthetic=False).select_related("zone", "operator").order_by("code")
    ):
        told.append(
            filled(
                code=row.code,
                name=row.name,
                location=location(row),
                zone=row.zone.code if row.zone else None,
                unit=history(places[row.pk], lambda place: units[place.unit_id]),
                kind=row.kind,
                owned_by_unit=units.get(row.owned_by_unit_id),
                operator=_operator(row.operator, contacts.pop(row.operator_id, [])),
                design_flow_m3_per_day=history(flows[row.pk], lambda flow: flow.m3_per_day),
                polluting_type=history(types[row.pk], lambda kind: kind.polluting),
                receiving_water=history(waters[row.pk], _water),
                permits=[_permit(permit, editions) for permit in _in_order(permits[row.pk])],
                stations=stations[row.pk],
            )
        )
    return told


def _water(row: ReceivingWater) -> dict[str, Any]:
    return filled(kind=row.kind, flow_m3_per_s=row.flow_m3_per_s, volume_m3=row.volume_m3)


def _in_order(permits: list[Permit]) -> list[Permit]:
    return sorted(permits, key=lambda permit: permit.number)


def _permit(row: Permit, editions: dict[int, str]) -> dict[str, Any]:
    told = filled(
        number=row.number,
        regulation=editions[row.edition_id] if row.edition_id else None,
        column=row.column,
        kq=row.kq,
        kf=row.kf,
        flow_m3_per_day=row.flow_m3_per_day,
    )
    return told | days(row) | filled(confirmed=row.confirmed)


def _contacts() -> dict[int | None, list[Contact]]:
    found: dict[int | None, list[Contact]] = defaultdict(list)
    for contact in Contact.objects.order_by("pk"):
        found[contact.operator_id].append(contact)
    return found


def _operator(operator: Operator | None, contacts: list[Contact]) -> dict[str, Any] | None:
    if operator is None:
        return None
    return filled(
        name=operator.name,
        contacts=[_contact(row) for row in contacts if not _is_mailbox(row)],
        emails=[row.email for row in contacts if _is_mailbox(row)],
    )


def _is_mailbox(row: Contact) -> bool:
    """An address alone, as `emails:` tells it."""
    return (
        row.role == Contact.Role.MAILBOX
        and not (row.name or row.phone or days(row))
        and row.language == "vi"
    )


def _contact(row: Contact) -> dict[str, Any]:
    told = filled(name=row.name, role=row.role, email=row.email, phone=row.phone)
    return told | filled(language=None if row.language == "vi" else row.language) | days(row)
