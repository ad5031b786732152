"""Many cases at once: what is the same for all is asked once, and never for longer than that."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from alerts.models import Alert, Notification
from alerts.services import acknowledge, close, report
from alerts.services.deadlines import sharing_rules
from alerts.services.readers import Readers, sharing_readers
from stations.models import Contact
from tests.alerts.factories import DAY, JUDGED, agency, exceedance, person, station
from tests.flow.together import workers

MOST_FOR_A_NEW_CASE = 7
"""What is known of the cause; the case within a savepoint (3); its period; its story; its notes."""

RULES_OF_ITS_OWN = 2
"""Of a case that is no part of a round: the rules of the kinds, and the bands."""

PEOPLE_AND_RULES = (
    'FROM "stations_',
    'FROM "alerts_notificationpolicy',
    'FROM "alerts_kindrule',
)


@pytest.fixture
def asked() -> Iterator[CaptureQueriesContext]:
    with CaptureQueriesContext(connection) as queries:
        yield queries


def tables(queries: CaptureQueriesContext) -> list[str]:
    return [query["sql"] for query in queries.captured_queries]


@pytest.mark.django_db
def test_a_second_case_of_a_round_asks_for_nobody_and_for_no_rule() -> None:
    agency(email="canhbao@stnmt.example")
    first, second = station(), station(operator_email="haiba@mau.example")
    with sharing_rules(), sharing_readers([first.pk, second.pk]):
        report(exceedance(first), now=JUDGED)
        with CaptureQueriesContext(connection) as queries:
            alert = report(exceedance(second), now=JUDGED)
    assert len(queries) <= MOST_FOR_A_NEW_CASE, "\n".join(tables(queries))
    people_and_rules = (
        'FROM "stations_',
        'FROM "alerts_notificationpolicy',
        'FROM "alerts_kindrule',
    )
    assert not [sql for sql in tables(queries) if any(name in sql for name in people_and_rules)]
    told = set(alert.notifications.values_list("address", flat=True))
    assert told == {"haiba@mau.example", "canhbao@stnmt.example"}


@pytest.mark.django_db
def test_a_cause_with_a_history_is_asked_for_once_more() -> None:
    of, officer = station(), person()
    for day in (0, 8, 16):
        then = JUDGED + day * DAY
        old = report(exceedance(of, day=day), now=then)
        acknowledge(alert=old, by=officer, now=then)
        close(alert=old, by=officer, note="Đã kiểm tra", now=then)
    assert Alert.objects.count() == 3
    with CaptureQueriesContext(connection) as queries:
        alert = report(exceedance(of, day=30), now=JUDGED + 30 * DAY, mail=False)
    assert len(queries) <= MOST_FOR_A_NEW_CASE + RULES_OF_ITS_OWN, "\n".join(tables(queries))
    assert alert.previous == old


@pytest.mark.django_db
def test_a_round_in_which_nothing_happens_asks_for_nobody(asked: CaptureQueriesContext) -> None:
    with sharing_readers([1, 2, 3]):
        pass
    assert tables(asked) == []


@pytest.mark.django_db
def test_the_next_round_knows_who_came_meanwhile() -> None:
    of = station()
    with sharing_readers([of.pk]):
        report(exceedance(of), now=JUDGED)
    Contact.objects.create(operator=of.facility.operator, role="shift", email="moi@mau.example")
    with sharing_readers([of.pk]):
        report(exceedance(of, day=1), now=JUDGED + DAY)
    assert set(Notification.objects.values_list("address", flat=True)) == {
        "vanhanh@mau.example",
        "moi@mau.example",
    }


@pytest.mark.django_db
def test_a_station_beside_the_round_has_its_own_readers() -> None:
    inside, beside = station(), station(operator_email="ngoai@mau.example")
    with sharing_readers([inside.pk]):
        report(exceedance(beside), now=JUDGED)
    assert Notification.objects.get().address == "ngoai@mau.example"


@pytest.mark.django_db
def test_a_picture_tells_the_same_for_one_station_and_for_many() -> None:
    agency(email="canhbao@stnmt.example")
    stations = [station(operator_email=f"so{n}@mau.example") for n in range(3)]
    day = JUDGED.date()
    together = Readers(each.pk for each in stations)
    for each in stations:
        assert together.of(each.pk, on=day) == Readers([each.pk]).of(each.pk, on=day)


@pytest.mark.django_db(transaction=True)
def test_a_case_that_is_closed_while_the_finding_waits_comes_back() -> None:
    """The finding must not open a second case because the first left the desk that very moment."""
    of, officer = station(), person()
    with transaction.atomic():
        alert = report(exceedance(of), now=JUDGED)
    acknowledge(alert=alert, by=officer, now=JUDGED)
    with workers(1) as start:
        with transaction.atomic():
            close(alert=alert, by=officer, note="Đã kiểm tra", now=JUDGED)
            late = start(_reported, exceedance(of, day=1), JUDGED + DAY)
            _wait_for_a_waiting_row()
        again = late.result()
    assert again == alert.pk
    assert Alert.objects.get().state == "open"
    assert Alert.objects.get().events.order_by("-pk")[0].what == "reopened"


def _reported(finding: Any, now: Any) -> int:
    with transaction.atomic():
        return report(finding, now=now).pk


def _wait_for_a_waiting_row() -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError("nobody waited for the case")
