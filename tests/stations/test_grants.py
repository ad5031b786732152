"""Grants follow from memberships and jurisdictions, and only the difference is written."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from django.core.management import call_command
from django.db import connection
from guardian.models import UserObjectPermission
from guardian.shortcuts import assign_perm

from stations.models import Jurisdiction, Membership
from stations.services.grants import rebuild_grants, rights_of
from tests.factories import AgencyFactory, JurisdictionFactory, MembershipFactory, PersonFactory


def officer(**days: date) -> Membership:
    agency = AgencyFactory()
    JurisdictionFactory(agency=agency, **days)
    return MembershipFactory(agency=agency, role="officer")


@pytest.mark.django_db
class TestRebuild:
    def test_an_officer_of_the_department_gets_five_rights(self):
        officer()
        assert rebuild_grants() == 5
        assert UserObjectPermission.objects.count() == 5

    @pytest.mark.parametrize(
        ("kind", "role", "keeps"),
        [
            ("environment_department", "head", {"edit_rules", "decide_data", "change_closed"}),
            ("environment_department", "officer", {"edit_rules", "decide_data"}),
            ("environment_department", "viewer", set()),
            ("district_committee", "head", set()),
            ("zones_board", "officer", set()),
            ("operator", "officer", set()),
        ],
    )
    def test_rules_and_data_are_kept_by_the_department_alone(self, kind, role, keeps):
        rights = set(rights_of(kind=kind, role=role, what="province"))
        assert rights & {"edit_rules", "decide_data", "change_closed"} == keeps

    def test_a_second_time_nothing_is_written(self):
        officer()
        rebuild_grants()
        assert rebuild_grants() == 0

    def test_a_grant_made_by_hand_is_taken_away(self):
        jurisdiction = JurisdictionFactory()
        assign_perm("stations.view_readings", PersonFactory(), jurisdiction)
        assert rebuild_grants() == 1
        assert not UserObjectPermission.objects.exists()

    def test_another_role_changes_only_the_difference(self):
        membership = officer()
        rebuild_grants()
        before = set(UserObjectPermission.objects.values_list("pk", flat=True))
        membership.role = "viewer"
        membership.save(update_fields=["role"])
        assert rebuild_grants() == 3
        assert set(UserObjectPermission.objects.values_list("pk", flat=True)) < before

    def test_only_these_people(self):
        one, other = officer(), officer()
        assert rebuild_grants(people=[one.person]) == 5
        assert not UserObjectPermission.objects.filter(user=other.person).exists()
        assert rebuild_grants(people=[one.person]) == 0

    def test_the_day_decides(self):
        officer(valid_from=date(2025, 1, 1))
        assert rebuild_grants(on=date(2024, 12, 31)) == 0
        assert rebuild_grants(on=date(2025, 1, 1)) == 5

    def test_a_jurisdiction_that_is_gone_leaves_no_grant(self):
        officer()
        rebuild_grants()
        Jurisdiction.objects.all().delete()
        assert rebuild_grants() == 5

    def test_it_costs_the_same_for_many(self, django_assert_max_num_queries):
        for _ in range(30):
            officer()
        with django_assert_max_num_queries(10):
            assert rebuild_grants() == 150

    def test_the_command_tells_how_many(self, capsys):
        officer()
        call_command("rebuild_grants")
        assert "5" in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_two_at_once_end_as_one():
    for _ in range(10):
        officer()
    changed: list[int] = []

    def rebuild() -> None:
        try:
            changed.append(rebuild_grants())
        finally:
            connection.close()

    threads = [threading.Thread(target=rebuild) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(changed) == [0, 0, 0, 50]
    assert UserObjectPermission.objects.count() == 50


@pytest.mark.django_db
class TestTheRegistersKeepers:
    def department(self, role: str, **days: date) -> Membership:
        return MembershipFactory(
            agency=AgencyFactory(kind="environment_department"), role=role, **days
        )

    @pytest.mark.parametrize(
        ("role", "keeps"), [("viewer", False), ("officer", True), ("head", True)]
    )
    def test_officers_and_heads_of_the_department_keep_the_register(self, role: str, keeps: bool):
        membership = self.department(role)
        rebuild_grants()
        membership.person.refresh_from_db()
        assert membership.person.is_staff is keeps

    def test_an_officer_of_another_agency_does_not(self):
        membership = MembershipFactory(
            agency=AgencyFactory(kind="district_committee"), role="officer"
        )
        rebuild_grants()
        membership.person.refresh_from_db()
        assert not membership.person.is_staff

    def test_who_leaves_the_department_leaves_the_register(self):
        membership = self.department("officer", valid_until=date(2026, 11, 1))
        rebuild_grants(on=date(2026, 11, 1))
        rebuild_grants(on=date(2026, 11, 2))
        membership.person.refresh_from_db()
        assert not membership.person.is_staff

    def test_who_was_let_in_by_hand_stays(self):
        person = PersonFactory(is_staff=True)
        rebuild_grants()
        person.refresh_from_db()
        assert person.is_staff
