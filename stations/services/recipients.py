"""Who is to hear about a station: its operator's contacts, and the agencies that answer for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from django.utils import timezone

from stations.models import (
    Agency,
    Contact,
    Facility,
    FacilityUnit,
    Jurisdiction,
    Membership,
    Station,
    Unit,
    Zone,
)
from stations.models.dated import in_force
from stations.services.grants import VIEW_LINKS, VIEW_READINGS, rights_of

What = Jurisdiction.What


@dataclass(frozen=True, slots=True)
class Recipient:
    """One mailbox, and in whose name it is written to."""

    address: str
    name: str
    language: str
    audience: Literal["operator", "agency"]
    agency_kind: str | None = None
    person_id: int | None = None
    contact_id: int | None = None


def recipients_for(station: Station, *, on: date | None = None) -> list[Recipient]:
    """Who hears about this station on a day (today): first the operator, then the agencies."""
    return recipients_for_many([station], on=on)[station.pk]


def recipients_for_many(
    stations: Iterable[Station], *, on: date | None = None
) -> dict[int, list[Recipient]]:
    """The same for many stations, in a fixed number of queries; by the station's id.

    An address stands once for the operator and once for each kind of agency, whatever the number
    of contacts that share it.
    """
    day = on or timezone.localdate()
    facility_of = {station.pk: station.facility_id for station in stations}
    facilities = {row.pk: row for row in Facility.objects.filter(pk__in=facility_of.values())}
    contacts = _contacts({row.operator_id for row in facilities.values()}, day)
    land = _Land(facilities, day)
    boxes = _agency_boxes(land.jurisdictions, day)
    found = {}
    for station, number in facility_of.items():
        facility = facilities[number]
        agencies = dict.fromkeys(
            jurisdiction.agency_id
            for jurisdiction in land.jurisdictions
            if land.covers(jurisdiction, facility)
        )
        everyone = [
            *contacts[facility.operator_id],
            *(box for agency in agencies for box in boxes[agency]),
        ]
        found[station] = _each_address_once(everyone)
    return found


def keepers_of_lines(zone_id: int | None, *, on: date) -> list[Recipient]:
    """The agencies that look after the lines of a zone or cluster, or of the whole province
    (None): those that may see links there. Operators are none of them."""
    zone = None if zone_id is None else Zone.objects.filter(pk=zone_id).first()
    rows = Jurisdiction.objects.filter(in_force(on)).exclude(agency__kind=Agency.Kind.OPERATOR)
    keeping = [
        row
        for row in rows.select_related("agency").order_by("pk")
        if VIEW_LINKS in rights_of(kind=row.agency.kind, role=Membership.Role.VIEWER, what=row.what)
        and _keeps(row, zone)
    ]
    boxes = _agency_boxes(keeping, on)
    agencies = dict.fromkeys(row.agency_id for row in keeping)
    return _each_address_once(box for agency in agencies for box in boxes[agency])


def _keeps(jurisdiction: Jurisdiction, zone: Zone | None) -> bool:
    if jurisdiction.what in (What.PROVINCE, What.LINKS):
        return True
    if zone is None:
        return False
    match jurisdiction.what:
        case What.ZONE:
            return jurisdiction.zone_id == zone.pk
        case What.ALL_ZONES:
            return zone.kind == Zone.Kind.ZONE
        case What.ALL_CLUSTERS:
            return zone.kind == Zone.Kind.CLUSTER
    return False


def _each_address_once(recipients: Iterable[Recipient]) -> list[Recipient]:
    once: dict[tuple[str, str, str | None], Recipient] = {}
    for each in recipients:
        once.setdefault((each.address.casefold(), each.audience, each.agency_kind), each)
    return list(once.values())


def _contacts(operators: set[int | None], on: date) -> Mapping[int | None, list[Recipient]]:
    found: dict[int | None, list[Recipient]] = defaultdict(list)
    rows = Contact.objects.in_force(on).filter(operator__in=operators - {None}).exclude(email="")
    for row in rows.select_related("operator").order_by("operator", "pk"):
        found[row.operator_id].append(
            Recipient(
                address=row.email,
                name=row.name or row.operator.name,
                language=row.language,
                audience="operator",
                contact_id=row.pk,
            )
        )
    return found


def _agency_boxes(jurisdictions: Iterable[Jurisdiction], on: date) -> Mapping[int, list[Recipient]]:
    """The mailboxes of each agency: its own, else those of its officers and heads."""
    agencies = {row.agency_id: row.agency for row in jurisdictions}
    without = [pk for pk, agency in agencies.items() if not agency.emails]
    members: dict[int, list[Recipient]] = defaultdict(list)
    rows = Membership.objects.in_force(on).filter(
        agency__in=without,
        role__in=(Membership.Role.OFFICER, Membership.Role.HEAD),
        person__is_active=True,
    )
    for row in rows.exclude(person__email="").select_related("person").order_by("pk"):
        members[row.agency_id].append(
            Recipient(
                address=row.person.email,
                name=str(row.person),
                language=row.person.language,
                audience="agency",
                agency_kind=agencies[row.agency_id].kind,
                person_id=row.person_id,
            )
        )
    return {pk: _own_boxes(agency) or members[pk] for pk, agency in agencies.items()}


def _own_boxes(agency: Agency) -> list[Recipient]:
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


class _Land:
    """Which jurisdictions in force, with a right to readings, cover which facilities.

    The same rule as `stations.models.scope.covered_by`, for many facilities at once.
    """

    def __init__(self, facilities: Iterable[int], on: date) -> None:
        rows = Jurisdiction.objects.filter(in_force(on)).exclude(agency__kind=Agency.Kind.OPERATOR)
        self.jurisdictions = [
            row
            for row in rows.select_related("agency").order_by("pk")
            if VIEW_READINGS
            in rights_of(kind=row.agency.kind, role=Membership.Role.VIEWER, what=row.what)
        ]
        self._parent = dict(Unit.objects.values_list("pk", "parent"))
        self._zone_kind = dict(Zone.objects.values_list("pk", "kind"))
        self._units_of_zone: dict[int, list[int]] = defaultdict(list)
        for zone, unit in Zone.units.through.objects.values_list("zone", "unit"):
            self._units_of_zone[zone].append(unit)
        self._unit_of = dict(
            FacilityUnit.objects.in_force(on)
            .filter(facility__in=facilities)
            .values_list("facility", "unit")
        )

    def covers(self, jurisdiction: Jurisdiction, facility: Facility) -> bool:
        """Whether a facility lies in what the agency answers for."""
        match jurisdiction.what:
            case What.PROVINCE:
                return True
            case What.ZONE:
                return jurisdiction.zone_id == facility.zone_id
            case What.ALL_ZONES:
                return self._zone_kind.get(facility.zone_id or 0) == Zone.Kind.ZONE
            case What.ALL_CLUSTERS:
                return self._zone_kind.get(facility.zone_id or 0) == Zone.Kind.CLUSTER
            case What.OPERATOR:
                return jurisdiction.operator_id == facility.operator_id
            case What.UNIT:
                return any(jurisdiction.unit_id in self._above(u) for u in self._places(facility))
        return False

    def _places(self, facility: Facility) -> list[int]:
        own = self._unit_of.get(facility.pk)
        return self._units_of_zone[facility.zone_id or 0] if own is None else [own]

    def _above(self, unit: int) -> set[int]:
        """The unit and every unit that it is a part of."""
        found: set[int] = set()
        above: int | None = unit
        while above is not None and above not in found:
            found.add(above)
            above = self._parent.get(above)
        return found
