"""Severity and bands as dated data; a cause that comes and goes is one case, told once."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from alerts.mail import compose  # noqa: F401 - the letters are known to the desk
from alerts.models import Alert, KindRule, RatioBand
from alerts.services import report, resolve
from alerts.services.escalating import keep_deadlines
from stations.models import RuleSetting, Station
from tests.alerts.factories import JUDGED, MINUTE, agency, exceedance, silence, station

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("ratio", "place", "severity"), [("1.09", 1, 3), ("1.1", 2, 3), ("2.9", 3, 3), ("3", 4, 4)]
)
def test_an_exceedance_tells_its_band_and_is_graded_by_it(
    ratio: str, place: int, severity: int
) -> None:
    alert = report(exceedance(station(), ratio=Decimal(ratio)), now=JUDGED)
    assert (alert.evidence["band"]["place"], alert.severity) == (place, severity)


def test_a_range_has_bands_of_its_own() -> None:
    said = exceedance(
        station(), parameter="pH", value=Decimal("10.75"), minimum=Decimal("5.5"),
        maximum=Decimal(9), ratio=None,
    )  # fmt: skip
    alert = report(said, now=JUDGED)
    band = alert.evidence["band"]
    assert (band["measure"], band["place"], band["from"], alert.severity) == ("range", 4, "0.5", 4)


def test_the_department_sets_severity_and_bands() -> None:
    KindRule.objects.filter(kind="silent_station").update(severity=1)
    RatioBand.objects.filter(measure="maximum", number=2).update(severity=4)
    assert report(silence(station()), now=JUDGED).severity == 1
    assert report(exceedance(station(), ratio=Decimal("1.2")), now=JUDGED).severity == 4


def test_what_was_told_keeps_its_grade() -> None:
    alert = report(exceedance(station()), now=JUDGED)
    RatioBand.objects.update(severity=4)
    alert.refresh_from_db()
    assert (alert.severity, alert.evidence["band"]["place"]) == (3, 2)


@pytest.fixture
def place() -> Station:
    agency(email="canhbao@stnmt.example")
    return station()


def turn(of: Station, begin: datetime, *, length: timedelta = 2 * HOUR) -> Alert:
    """Silent from `begin` on, and heard again."""
    alert = report(silence(of, since=begin), now=begin + 65 * MINUTE)
    resolve(kind="silent_station", station_id=of.pk, at=begin + length, now=begin + length)
    alert.refresh_from_db()
    return alert


def mails(alert: Alert) -> list[str]:
    """What was told to the department, in order; ends that were overtaken were dropped."""
    notes = alert.notifications.filter(address="canhbao@stnmt.example").exclude(state="dropped")
    return list(notes.order_by("created_at", "pk").values_list("event__what", flat=True))


def test_three_onsets_in_a_day_are_three_and_the_fourth_comes_and_goes(place: Station) -> None:
    for n in range(3):
        alert = turn(place, JUDGED + n * 5 * HOUR)
    assert alert.flapping_since is None
    alert = turn(place, JUDGED + 15 * HOUR)
    assert alert.flapping_since == JUDGED + 15 * HOUR + 65 * MINUTE
    told = alert.events.get(what="flapping").data
    assert told["times"] == 4
    assert Alert.objects.count() == 1


def test_onsets_further_apart_do_not_come_and_go(place: Station) -> None:
    for n in range(6):
        alert = turn(place, JUDGED + n * 9 * HOUR)
    assert alert.flapping_since is None


def test_a_cause_that_comes_and_goes_is_not_told_at_each_turn(place: Station) -> None:
    for n in range(8):
        alert = turn(place, JUDGED + n * 3 * HOUR)
    assert mails(alert) == ["opened", "recurred", "recurred", "recurred"]


def test_its_end_is_told_once_when_it_is_steady(place: Station) -> None:
    for n in range(8):
        alert = turn(place, JUDGED + n * 3 * HOUR)
    last = JUDGED + 23 * HOUR
    keep_deadlines(now=last + 12 * HOUR - MINUTE)
    assert mails(alert)[-1] == "recurred"
    keep_deadlines(now=last + 12 * HOUR)
    alert.refresh_from_db()
    assert (mails(alert)[-1], alert.flapping_since) == ("resolved", None)
    assert alert.events.filter(what="steady").count() == 1
    keep_deadlines(now=last + 13 * HOUR)
    assert mails(alert).count("resolved") == 1


def test_how_often_is_a_dated_number(place: Station) -> None:
    RuleSetting.objects.filter(key="flapping_times").update(value=2)
    turn(place, JUDGED)
    assert turn(place, JUDGED + 3 * HOUR).flapping_since is not None
