"""`for_user`: three people stand before every facility, an owner, a neighbour and a stranger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from stations.models import Agency, Facility, Jurisdiction, Membership, Person, Station
from stations.models.scope import covered_by, sees_province
from stations.services.grants import rebuild_grants
from tests.factories import (
    AgencyFactory,
    FacilityFactory,
    JurisdictionFactory,
    MembershipFactory,
    OperatorFactory,
    PersonFactory,
    StationFactory,
    UnitFactory,
    ZoneFactory,
)

pytestmark = pytest.mark.django_db
Kind, What = Agency.Kind, Jurisdiction.What
READ, LINKS, HANDLE, ANSWER = "view_readings", "view_links", "handle_alerts", "answer_alerts"


def member(kind: str, *, role: str = "officer", **jurisdiction: object) -> Person:
    """A person of an agency of that kind with one jurisdiction, and the grants of it."""
    agency = AgencyFactory(kind=kind)
    JurisdictionFactory(agency=agency, **jurisdiction)
    person = MembershipFactory(agency=agency, role=role).person
    rebuild_grants()
    return person


def seen(person: Person, permission: str = READ, on: date | None = None) -> set[str]:
    """Codes of the facilities; the stations must tell the same."""
    facilities = Facility.objects.for_user(person, permission, on=on)
    codes = {facility.code for facility in facilities}
    stations = Station.objects.for_user(person, permission, on=on)
    assert {station.facility.code for station in stations} == {
        code for code in codes if Station.objects.filter(facility__code=code).exists()
    }
    return codes


@dataclass
class Land:
    """Two districts, a zone in both, a cluster in the second, and who lies where."""

    north: object
    south: object
    commune: object
    zone: object
    cluster: object
    operator: object


@pytest.fixture
def land() -> Land:
    north, south = UnitFactory(code="NORTH"), UnitFactory(code="SOUTH")
    commune = UnitFactory(code="COMMUNE", kind="commune", parent=north)
    zone = ZoneFactory(code="ZONE", units=[north, south])
    cluster = ZoneFactory(code="CLUSTER", kind="cluster", units=[south])
    operator = OperatorFactory(name="Own")
    plants = {
        "in-north": FacilityFactory(code="in-north", operator=operator),
        "in-south": FacilityFactory(code="in-south", operator=OperatorFactory(name="Other")),
        "in-commune": FacilityFactory(code="in-commune"),
        "zone-north": FacilityFactory(code="zone-north", zone=zone),
        "zone-both": FacilityFactory(code="zone-both", zone=zone),
        "cluster-own-place": FacilityFactory(code="cluster-own-place", zone=cluster),
        "nowhere": FacilityFactory(code="nowhere"),
    }
    places = {
        "in-north": north,
        "in-south": south,
        "in-commune": commune,
        "zone-north": north,
        "cluster-own-place": north,
    }
    for code, unit in places.items():
        plants[code].facilityunits.create(unit=unit)
    for plant in plants.values():
        StationFactory(facility=plant)
    return Land(north, south, commune, zone, cluster, operator)


EVERYTHING = {
    "in-north",
    "in-south",
    "in-commune",
    "zone-north",
    "zone-both",
    "cluster-own-place",
    "nowhere",
}


@pytest.mark.parametrize(
    "kind", [Kind.ENVIRONMENT, Kind.SUB_DEPARTMENT, Kind.LEADERSHIP, Kind.MINISTRY]
)
def test_the_province_is_everything(land: Land, kind: str):
    assert seen(member(kind, what=What.PROVINCE)) == EVERYTHING


def test_a_district_sees_its_unit_and_the_units_in_it(land: Land):
    person = member(Kind.DISTRICT, what=What.UNIT, unit=land.north)
    assert seen(person) == {
        "in-north",
        "in-commune",
        "zone-north",
        "zone-both",
        "cluster-own-place",
    }


def test_the_neighbour_sees_the_other_district_and_what_lies_in_both(land: Land):
    """A facility with a unit of its own does not lie in the units of its zone."""
    person = member(Kind.DISTRICT, what=What.UNIT, unit=land.south)
    assert seen(person) == {"in-south", "zone-both"}


def test_a_commune_does_not_see_its_district(land: Land):
    assert seen(member(Kind.DISTRICT, what=What.UNIT, unit=land.commune)) == {"in-commune"}


def test_the_zones_board_sees_zones_and_no_clusters(land: Land):
    assert seen(member(Kind.ZONES_BOARD, what=What.ALL_ZONES)) == {"zone-north", "zone-both"}


def test_industry_and_trade_sees_clusters_and_no_zones(land: Land):
    assert seen(member(Kind.INDUSTRY_TRADE, what=What.ALL_CLUSTERS)) == {"cluster-own-place"}


def test_one_zone_is_one_zone(land: Land):
    other = FacilityFactory(code="other-zone", zone=ZoneFactory())
    assert seen(member(Kind.ZONES_BOARD, what=What.ZONE, zone=land.zone)) == {
        "zone-north",
        "zone-both",
    }
    assert seen(member(Kind.ZONES_BOARD, what=What.ZONE, zone=other.zone)) == {"other-zone"}


def test_an_operator_sees_its_own(land: Land):
    assert seen(member(Kind.OPERATOR, what=What.OPERATOR, operator=land.operator)) == {"in-north"}


def test_the_information_department_sees_all_links_and_no_readings(land: Land):
    person = member(Kind.INFORMATION, role="head", what=What.LINKS)
    assert seen(person, LINKS) == EVERYTHING
    assert seen(person, READ) == set()


def test_nobody_sees_a_reading_through_links_whatever_the_agency(land: Land):
    assert seen(member(Kind.ENVIRONMENT, what=What.LINKS), READ) == set()


def test_the_information_department_reads_nothing_even_with_the_province(land: Land):
    assert seen(member(Kind.INFORMATION, what=What.PROVINCE), READ) == set()


def test_a_stranger_sees_nothing(land: Land):
    stranger = PersonFactory()
    rebuild_grants()
    assert all(seen(stranger, right) == set() for right in (READ, LINKS, HANDLE, ANSWER))
    assert not Facility.objects.for_user(AnonymousUser()).exists()
    assert not Station.objects.for_user(AnonymousUser()).exists()


def test_a_global_permission_opens_nothing(land: Land):
    from django.contrib.auth.models import Permission

    stranger = PersonFactory()
    stranger.user_permissions.set(Permission.objects.filter(codename__in=(READ, LINKS)))
    assert seen(Person.objects.get(pk=stranger.pk)) == set()


def test_who_is_no_longer_active_sees_nothing(land: Land):
    person = member(Kind.ENVIRONMENT, what=What.PROVINCE)
    person.is_active = False
    person.save(update_fields=["is_active"])
    assert seen(person) == set()
    assert not sees_province(person, READ)


def test_a_superuser_sees_everything_while_active(land: Land):
    assert seen(PersonFactory(is_superuser=True)) == EVERYTHING
    assert seen(PersonFactory(is_superuser=True, is_active=False)) == set()


ROLES = [
    # kind, role, what it may do
    (Kind.ENVIRONMENT, "viewer", {LINKS, READ}),
    (Kind.ENVIRONMENT, "officer", {LINKS, READ, HANDLE}),
    (Kind.ENVIRONMENT, "head", {LINKS, READ, HANDLE}),
    (Kind.ZONES_BOARD, "officer", {LINKS, READ, HANDLE}),
    (Kind.INDUSTRY_TRADE, "viewer", {LINKS, READ}),
    (Kind.DISTRICT, "head", {LINKS, READ, HANDLE}),
    (Kind.SUB_DEPARTMENT, "head", {LINKS, READ}),
    (Kind.LEADERSHIP, "head", {LINKS, READ}),
    (Kind.MINISTRY, "officer", {LINKS, READ}),
    (Kind.INFORMATION, "head", {LINKS}),
    (Kind.OPERATOR, "viewer", {LINKS, READ, ANSWER}),
    (Kind.OPERATOR, "officer", {LINKS, READ, ANSWER}),
]


@pytest.mark.parametrize(("kind", "role", "allowed"), ROLES)
def test_a_role_allows_what_it_allows(land: Land, kind: str, role: str, allowed: set[str]):
    person = member(kind, role=role, what=What.PROVINCE)
    found = {right for right in (LINKS, READ, HANDLE, ANSWER) if seen(person, right)}
    assert found == allowed


class TestDays:
    def test_a_jurisdiction_that_begins_tomorrow_opens_nothing(self, land: Land):
        tomorrow = timezone.localdate() + timedelta(days=1)
        person = member(Kind.ENVIRONMENT, what=What.PROVINCE, valid_from=tomorrow)
        assert seen(person) == set()

    def test_one_that_ends_today_is_open_today(self, land: Land):
        person = member(Kind.ENVIRONMENT, what=What.PROVINCE, valid_until=timezone.localdate())
        assert seen(person) == EVERYTHING

    def test_one_that_ended_yesterday_is_closed_before_any_grant_is_rebuilt(self, land: Land):
        person = member(Kind.ENVIRONMENT, what=What.PROVINCE)
        Jurisdiction.objects.update(valid_until=timezone.localdate() - timedelta(days=1))
        assert seen(person) == set()

    def test_a_membership_that_ended_is_closed_by_the_next_rebuild(self, land: Land):
        person = member(Kind.ENVIRONMENT, what=What.PROVINCE)
        Membership.objects.update(valid_until=timezone.localdate() - timedelta(days=1))
        rebuild_grants()
        assert seen(person) == set()

    def test_a_facility_that_moves_to_the_neighbour_moves_with_its_history(self, land: Land):
        north = member(Kind.DISTRICT, what=What.UNIT, unit=land.north)
        south = member(Kind.DISTRICT, what=What.UNIT, unit=land.south)
        plant = Facility.objects.get(code="in-north")
        today = timezone.localdate()
        plant.facilityunits.update(valid_until=today - timedelta(days=1))
        plant.facilityunits.create(unit=land.south, valid_from=today)
        assert "in-north" not in seen(north)
        assert "in-north" in seen(south)

    def test_the_question_may_be_asked_of_another_day(self, land: Land):
        person = member(Kind.ENVIRONMENT, what=What.PROVINCE, valid_until=timezone.localdate())
        assert seen(person, on=timezone.localdate() + timedelta(days=1)) == set()


def test_memberships_add_up(land: Land):
    person = member(Kind.ZONES_BOARD, what=What.ALL_ZONES)
    agency = AgencyFactory(kind=Kind.INDUSTRY_TRADE)
    JurisdictionFactory(agency=agency, what=What.ALL_CLUSTERS)
    MembershipFactory(person=person, agency=agency, role="viewer")
    rebuild_grants()
    assert seen(person) == {"zone-north", "zone-both", "cluster-own-place"}
    assert seen(person, HANDLE) == {"zone-north", "zone-both"}


def test_the_question_costs_a_fixed_number_of_queries(land: Land, django_assert_max_num_queries):
    person = member(Kind.DISTRICT, what=What.UNIT, unit=land.north)
    for _ in range(20):
        StationFactory(facility__zone=land.zone)
    person = Person.objects.get(pk=person.pk)
    with django_assert_max_num_queries(8):
        assert len(Station.objects.for_user(person)) == 25


def test_units_that_name_each_other_as_parents_are_no_trap(land: Land):
    land.north.parent = land.commune
    land.north.save(update_fields=["parent"])
    condition = covered_by(
        [Jurisdiction(what=What.UNIT, unit=land.commune)], on=timezone.localdate()
    )
    assert Facility.objects.filter(condition).exists()
