"""Who hears about a station."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from django.utils import timezone

from stations.models import Agency, Facility, Jurisdiction, Station
from stations.models.scope import covered_by
from stations.services.recipients import Recipient, recipients_for, recipients_for_many
from tests.factories import (
    AgencyFactory,
    ContactFactory,
    FacilityFactory,
    JurisdictionFactory,
    MembershipFactory,
    OperatorFactory,
    StationFactory,
    UnitFactory,
    ZoneFactory,
)

pytestmark = pytest.mark.django_db
Kind, What = Agency.Kind, Jurisdiction.What


@pytest.fixture
def station() -> Station:
    return StationFactory(facility__operator=OperatorFactory(name="Công ty Minh họa"))


def addresses(station: Station, on: date | None = None) -> list[str]:
    return [recipient.address for recipient in recipients_for(station, on=on)]


def agency(*, emails: list[str], kind: str = Kind.ENVIRONMENT, **jurisdiction: object) -> Agency:
    found = AgencyFactory(kind=kind, emails=emails)
    JurisdictionFactory(agency=found, **jurisdiction)
    return found


class TestTheOperator:
    def test_a_contact_is_written_to_in_its_language(self, station):
        contact = ContactFactory(
            operator=station.facility.operator, name="Ca", email="ca@mau.example", language="en"
        )
        assert recipients_for(station) == [
            Recipient(
                address="ca@mau.example",
                name="Ca",
                language="en",
                audience="operator",
                contact_id=contact.pk,
            )
        ]

    def test_a_mailbox_bears_the_name_of_the_operator(self, station):
        ContactFactory(operator=station.facility.operator)
        assert recipients_for(station)[0].name == "Công ty Minh họa"

    def test_one_address_of_two_contacts_is_written_to_once(self, station):
        ContactFactory(operator=station.facility.operator, email="Ca@mau.example")
        ContactFactory(operator=station.facility.operator, email="ca@mau.example", role="shift")
        assert addresses(station) == ["Ca@mau.example"]

    def test_only_contacts_in_force_that_have_an_address(self, station):
        operator = station.facility.operator
        ContactFactory(operator=operator, email="old@mau.example", valid_until=date(2024, 12, 31))
        ContactFactory(operator=operator, email="", phone="0200000000")
        ContactFactory(operator=operator, email="new@mau.example", valid_from=date(2025, 1, 1))
        assert addresses(station, date(2024, 12, 31)) == ["old@mau.example"]
        assert addresses(station, date(2025, 1, 1)) == ["new@mau.example"]

    def test_another_operators_contacts_hear_nothing(self, station):
        ContactFactory()
        assert addresses(station) == []

    def test_a_facility_without_an_operator_has_none(self):
        ContactFactory()
        assert recipients_for(StationFactory()) == []


class TestAgencies:
    def test_each_mailbox_of_an_agency(self, station):
        agency(emails=["a@so.example", "b@so.example"])
        told = recipients_for(station)
        assert [recipient.address for recipient in told] == ["a@so.example", "b@so.example"]
        assert {(r.audience, r.agency_kind) for r in told} == {("agency", Kind.ENVIRONMENT)}

    def test_without_a_mailbox_its_officers_and_heads(self, station):
        found = agency(emails=[])
        for role in ("viewer", "officer", "head"):
            MembershipFactory(
                agency=found, role=role, person__email=f"{role}@so.example", person__name=role
            )
        assert addresses(station) == ["officer@so.example", "head@so.example"]
        assert recipients_for(station)[0].person_id is not None

    def test_not_those_who_left_or_cannot_sign_in(self, station):
        found = agency(emails=[])
        yesterday = timezone.localdate() - timedelta(days=1)
        MembershipFactory(
            agency=found, role="head", person__email="a@so.example", valid_until=yesterday
        )
        MembershipFactory(
            agency=found, role="head", person__email="b@so.example", person__is_active=False
        )
        assert addresses(station) == []

    def test_the_information_department_hears_nothing_of_readings(self, station):
        agency(emails=["tt@so.example"], kind=Kind.INFORMATION, what=What.LINKS)
        agency(emails=["tt2@so.example"], kind=Kind.INFORMATION, what=What.PROVINCE)
        assert addresses(station) == []

    def test_the_staff_of_the_operator_is_no_agency(self, station):
        agency(
            emails=["nv@mau.example"],
            kind=Kind.OPERATOR,
            what=What.OPERATOR,
            operator=station.facility.operator,
        )
        assert addresses(station) == []

    def test_a_jurisdiction_that_ended_is_over(self, station):
        agency(emails=["a@so.example"], valid_until=date(2024, 12, 31))
        assert addresses(station, date(2024, 12, 31)) == ["a@so.example"]
        assert addresses(station, date(2025, 1, 1)) == []

    def test_an_agency_with_two_reasons_is_written_to_once(self, station):
        found = agency(emails=["a@so.example"])
        JurisdictionFactory(agency=found, valid_from=date(2024, 1, 1))
        assert addresses(station) == ["a@so.example"]


def test_many_stations_cost_as_much_as_one(django_assert_max_num_queries):
    unit = UnitFactory()
    agency(emails=["a@so.example"], kind=Kind.DISTRICT, what=What.UNIT, unit=unit)
    stations = []
    for _ in range(30):
        operator = ContactFactory().operator
        plant = FacilityFactory(operator=operator)
        plant.facilityunits.create(unit=unit)
        stations.append(StationFactory(facility=plant))
    with django_assert_max_num_queries(9):
        found = recipients_for_many(stations)
    assert {len(each) for each in found.values()} == {2}


def test_it_agrees_with_the_condition_behind_every_permission():
    """The same rule stands twice, once for one person in SQL and once for many stations."""
    dice = random.Random(40)
    units = [UnitFactory() for _ in range(3)]
    units += [UnitFactory(parent=dice.choice(units)) for _ in range(3)]
    zones = [
        ZoneFactory(kind=kind, units=dice.sample(units, 2))
        for kind in ("zone", "cluster", "zone", "cluster")
    ]
    operators = [OperatorFactory() for _ in range(2)]
    today = timezone.localdate()
    for _ in range(25):
        plant = FacilityFactory(
            zone=dice.choice([*zones, None]), operator=dice.choice([*operators, None])
        )
        StationFactory(facility=plant)
        if dice.random() < 0.5:
            end = dice.choice([None, today, today - timedelta(days=1)])
            plant.facilityunits.create(unit=dice.choice(units), valid_until=end)
    covering = [
        {"what": What.PROVINCE},
        {"what": What.ALL_ZONES},
        {"what": What.ALL_CLUSTERS},
        *({"what": What.UNIT, "unit": unit} for unit in units),
        *({"what": What.ZONE, "zone": zone} for zone in zones),
        *({"what": What.OPERATOR, "operator": operator} for operator in operators),
    ]
    for number, jurisdiction in enumerate(covering):
        agency(emails=[f"{number}@so.example"], **jurisdiction)
    told = recipients_for_many(Station.objects.all())
    for jurisdiction in Jurisdiction.objects.select_related("agency"):
        heard = {
            pk
            for pk, each in told.items()
            if jurisdiction.agency.emails[0] in {one.address for one in each}
        }
        facilities = Facility.objects.filter(covered_by([jurisdiction], on=today))
        expected = Station.objects.filter(facility__in=facilities).values_list("pk", flat=True)
        assert heard == set(expected), jurisdiction
