"""The past under other rules: asked about without a trace, and changed on purpose."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.db import transaction

from alerts.models import Alert, Notification
from monitoring.models import Correction, HourMean, StationHour, Verdict
from monitoring.services.receive import store_entries
from monitoring.services.rejudge import Change, differences, rejudge, supposed
from monitoring.services.setup import setups_of
from stations.models import Edition, JudgedBy, PermitLimit, Station
from stations.services.limits import RuleBook
from tests.alerts.factories import person
from tests.factories import AgencyFactory, ChannelFactory, JurisdictionFactory
from tests.flow.register import NOON, file_of, station_with
from tests.monitoring.timeline import (
    DAY,
    HOUR,
    MIDNIGHT,
    MINUTE,
    exceedance,
    results,
    send_hour,
    settle,
)

pytestmark = pytest.mark.django_db

LATER = NOON + 30 * DAY


@pytest.fixture
def station() -> Station:
    """COD at most 60 in the mean of an hour; an hour of 50, one of 90 and one of 40."""
    station = station_with()
    for hour, value in enumerate(("50", "90", "40")):
        send_hour(station, NOON + hour * HOUR, value)
    settle(NOON + 4 * HOUR)
    return station


def asked(
    station: Station, start: datetime = MIDNIGHT, end: datetime = MIDNIGHT + DAY, **named: bool
) -> list[Change]:
    setup = setups_of([station.pk])[station.pk]
    rules = RuleBook.load([station.pk])
    return list(differences(setup, rules, start=start, end=end, **named))


def done(station: Station, *, mail: bool = False, end: datetime = MIDNIGHT + DAY) -> int:
    by = person()
    correction = Correction.objects.create(
        station=station,
        what="rules",
        batch="018f9a00-0000-7000-8000-000000000000",
        start=MIDNIGHT,
        end=end,
        reason="Giấy phép nhập nhầm",
        mail=mail,
        asked_by=by,
        asked_at=LATER,
    )
    return rejudge(
        setups_of([station.pk])[station.pk],
        RuleBook.load([station.pk]),
        start=correction.start,
        end=correction.end,
        now=LATER,
        correction=correction,
        mail=mail,
    )


def told(changes: list[Change]) -> list[tuple[datetime, str | None, str | None]]:
    return [(each.start, *each.results) for each in changes]


def test_what_holds_now_changes_nothing(station: Station) -> None:
    assert asked(station) == []


def test_a_stricter_limit_shows_what_it_would_change(station: Station) -> None:
    with supposed():
        PermitLimit.objects.update(maximum=Decimal(45))
        changes = asked(station)
    assert told(changes) == [
        (NOON, "within", "exceeded"),
        (NOON + HOUR, "exceeded", "exceeded"),
        (NOON + 2 * HOUR, "within", "within"),
    ]


def test_it_says_what_stood_before(station: Station) -> None:
    with supposed():
        PermitLimit.objects.update(maximum=Decimal(45))
        first = asked(station)[0]
    assert first.before is not None
    assert (first.before.mean, first.before.maximum, first.before.source) == (50, 60, "GPMT số 1")


def test_a_supposition_leaves_nothing_behind(station: Station) -> None:
    with supposed():
        PermitLimit.objects.update(maximum=Decimal(45))
    assert PermitLimit.objects.get().maximum == 60


def test_a_supposition_that_fails_says_so_and_leaves_nothing(station: Station) -> None:
    def fail() -> None:
        with supposed():
            PermitLimit.objects.update(maximum=Decimal(45))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert PermitLimit.objects.get().maximum == 60


def test_a_supposition_undoes_itself_alone(station: Station) -> None:
    with transaction.atomic():
        PermitLimit.objects.update(maximum=Decimal(70))
        with supposed():
            PermitLimit.objects.update(maximum=Decimal(45))
    assert PermitLimit.objects.get().maximum == 70


def test_asking_writes_nothing(station: Station) -> None:
    before = list(Verdict.objects.values())
    with supposed():
        PermitLimit.objects.update(maximum=Decimal(45))
        assert asked(station)
    assert list(Verdict.objects.values()) == before


def test_only_periods_that_start_within_are_asked_about(station: Station) -> None:
    with supposed():
        PermitLimit.objects.update(maximum=Decimal(45))
        changes = asked(station, NOON, NOON + 2 * HOUR)
    assert [each.start for each in changes] == [NOON, NOON + HOUR]


def test_what_has_not_come_due_is_not_asked_about(station: Station) -> None:
    send_hour(station, NOON + 4 * HOUR, "90")
    settle(NOON + 5 * HOUR)
    with supposed():
        PermitLimit.objects.update(maximum=Decimal(45))
        assert max(each.start for each in asked(station)) == NOON + 3 * HOUR


def test_a_limit_of_another_period_is_judged_for_the_days_that_are_over(station: Station) -> None:
    settle(MIDNIGHT + DAY + HOUR)
    with supposed():
        PermitLimit.objects.create(
            channel=station.channels.get(), period="day", maximum=Decimal(60), source="GPMT số 2"
        )
        changes = asked(station)
    assert told(changes) == [(MIDNIGHT, None, "not_enough_data")]


def test_a_limit_that_disappears_leaves_no_verdict(station: Station) -> None:
    with supposed():
        PermitLimit.objects.update(valid_from=date(2024, 6, 1))
        changes = asked(station)
    assert told(changes) == [
        (NOON, "within", None),
        (NOON + HOUR, "exceeded", None),
        (NOON + 2 * HOUR, "within", None),
    ]


def test_a_correction_judges_the_past_and_is_named(station: Station) -> None:
    PermitLimit.objects.update(maximum=Decimal(45))
    assert done(station) == 3
    assert results(station)[NOON] == "exceeded"
    made = Verdict.objects.in_effect().filter(station=station)
    assert set(made.values_list("correction", flat=True)) == {Correction.objects.get().pk}


def test_what_stood_before_a_correction_stays_superseded(station: Station) -> None:
    PermitLimit.objects.update(maximum=Decimal(45))
    done(station)
    old = Verdict.objects.filter(station=station, superseded_at=LATER)
    assert sorted(old.values_list("result", flat=True)) == ["exceeded", "within", "within"]


def test_a_correction_does_what_was_foretold(station: Station) -> None:
    PermitLimit.objects.update(maximum=Decimal(45))
    foretold = told(asked(station))
    done(station)
    said = results(station)
    assert [(start, said[start]) for start, _, _ in foretold] == [
        (start, after) for start, _, after in foretold
    ]
    assert asked(station) == []


def test_doing_it_twice_changes_nothing_more(station: Station) -> None:
    PermitLimit.objects.update(maximum=Decimal(45))
    assert done(station) == 3
    assert done(station) == 0


def test_a_looser_limit_withdraws_the_alert(station: Station) -> None:
    PermitLimit.objects.update(maximum=Decimal(100))
    done(station)
    assert exceedance(station).withdrawn


def test_a_stricter_limit_opens_an_alert_marked_late(station: Station) -> None:
    PermitLimit.objects.update(maximum=Decimal(45))
    done(station)
    spans = exceedance(station).spans.order_by("start")
    assert list(spans.values_list("start", "late")) == [(NOON, True), (NOON + HOUR, False)]


def test_a_limit_that_is_gone_withdraws_its_alert(station: Station) -> None:
    PermitLimit.objects.update(valid_from=date(2024, 6, 1))
    assert done(station) == 3
    assert results(station) == {}
    assert exceedance(station).withdrawn


def test_an_end_by_a_verdict_that_is_gone_is_taken_back(station: Station) -> None:
    assert exceedance(station).resolved_at == NOON + 3 * HOUR
    PermitLimit.objects.update(min_capture=Decimal("0.75"), valid_until=date(2024, 5, 21))
    Verdict.objects.filter(start=NOON + 2 * HOUR).update(start=NOON + DAY, end=NOON + DAY + HOUR)
    assert done(station, end=MIDNIGHT + 2 * DAY) == 2
    assert exceedance(station).resolved_at == NOON + 3 * HOUR


def test_a_period_exceeded_by_another_paper_belongs_to_that_papers_alert(
    station: Station,
) -> None:
    PermitLimit.objects.update(source="GPMT số 2")
    done(station)
    first, second = Alert.objects.filter(kind="exceedance").order_by("pk")
    assert (first.source, first.withdrawn) == ("GPMT số 1", True)
    assert (second.source, second.withdrawn) == ("GPMT số 2", False)


@pytest.mark.parametrize(("mail", "notes"), [(False, []), (True, ["opened", "resolved"])])
def test_a_correction_mails_only_where_it_was_asked_to(
    station: Station, mail: bool, notes: list[str]
) -> None:
    JurisdictionFactory(agency=AgencyFactory(emails=["so@mau.example"]))
    PermitLimit.objects.update(maximum=Decimal(45), source="GPMT số 2")
    done(station, mail=mail)
    said = Notification.objects.exclude(state="dropped").values_list("event__what", flat=True)
    assert sorted(said) == notes


def test_other_stations_are_left_alone(station: Station) -> None:
    other = station_with()
    send_hour(other, NOON, "50")
    settle(NOON + 4 * HOUR)
    PermitLimit.objects.update(maximum=Decimal(45))
    done(station)
    assert results(other)[NOON] == "within"


def test_the_strip_of_hours_follows(station: Station) -> None:
    PermitLimit.objects.update(maximum=Decimal(45))
    done(station)
    assert StationHour.objects.get(station=station, start=NOON).state == "exceeded"


def stack() -> Station:
    """An emission station judged by 19:2009, with O₂; half of SO₂ at 10 % oxygen."""
    station = station_with(symbols=("SO2",), maximum="1500", medium="emission")
    ChannelFactory(station=station, symbol="O2")
    for i in range(12):
        at = NOON + 5 * i * MINUTE
        store_entries(
            [file_of(station, at, ("SO2", "200", "00"), ("O2", "13.95", "00"))], now=at + MINUTE
        )
    settle(NOON + 4 * HOUR)
    return station


def test_a_reference_oxygen_nobody_asked_for_is_made_from_the_readings() -> None:
    station = stack()
    assert not HourMean.objects.filter(basis="7").exists()
    with supposed():
        PermitLimit.objects.update(reference_oxygen=Decimal(7), maximum=Decimal(399))
        changes = asked(station)
    new = [each for each in changes if each.judged is not None]
    assert [each.judged.mean.value for each in new if each.judged][:1] == [400]
    assert new[0].results == (None, "exceeded")
    assert not HourMean.objects.filter(basis="7").exists()


def test_a_correction_stores_the_means_on_the_basis_it_needs() -> None:
    station = stack()
    PermitLimit.objects.update(reference_oxygen=Decimal(7), maximum=Decimal(400))
    foretold = len(asked(station))
    assert done(station) == foretold
    assert HourMean.objects.get(basis="7", start=NOON, slot=1).value == 400
    assert results(station)[NOON] == "within"


def test_the_edition_of_2024_takes_the_place_of_2009_from_its_date() -> None:
    station = station_with(symbols=("SO2",), medium="emission")
    PermitLimit.objects.all().delete()
    old, new = (Edition.objects.get(code=f"QCVN 19:{year}/BTNMT") for year in (2009, 2024))
    row = JudgedBy.objects.create(station=station, edition=old, column="B")
    send_hour(station, NOON, "100", symbol="SO2")
    settle(NOON + HOUR + 30 * MINUTE)
    with supposed():
        row.valid_until = date(2024, 5, 20)
        row.save()
        JudgedBy.objects.create(
            station=station, edition=new, column="B", valid_from=date(2024, 5, 21)
        )
        changes = asked(station)
    assert told(changes) == [(NOON, "within", None)]
