"""To whom notes are written, in the transaction of what they tell."""

from __future__ import annotations

import pytest
from django.db import transaction

from alerts.domain.kinds import KINDS
from alerts.models import Alert, Notification, NotificationPolicy
from alerts.services import report, resolve, withdraw
from tests.alerts.factories import DAY, JUDGED, MIDNIGHT, agency, exceedance, station, zone

pytestmark = pytest.mark.django_db

MAILED = {
    "environment_department",
    "zones_board",
    "industry_trade_department",
    "district_committee",
}


def addresses(alert: Alert) -> set[str]:
    return set(alert.notifications.values_list("address", flat=True))


def test_operator_and_supervising_agencies_are_told_and_leaders_are_not() -> None:
    where = zone()
    agency(email="so@mau.example")
    agency("zones_board", email="ban@mau.example", what="zone", zone=where)
    agency("zones_board", email="ban.khac@mau.example", what="zone", zone=zone())
    agency("province_leadership", email="ubnd@mau.example")
    agency("sub_department", email="chicuc@mau.example")
    agency("ministry", email="bo@mau.example")
    alert = report(exceedance(station(zone=where)), now=JUDGED)
    assert addresses(alert) == {"vanhanh@mau.example", "so@mau.example", "ban@mau.example"}


def test_an_unconfirmed_limit_is_told_to_the_department_alone() -> None:
    agency(email="so@mau.example")
    alert = report(exceedance(station(), confirmed=False), now=JUDGED)
    assert addresses(alert) == {"so@mau.example"}
    assert alert.limit_confirmed is False


def test_a_joining_day_is_not_mailed_to_who_knows() -> None:
    of = station()
    report(exceedance(of), now=JUDGED)
    alert = report(exceedance(of, day=1), now=JUDGED + DAY)
    assert alert.notifications.count() == 1


def test_the_end_is_told_once_to_each_who_was_told() -> None:
    of = station()
    agency(email="so@mau.example")
    alert = report(exceedance(of), now=JUDGED)
    agency(email="moi@mau.example")
    end = {"at": MIDNIGHT + 2 * DAY, "after": MIDNIGHT + DAY, "now": JUDGED + DAY}
    same = {"parameter": "COD", "period": "day", "source": "QCVN 40:2011/BTNMT"}
    for _ in range(2):
        resolve(kind="exceedance", station_id=of.pk, **same, **end)
    ends = alert.notifications.filter(event__what="resolved")
    assert {note.address for note in ends} == {"vanhanh@mau.example", "so@mau.example"}
    assert ends.count() == 2


def test_a_withdrawal_drops_what_did_not_leave_and_tells_nobody_of_it() -> None:
    of = station()
    alert = report(exceedance(of), now=JUDGED)
    withdraw(
        kind="exceedance",
        station_id=of.pk,
        parameter="COD",
        period="day",
        source="QCVN 40:2011/BTNMT",
        start=MIDNIGHT,
        end=MIDNIGHT + DAY,
        now=JUDGED,
        reason="Đính chính",
    )
    assert [note.state for note in alert.notifications.all()] == ["dropped"]


def test_a_verdict_that_is_rolled_back_leaves_no_note() -> None:
    of = station()
    with transaction.atomic():
        report(exceedance(of), now=JUDGED)
        transaction.set_rollback(True)
    assert not Alert.objects.exists()
    assert not Notification.objects.exists()


def test_the_shipped_policy_names_each_kind_with_a_source() -> None:
    policies = NotificationPolicy.objects.all()
    assert set(policies.values_list("kind", flat=True)) == set(KINDS)
    of_stations = policies.exclude(kind__in=("line_outage", "own_fault")).filter(audience="agency")
    assert set(of_stations.values_list("agency_kind", flat=True)) == MAILED
    (only,) = policies.filter(kind="wrong_sender")
    assert only.agency_kind == "environment_department"


def test_a_policy_that_ended_mails_nobody() -> None:
    NotificationPolicy.objects.filter(kind="exceedance").update(valid_until="2024-05-01")
    assert addresses(report(exceedance(station()), now=JUDGED)) == set()
