"""One cause, one alert: judging.md §5."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from alerts.models import Alert, AlertEvent, AlertSpan, State
from alerts.services import acknowledge, close, report, resolve, unresolve, withdraw
from tests.alerts.factories import DAY, HOUR, JUDGED, MIDNIGHT, MINUTE, exceedance, person, station

pytestmark = pytest.mark.django_db


def story(alert: Alert) -> list[str]:
    return list(alert.events.values_list("what", flat=True))


def closed_at(alert: Alert, at) -> Alert:
    officer = person()
    acknowledge(alert=alert, by=officer, now=at)
    close(alert=alert, by=officer, note="Đã kiểm tra", now=at)
    return alert


def within(of, *, day: int, now) -> int:
    start = MIDNIGHT + day * DAY
    return resolve(
        kind="exceedance",
        station_id=of.pk,
        parameter="COD",
        period="day",
        source="QCVN 40:2011/BTNMT",
        at=start + DAY,
        after=start,
        now=now,
    )


def test_a_first_finding_opens_an_alert_with_its_evidence() -> None:
    alert = report(exceedance(station()), now=JUDGED)
    assert (alert.state, alert.opened_at, alert.late, alert.withdrawn) == (
        "open",
        JUDGED,
        False,
        False,
    )
    assert (alert.value, alert.maximum, alert.limit) == (
        Decimal("92.04"),
        Decimal("67.5"),
        "≤\u00a067,5",
    )
    assert alert.evidence["n"] == 284
    assert story(alert) == ["opened"]


def test_reporting_the_same_twice_changes_nothing() -> None:
    finding = exceedance(station())
    first = report(finding, now=JUDGED)
    before = (AlertSpan.objects.count(), AlertEvent.objects.count())
    assert report(finding, now=JUDGED + HOUR) == first
    assert (AlertSpan.objects.count(), AlertEvent.objects.count()) == before


def test_the_next_exceeded_day_joins_the_unclosed_alert() -> None:
    of = station()
    first = report(exceedance(of), now=JUDGED)
    second = report(exceedance(of, day=1, value=Decimal(80)), now=JUDGED + DAY)
    assert second == first
    assert second.value == 80
    assert story(first) == ["opened", "joined"]


@pytest.mark.parametrize(
    "other", [{"parameter": "TSS"}, {"period": "hour"}, {"source": "GPMT số 12"}]
)
def test_another_parameter_period_or_source_is_another_alert(other: dict[str, str]) -> None:
    of = station()
    assert report(exceedance(of), now=JUDGED) != report(exceedance(of, **other), now=JUDGED)


def test_the_database_holds_one_unclosed_alert_of_an_identity() -> None:
    alert = report(exceedance(station()), now=JUDGED)
    alert.pk = None
    with pytest.raises(IntegrityError, match="one_unclosed"), transaction.atomic():
        alert.save(force_insert=True)


def test_a_late_day_joins_the_unclosed_alert_as_a_late_span() -> None:
    of = station()
    first = report(exceedance(of, day=9), now=JUDGED + 9 * DAY)
    assert report(exceedance(of, late=True), now=JUDGED + 10 * DAY) == first
    assert list(first.spans.values_list("late", flat=True)) == [True, False]
    first.refresh_from_db()
    assert first.late is False
    assert first.value == Decimal("92.04")
    assert first.starts_at == MIDNIGHT


def test_a_late_day_opens_a_late_alert_only_where_none_is_unclosed() -> None:
    alert = report(exceedance(station(), late=True), now=JUDGED + 20 * DAY)
    assert alert.late is True


def test_a_late_day_joins_the_alert_that_it_touches_rather_than_the_unclosed_one() -> None:
    of = station()
    old = closed_at(report(exceedance(of), now=JUDGED), JUDGED + HOUR)
    new = report(exceedance(of, day=20), now=JUDGED + 20 * DAY)
    assert new != old
    assert report(exceedance(of, day=1, late=True), now=JUDGED + 21 * DAY) == old
    old.refresh_from_db()
    assert old.state == State.CLOSED


def test_days_in_any_order_give_the_same_alert() -> None:
    shown = []
    for order in ((0, 1, 2), (2, 0, 1), (1, 2, 0)):
        of = station()
        for day in order:
            alert = report(exceedance(of, day=day, value=Decimal(70 + day)), now=JUDGED + 9 * DAY)
        assert of.alerts.count() == 1
        shown.append((alert.value, alert.starts_at, alert.ends_at, alert.spans.count()))
    assert len(set(shown)) == 1


@pytest.mark.parametrize(("later", "same"), [(7 * DAY, True), (7 * DAY + MINUTE, False)])
def test_what_comes_back_within_seven_days_of_closing_reopens(later: timedelta, same: bool) -> None:
    of = station()
    old = closed_at(report(exceedance(of), now=JUDGED), JUDGED)
    again = report(exceedance(of, day=8), now=JUDGED + later)
    assert (again == old) is same
    assert again.state == State.OPEN
    if same:
        assert story(again)[-1] == "reopened"
        assert again.closed_at is None
    else:
        assert again.previous == old


def test_a_later_within_resolves_and_the_state_stays() -> None:
    of = station()
    alert = report(exceedance(of), now=JUDGED)
    assert within(of, day=1, now=JUDGED + DAY) == 1
    alert.refresh_from_db()
    assert (alert.state, alert.resolved_at) == ("open", MIDNIGHT + 2 * DAY)
    assert within(of, day=2, now=JUDGED + 2 * DAY) == 0


def test_an_earlier_within_resolves_nothing() -> None:
    of = station()
    alert = report(exceedance(of, day=3), now=JUDGED + 3 * DAY)
    assert within(of, day=2, now=JUDGED + 3 * DAY) == 0
    alert.refresh_from_db()
    assert alert.resolved_at is None


def test_the_same_alert_recurs_when_it_was_over_but_not_closed() -> None:
    of = station()
    alert = report(exceedance(of), now=JUDGED)
    within(of, day=1, now=JUDGED + DAY)
    again = report(exceedance(of, day=2), now=JUDGED + 2 * DAY)
    assert again == alert
    assert (again.resolved_at, again.raised_at) == (None, JUDGED + 2 * DAY)
    assert story(again) == ["opened", "resolved", "recurred"]


def test_a_late_day_before_the_end_leaves_it_over() -> None:
    of = station()
    report(exceedance(of, day=1), now=JUDGED + DAY)
    within(of, day=2, now=JUDGED + 2 * DAY)
    alert = report(exceedance(of, day=0, late=True), now=JUDGED + 3 * DAY)
    alert.refresh_from_db()
    assert alert.resolved_at is not None


def test_an_end_that_a_later_verdict_took_away_is_taken_back() -> None:
    of = station()
    alert = report(exceedance(of), now=JUDGED)
    within(of, day=1, now=JUDGED + DAY)
    count = unresolve(
        kind="exceedance",
        station_id=of.pk,
        parameter="COD",
        period="day",
        source="QCVN 40:2011/BTNMT",
        now=JUDGED + 2 * DAY,
        reason="Không còn kỳ nào đạt",
    )
    alert.refresh_from_db()
    assert (count, alert.resolved_at) == (1, None)


def withdrawn(of, *, day: int = 0, now=JUDGED + DAY) -> int:
    start = MIDNIGHT + day * DAY
    return withdraw(
        kind="exceedance",
        station_id=of.pk,
        parameter="COD",
        period="day",
        source="QCVN 40:2011/BTNMT",
        start=start,
        end=start + DAY,
        now=now,
        reason="Số liệu đã được đính chính",
    )


def test_a_superseding_within_withdraws_and_deletes_nothing() -> None:
    of = station()
    alert = report(exceedance(of), now=JUDGED)
    assert withdrawn(of) == 1
    alert.refresh_from_db()
    assert (alert.withdrawn, alert.state, alert.value) == (True, "open", Decimal("92.04"))
    assert alert.spans.get().withdrawn_reason == "Số liệu đã được đính chính"
    assert withdrawn(of) == 0


def test_an_alert_with_another_standing_day_is_not_withdrawn() -> None:
    of = station()
    report(exceedance(of), now=JUDGED)
    alert = report(exceedance(of, day=1, value=Decimal(70)), now=JUDGED + DAY)
    withdrawn(of, day=1, now=JUDGED + 2 * DAY)
    alert.refresh_from_db()
    assert (alert.withdrawn, alert.value) == (False, Decimal("92.04"))


def test_a_withdrawn_day_that_exceeds_again_is_reinstated() -> None:
    of = station()
    finding = exceedance(of)
    report(finding, now=JUDGED)
    withdrawn(of)
    alert = report(finding, now=JUDGED + 2 * DAY)
    assert (alert.withdrawn, story(alert)[-1]) == (False, "reinstated")


def test_a_corrected_value_stands_beside_what_was_said() -> None:
    of = station()
    report(exceedance(of), now=JUDGED)
    alert = report(exceedance(of, value=Decimal(80)), now=JUDGED + DAY)
    span = alert.spans.get()
    assert (span.value, span.corrected_value, alert.value) == (
        Decimal("92.04"),
        Decimal(80),
        Decimal("92.04"),
    )
    events = AlertEvent.objects.count()
    report(exceedance(of, value=Decimal(80)), now=JUDGED + 2 * DAY)
    assert AlertEvent.objects.count() == events


def test_the_story_can_only_be_added_to() -> None:
    from django.db import ProgrammingError

    event = report(exceedance(station()), now=JUDGED, mail=False).events.get()
    for change in (lambda: AlertEvent.objects.update(note="x"), event.delete):
        with pytest.raises(ProgrammingError, match="Cannot"), transaction.atomic():
            change()


def test_a_finding_of_an_unknown_kind_is_named() -> None:
    with pytest.raises(ValueError, match="no kind of alert"):
        report(replace(exceedance(station()), kind="weather"), now=JUDGED)
