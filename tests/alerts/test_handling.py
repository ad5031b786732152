"""What people do with an alert, also two at once."""

from __future__ import annotations

import threading

import pytest
from django.db import IntegrityError, connection, transaction

from alerts.models import Alert
from alerts.services import (
    AlreadyHandled,
    NoteMissing,
    NotInThisState,
    acknowledge,
    add_note,
    close,
    report,
)
from tests.alerts.factories import HOUR, JUDGED, exceedance, person, station


@pytest.mark.django_db
def test_acknowledging_and_closing_say_who_and_when() -> None:
    alert = report(exceedance(station()), now=JUDGED)
    officer = person(name="Cán bộ Minh họa")
    acknowledge(alert=alert, by=officer, note="Đã gọi trạm", now=JUDGED + HOUR)
    close(alert=alert, by=officer, note=" Đã xử lý ", now=JUDGED + 2 * HOUR)
    alert.refresh_from_db()
    assert (alert.state, alert.acknowledged_at, alert.closed_at, alert.closing_note) == (
        "closed",
        JUDGED + HOUR,
        JUDGED + 2 * HOUR,
        "Đã xử lý",
    )
    assert [(event.what, event.by) for event in alert.events.all()][1:] == [
        ("acknowledged", officer),
        ("closed", officer),
    ]


@pytest.mark.django_db
def test_the_second_of_two_who_saw_it_open_is_told() -> None:
    alert = report(exceedance(station()), now=JUDGED)
    first, second = Alert.objects.get(pk=alert.pk), Alert.objects.get(pk=alert.pk)
    acknowledge(alert=first, by=person(name="Người Trước"), now=JUDGED)
    with pytest.raises(AlreadyHandled, match="Người Trước"):
        acknowledge(alert=second, by=person(), now=JUDGED)
    assert alert.events.filter(what="acknowledged").count() == 1


@pytest.mark.django_db
def test_a_new_alert_is_not_closed_before_someone_took_it() -> None:
    alert = report(exceedance(station()), now=JUDGED)
    with pytest.raises(NotInThisState):
        close(alert=alert, by=person(), note="x", now=JUDGED)


@pytest.mark.django_db
def test_closing_asks_for_a_note() -> None:
    alert = report(exceedance(station()), now=JUDGED)
    acknowledge(alert=alert, by=person(), now=JUDGED)
    for verb in (close, add_note):
        with pytest.raises(NoteMissing):
            verb(alert=alert, by=person(), note="  ", now=JUDGED)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "columns", [{"acknowledged_at": JUDGED}, {"state": "closed"}, {"state": "acknowledged"}]
)
def test_the_database_refuses_a_step_without_who_and_when(columns: dict[str, object]) -> None:
    alert = report(exceedance(station()), now=JUDGED)
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.filter(pk=alert.pk).update(**columns)


@pytest.mark.django_db(transaction=True)
def test_of_two_officers_on_two_connections_one_is_told() -> None:
    alert = report(exceedance(station()), now=JUDGED)
    people = [person(), person()]
    together, answers = threading.Barrier(2), []

    def press(index: int) -> None:
        seen = Alert.objects.get(pk=alert.pk)
        together.wait(10)
        try:
            acknowledge(alert=seen, by=people[index], now=JUDGED)
            answers.append("done")
        except AlreadyHandled:
            answers.append("told")
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=(index,)) for index in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(answers) == ["done", "told"]


@pytest.mark.django_db(transaction=True)
def test_two_findings_at_once_open_one_alert() -> None:
    of = station()
    together, found = threading.Barrier(2), []

    def tell(day: int) -> None:
        together.wait(10)
        try:
            found.append(report(exceedance(of, day=day), now=JUDGED).pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=tell, args=(day,)) for day in (0, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(found) == 2
    assert len(set(found)) == 1
