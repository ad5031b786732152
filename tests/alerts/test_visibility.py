"""Whose is it? An owner, a neighbour and a stranger; what is shown and what stays hidden."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from alerts.models import Alert
from alerts.services import Finding, report
from stations.models import Agency, Membership, Person, Station
from stations.services.grants import rebuild_grants
from tests.alerts.factories import (
    JUDGED,
    MIDNIGHT,
    agency,
    exceedance,
    person,
    silence,
    station,
    zone,
)

pytestmark = pytest.mark.django_db


def member(of: Agency, role: str = "officer") -> Person:
    somebody = person()
    Membership.objects.create(person=somebody, agency=of, role=role)
    rebuild_grants(people=[somebody])
    return somebody


def wrong_sender(of: Station) -> Finding:
    return Finding(
        kind="wrong_sender",
        station_id=of.pk,
        start=MIDNIGHT,
        end=MIDNIGHT,
        evidence={"file": "BG_HANGXOM_NT09_20240521083500.txt"},
    )


def seen(user: Any, permission: str = "view_alerts") -> set[tuple[str, str]]:
    alerts = Alert.objects.for_user(user, permission).select_related("station")
    return {(alert.kind, alert.station.code) for alert in alerts}


@pytest.fixture
def two_zones() -> tuple[Station, Station]:
    here, there = station(zone=zone()), station(zone=zone())
    for of in (here, there):
        report(exceedance(of), now=JUDGED)
        report(silence(of), now=JUDGED)
        report(wrong_sender(of), now=JUDGED)
    return here, there


def test_the_department_sees_everything(two_zones: tuple[Station, Station]) -> None:
    officer = member(agency())
    kinds = ("exceedance", "silent_station", "wrong_sender")
    assert seen(officer) == {(kind, of.code) for kind in kinds for of in two_zones}


def test_a_zones_board_sees_its_zone_and_no_names_of_strangers(
    two_zones: tuple[Station, Station],
) -> None:
    here, _there = two_zones
    owner = member(agency("zones_board", what="zone", zone=here.facility.zone))
    assert seen(owner) == {("exceedance", here.code), ("silent_station", here.code)}


def test_an_operator_sees_its_own_stations(two_zones: tuple[Station, Station]) -> None:
    here, _there = two_zones
    staff = member(agency("operator", what="operator", operator=here.facility.operator))
    assert seen(staff) == {("exceedance", here.code), ("silent_station", here.code)}


def test_the_information_department_sees_lines_and_no_values(
    two_zones: tuple[Station, Station],
) -> None:
    keeper = member(agency("information_department", what="links"))
    assert seen(keeper) == {("silent_station", of.code) for of in two_zones}


def test_a_stranger_sees_nothing(two_zones: tuple[Station, Station]) -> None:
    assert seen(AnonymousUser()) == set()
    assert seen(person()) == set()


def test_only_officers_may_handle(two_zones: tuple[Station, Station]) -> None:
    department = agency()
    assert seen(member(department), "handle_alerts")
    assert seen(member(department, "viewer"), "handle_alerts") == set()


def test_a_list_takes_one_query_whatever_its_length(
    two_zones: tuple[Station, Station], django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        shown = [
            (str(alert), alert.station.facility.name, alert.station.facility.operator.name)
            for alert in Alert.objects.all().with_for_list()
        ]
    assert len(shown) == 6


def of_nobody(kind: str) -> Finding:
    return Finding(kind=kind, station_id=None, start=MIDNIGHT, end=JUDGED)


@pytest.mark.parametrize(
    ("kind", "sees"),
    [
        ("environment_department", {"line_outage", "own_fault"}),
        ("information_department", {"line_outage", "own_fault"}),
        ("zones_board", set()),
    ],
)
def test_lines_and_our_own_faults_are_seen_by_who_keeps_them(kind: str, sees: set[str]) -> None:
    for each in ("line_outage", "own_fault"):
        report(of_nobody(each), now=JUDGED)
    whats = {"information_department": "links", "zones_board": "all_zones"}
    user = member(agency(kind, what=whats.get(kind, "province")))
    assert set(Alert.objects.for_user(user).values_list("kind", flat=True)) == sees
