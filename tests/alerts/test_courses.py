"""Alerts that grow while they last: early warnings, silence, faults, wrong senders."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerts.models import Alert, Notification
from alerts.services import (
    Finding,
    acknowledge,
    close,
    report,
    resolve,
    supersede_warning,
)
from tests.alerts.factories import (
    DAY,
    HOUR,
    JUDGED,
    MIDNIGHT,
    MINUTE,
    agency,
    exceedance,
    person,
    silence,
    station,
    warning,
)

pytestmark = pytest.mark.django_db
EIGHT = MIDNIGHT + 8 * HOUR


def told(alert: Alert) -> list[str]:
    return sorted(alert.notifications.exclude(state="dropped").values_list("address", flat=True))


def test_later_hours_join_the_warning_of_the_day() -> None:
    of = station()
    first = report(warning(of, ratio="0.85"), now=EIGHT)
    second = report(warning(of, ratio="0.95"), now=EIGHT + HOUR)
    assert second == first
    assert second.spans.count() == 1
    assert str(second.ratio.normalize()) == "0.95"
    assert [event.what for event in second.events.all()] == ["opened"]


def test_a_warning_is_one_alert_whichever_limit_warned() -> None:
    of = station()
    other = Finding(**(vars(warning(of)) | {"source": "GPMT số 12"}))
    assert report(warning(of), now=EIGHT) == report(other, now=EIGHT)


def test_near_the_limit_is_on_the_screen_and_in_no_mail() -> None:
    agency(email="so@mau.example")
    assert told(report(warning(station(), ratio="1.0"), now=EIGHT)) == []


def test_beyond_the_limit_is_mailed_once_a_parameter_and_day() -> None:
    of = station()
    report(warning(of, ratio="0.9"), now=EIGHT)
    alert = report(warning(of, ratio="1.01"), now=EIGHT + HOUR)
    for later, ratio in ((2, "0.99"), (3, "1.2"), (4, "1.3")):
        report(warning(of, ratio=ratio, certain=later == 4), now=EIGHT + later * HOUR)
    assert told(alert) == ["vanhanh@mau.example"]
    assert [event.what for event in alert.events.all()] == ["opened", "grew", "grew"]


def test_the_next_day_is_mailed_again() -> None:
    of = station()
    report(warning(of, ratio="1.1"), now=EIGHT)
    alert = report(warning(of, day=1, ratio="1.1"), now=EIGHT + DAY)
    assert told(alert) == ["vanhanh@mau.example"] * 2


def test_a_warning_is_over_when_its_day_is_judged() -> None:
    of = station()
    alert = report(warning(of), now=EIGHT)
    judged = {"station_id": of.pk, "parameter": "COD", "period": "day", "end": MIDNIGHT + DAY}
    assert supersede_warning(**judged, now=JUDGED) == 1
    alert.refresh_from_db()
    assert (alert.resolved_at, alert.taken_over_by) == (MIDNIGHT + DAY, None)


def test_an_exceeded_day_takes_its_warning_over() -> None:
    of = station()
    alert = report(warning(of), now=EIGHT)
    over = report(exceedance(of), now=JUDGED)
    supersede_warning(
        station_id=of.pk,
        parameter="COD",
        period="day",
        end=MIDNIGHT + DAY,
        now=JUDGED,
        taken_over_by=over,
    )
    alert.refresh_from_db()
    assert (alert.taken_over_by, alert.state) == (over, "open")
    assert alert.events.last().what == "taken_over"


def test_a_day_judged_late_leaves_the_warning_of_today() -> None:
    of = station()
    report(warning(of, day=5), now=EIGHT + 5 * DAY)
    late = {"station_id": of.pk, "parameter": "COD", "period": "day", "end": MIDNIGHT + DAY}
    assert supersede_warning(**late, now=EIGHT + 5 * DAY) == 0


def test_the_next_days_warning_recurs_in_the_same_unclosed_alert() -> None:
    of = station()
    alert = report(warning(of), now=EIGHT)
    supersede_warning(
        station_id=of.pk, parameter="COD", period="day", end=MIDNIGHT + DAY, now=JUDGED
    )
    again = report(warning(of, day=1), now=EIGHT + DAY)
    assert again == alert
    assert (again.resolved_at, again.events.last().what) == (None, "recurred")


def test_silence_is_mailed_sixty_minutes_after_it_began() -> None:
    alert = report(silence(station()), now=MIDNIGHT + 20 * MINUTE)
    assert alert.notifications.get().due_at == MIDNIGHT + HOUR


def comes_back(of, at, now=None) -> int:
    return resolve(kind="silent_station", station_id=of.pk, at=at, now=now or at)


def test_a_silence_that_ends_before_its_mail_is_told_to_nobody() -> None:
    of = station()
    alert = report(silence(of), now=MIDNIGHT + 20 * MINUTE)
    assert comes_back(of, MIDNIGHT + 59 * MINUTE, now=MIDNIGHT + 2 * HOUR) == 1
    assert told(alert) == []


def test_what_comes_back_is_told_once_to_those_who_were_told() -> None:
    of = station()
    alert = report(silence(of), now=MIDNIGHT + 20 * MINUTE)
    comes_back(of, MIDNIGHT + 2 * HOUR)
    comes_back(of, MIDNIGHT + 3 * HOUR)
    notes = alert.notifications.order_by("pk")
    assert [note.event.what for note in notes] == ["opened", "resolved"]
    alert.refresh_from_db()
    assert alert.ends_at == MIDNIGHT + 20 * MINUTE


def test_the_watch_may_report_the_same_silence_as_it_grows() -> None:
    of = station()
    for minutes in (20, 25, 30):
        until = MIDNIGHT + minutes * MINUTE
        alert = report(silence(of, until=until), now=until)
    assert (alert.spans.count(), alert.events.count(), alert.ends_at) == (1, 1, until)


def test_a_second_silence_of_an_unclosed_alert_is_told_again() -> None:
    of = station()
    report(silence(of), now=MIDNIGHT + 20 * MINUTE)
    comes_back(of, MIDNIGHT + 30 * MINUTE)
    again = report(silence(of, since=MIDNIGHT + 5 * HOUR), now=MIDNIGHT + 6 * HOUR)
    assert told(again) == ["vanhanh@mau.example"]
    assert again.events.last().what == "recurred"


def test_a_closed_alert_whose_course_goes_on_stays_closed() -> None:
    of = station()
    alert = report(silence(of), now=MIDNIGHT + 20 * MINUTE)
    acknowledge(alert=alert, by=person(), now=MIDNIGHT + HOUR)
    close(alert=alert, by=person(), note="Trạm đang sửa", now=MIDNIGHT + HOUR)
    again = report(silence(of, until=MIDNIGHT + 3 * HOUR), now=MIDNIGHT + 3 * HOUR)
    assert (again, again.state) == (alert, "closed")


def test_wrong_senders_of_a_day_are_one_course() -> None:
    agency(email="so@mau.example")
    of = station()

    def sent(after: timedelta) -> Alert:
        at = MIDNIGHT + after
        return report(
            Finding(
                kind="wrong_sender", station_id=of.pk, start=at, end=at, evidence={"file": "x"}
            ),
            now=at,
        )

    alert = sent(timedelta(0))
    sent(HOUR)
    assert sent(24 * HOUR) == alert
    assert (alert.spans.count(), told(alert)) == (1, ["so@mau.example"])


def test_a_back_fill_by_command_mails_nobody() -> None:
    report(exceedance(station()), now=JUDGED, mail=False)
    assert Notification.objects.count() == 0
