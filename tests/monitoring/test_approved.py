"""The approved layer beside the data as sent: where it stands, what it says, when it is re-made."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from alerts.models import Alert
from monitoring.models import Correction, Exclusion, Layer, Reading, Verdict
from monitoring.services import exclusions
from monitoring.services.exclusions import Wanted
from stations.models import Channel, Document, PermitLimit, Person, Station
from tests.factories import PersonFactory
from tests.flow.register import NOON, station_with
from tests.monitoring.timeline import (
    DAY,
    HOUR,
    MIDNIGHT,
    MINUTE,
    exceedance,
    results,
    send,
    send_hour,
    settle,
    whats,
)

pytestmark = pytest.mark.django_db

TWO = NOON + 2 * HOUR


@pytest.fixture
def station() -> Station:
    """COD at most 60 in the mean of an hour."""
    return station_with()


@pytest.fixture
def officer() -> Person:
    return PersonFactory(name="Cán bộ Minh họa")


def wanted(
    station: Station,
    start: datetime,
    end: datetime,
    *,
    why: str = "fault",
    symbol: str = "COD",
    words: str = "Điện cực hỏng, đã thay.",
) -> Wanted:
    paper, _ = Document.objects.get_or_create(number="BB số 7")
    channel = Channel.objects.get(station=station, symbol=symbol)
    return Wanted(channel, start, end, why, words, paper)


def exclude(
    station: Station, start: datetime, end: datetime, officer: Person, **named: str
) -> Exclusion:
    given = wanted(station, start, end, **named)
    return exclusions.enter(wanted=given, by=officer, now=NOON + 3 * DAY)


def approved(station: Station, period: str = "hour") -> dict[datetime, tuple[str, int, int]]:
    """The approved verdicts in effect: result, filled and expected slots."""
    rows = Verdict.objects.in_effect(Layer.APPROVED).filter(station=station, period=period)
    return {row.start: (row.result, row.n, row.expected) for row in rows}


def half_spoiled(station: Station) -> None:
    """An hour whose last quarter is far above the limit, and a calm one after it."""
    send(station, NOON, ["20"] * 9 + ["300"] * 3)
    send_hour(station, NOON + HOUR, "20")
    settle(TWO + HOUR)


def test_without_the_excluded_readings_the_hour_is_within(
    station: Station, officer: Person
) -> None:
    half_spoiled(station)
    assert results(station)[NOON] == "exceeded"
    exclude(station, NOON + 45 * MINUTE, NOON + HOUR, officer)
    assert approved(station) == {NOON: ("within", 9, 12)}


def test_the_data_as_sent_and_their_verdict_stay(station: Station, officer: Person) -> None:
    half_spoiled(station)
    readings = list(Reading.objects.values_list("time", "values", "statuses"))
    verdicts = list(Verdict.objects.values_list("id", "result", "superseded_at"))
    exclude(station, NOON, NOON + HOUR, officer)
    assert list(Reading.objects.values_list("time", "values", "statuses")) == readings
    raw = Verdict.objects.filter(layer=Layer.RAW)
    assert list(raw.values_list("id", "result", "superseded_at")) == verdicts


@pytest.mark.parametrize(
    ("why", "said"),
    [("fault", ("not_enough_data", 6, 12)), ("stop", ("within", 6, 6))],
)
def test_only_a_stop_takes_its_slots_out_of_what_is_expected(
    station: Station, officer: Person, why: str, said: tuple[str, int, int]
) -> None:
    send_hour(station, NOON, "20")
    settle(TWO)
    exclude(station, NOON + 30 * MINUTE, NOON + HOUR, officer, why=why)
    assert approved(station)[NOON] == said


def test_an_hour_that_was_stopped_whole_expects_nothing(station: Station, officer: Person) -> None:
    send_hour(station, NOON, "20")
    settle(TWO)
    exclude(station, NOON, NOON + HOUR, officer, why="stop")
    row = Verdict.objects.in_effect(Layer.APPROVED).get(start=NOON)
    assert (row.result, row.n, row.expected) == ("not_enough_data", 0, 0)
    assert (row.mean, row.capture) == (None, None)


def test_a_stop_without_a_single_file_is_not_missing_in_the_day(officer: Person) -> None:
    station = station_with(period="day")
    for hour in (h for h in range(24) if h not in range(6, 14)):
        send_hour(station, MIDNIGHT + hour * HOUR, "20")
    settle(MIDNIGHT + DAY + HOUR)
    assert results(station, "day") == {MIDNIGHT: "not_enough_data"}
    exclude(station, MIDNIGHT + 6 * HOUR, MIDNIGHT + 14 * HOUR, officer, why="stop")
    assert approved(station, "day") == {MIDNIGHT: ("within", 192, 192)}


def test_only_touched_periods_of_the_channel_have_an_approved_verdict(officer: Person) -> None:
    station = station_with(symbols=["COD", "TSS"])
    for symbol in ("COD", "TSS"):
        for hour in range(3):
            send_hour(station, NOON + hour * HOUR, "20", symbol=symbol)
    settle(NOON + 4 * HOUR)
    exclude(station, NOON + HOUR, NOON + 2 * HOUR, officer)
    rows = Verdict.objects.in_effect(Layer.APPROVED)
    assert list(rows.values_list("symbol", "start")) == [("COD", NOON + HOUR)]


def test_exclusions_that_overlap_are_one(station: Station, officer: Person) -> None:
    send_hour(station, NOON, "20")
    settle(TWO)
    exclude(station, NOON, NOON + 10 * MINUTE, officer)
    exclude(station, NOON + 5 * MINUTE, NOON + 15 * MINUTE, officer, why="maintenance")
    assert approved(station)[NOON] == ("within", 9, 12)


def test_taking_one_of_two_back_leaves_the_other(station: Station, officer: Person) -> None:
    send_hour(station, NOON, "20")
    settle(TWO)
    first = exclude(station, NOON, NOON + 10 * MINUTE, officer)
    exclude(station, NOON + 5 * MINUTE, NOON + 15 * MINUTE, officer)
    exclusions.revoke(exclusion=first, by=officer, reason="Nhầm", now=NOON + 4 * DAY)
    assert approved(station)[NOON] == ("within", 10, 12)


def test_taken_back_the_approved_verdict_ends_and_stays_on_record(
    station: Station, officer: Person
) -> None:
    half_spoiled(station)
    given = exclude(station, NOON, NOON + HOUR, officer)
    end = NOON + 4 * DAY
    exclusions.revoke(exclusion=given, by=officer, reason="Biên bản sai ngày", now=end)
    assert approved(station) == {}
    assert Verdict.objects.get(layer=Layer.APPROVED).superseded_at == end
    given.refresh_from_db()
    assert (given.state, given.revoked_reason) == ("revoked", "Biên bản sai ngày")


def test_a_day_without_hours_of_a_limit_is_judged_from_the_hours_that_stay(
    officer: Person,
) -> None:
    station = station_with(period="day")
    for hour in range(24):
        send_hour(station, MIDNIGHT + hour * HOUR, "500" if hour in (3, 4) else "30")
    settle(MIDNIGHT + DAY + HOUR)
    assert results(station, "day") == {MIDNIGHT: "exceeded"}
    exclude(station, MIDNIGHT + 3 * HOUR, MIDNIGHT + 5 * HOUR, officer)
    assert approved(station, "day") == {MIDNIGHT: ("within", 264, 288)}


def test_data_that_come_late_change_the_approved_verdict_too(
    station: Station, officer: Person
) -> None:
    half_spoiled(station)
    exclude(station, NOON + 45 * MINUTE, NOON + HOUR, officer)
    send(station, NOON, ["100"] * 9, received=NOON + 5 * DAY)
    settle(NOON + 5 * DAY)
    assert approved(station) == {NOON: ("exceeded", 9, 12)}
    history = Verdict.objects.filter(layer=Layer.APPROVED, start=NOON)
    assert history.filter(superseded_at=None).count() == 1
    assert history.exclude(superseded_at=None).get().result == "within"


def test_a_change_that_leaves_the_mean_as_it_was_still_reaches_the_approved_layer(
    station: Station, officer: Person
) -> None:
    send(station, NOON, ["20"] * 6 + ["40"] * 6)
    settle(TWO)
    exclude(station, NOON + 30 * MINUTE, NOON + HOUR, officer, why="stop")
    before = Verdict.objects.in_effect(Layer.APPROVED).get().mean
    send(station, NOON, ["40"] * 6 + ["20"] * 6, received=NOON + 5 * DAY)
    settle(NOON + 5 * DAY)
    assert (before, Verdict.objects.in_effect(Layer.APPROVED).get().mean) == (20, 40)


def test_a_change_inside_the_excluded_span_makes_no_new_approved_verdict(
    station: Station, officer: Person
) -> None:
    half_spoiled(station)
    exclude(station, NOON + 45 * MINUTE, NOON + HOUR, officer)
    send(station, NOON + 45 * MINUTE, ["400"] * 3, received=NOON + 5 * DAY)
    settle(NOON + 5 * DAY)
    assert Verdict.objects.filter(layer=Layer.APPROVED).count() == 1
    assert Verdict.objects.filter(layer=Layer.RAW, start=NOON).count() == 2


def test_a_day_that_ends_after_the_approval_is_judged_in_both_layers(officer: Person) -> None:
    station = station_with(period="day")
    for hour in range(12):
        send_hour(station, MIDNIGHT + hour * HOUR, "500" if hour == 3 else "30")
    given = wanted(station, MIDNIGHT + 3 * HOUR, MIDNIGHT + 4 * HOUR)
    settle(MIDNIGHT + 13 * HOUR)
    exclusions.enter(wanted=given, by=officer, now=MIDNIGHT + 13 * HOUR)
    assert approved(station, "day") == {}
    for hour in range(12, 24):
        send_hour(station, MIDNIGHT + hour * HOUR, "30")
    settle(MIDNIGHT + DAY + HOUR)
    assert approved(station, "day") == {MIDNIGHT: ("within", 276, 288)}


def test_the_approved_verdict_keeps_the_limit_of_the_other(
    station: Station, officer: Person
) -> None:
    half_spoiled(station)
    PermitLimit.objects.update(maximum=Decimal(10))
    exclude(station, NOON + 45 * MINUTE, NOON + HOUR, officer)
    assert approved(station) == {NOON: ("within", 9, 12)}


def test_an_exclusion_touches_no_alert_but_its_story(station: Station, officer: Person) -> None:
    half_spoiled(station)
    before = Alert.objects.values().get()
    spans = list(exceedance(station).spans.values())
    given = exclude(station, NOON, NOON + HOUR, officer)
    assert Alert.objects.values().get() == before
    assert whats(exceedance(station))[-1] == "excluded"
    exclusions.revoke(exclusion=given, by=officer, reason="Nhầm", now=NOON + 4 * DAY)
    assert Alert.objects.values().get() == before
    assert list(exceedance(station).spans.values()) == spans
    assert whats(exceedance(station))[-1] == "included"


def test_an_approved_exceedance_opens_nothing(station: Station, officer: Person) -> None:
    send(station, NOON, ["10"] * 3 + ["70"] * 9)
    settle(TWO)
    assert results(station)[NOON] == "within"
    exclude(station, NOON, NOON + 15 * MINUTE, officer)
    assert approved(station)[NOON][0] == "exceeded"
    assert not Alert.objects.exists()


def test_a_case_of_another_parameter_or_time_hears_nothing(officer: Person) -> None:
    station = station_with(symbols=["COD", "TSS"])
    send_hour(station, NOON, "90", symbol="TSS")
    send_hour(station, NOON + HOUR, "90")
    settle(NOON + 3 * HOUR)
    exclude(station, NOON, NOON + HOUR, officer)
    said = Alert.objects.filter(events__what="excluded")
    assert not said.exists()


def test_a_case_that_is_opened_after_the_exclusion_is_told_of_it_once(
    station: Station, officer: Person
) -> None:
    send_hour(station, NOON, "20")
    settle(TWO)
    exclude(station, NOON, NOON + 30 * MINUTE, officer)
    send_hour(station, NOON, "90", received=NOON + 5 * DAY)
    settle(NOON + 5 * DAY)
    settle(NOON + 5 * DAY + HOUR)
    assert whats(exceedance(station)).count("excluded") == 1


def test_what_was_done_is_on_record_as_a_correction(station: Station, officer: Person) -> None:
    half_spoiled(station)
    given = exclude(station, NOON, NOON + HOUR, officer)
    done = Correction.objects.get()
    assert (done.what, done.asked_by, done.document) == ("exclusion", officer, given.document)
    assert (done.readings_changed, done.verdicts_changed) == (0, 1)
    assert done.done_at is not None
    assert Verdict.objects.in_effect(Layer.APPROVED).get().correction == done.pk


def test_a_preview_says_what_approval_then_does_and_writes_nothing(
    station: Station, officer: Person
) -> None:
    half_spoiled(station)
    given = wanted(station, NOON + 45 * MINUTE, NOON + HOUR)
    before = Verdict.objects.count()
    foreseen = exclusions.preview(given.row())
    assert Verdict.objects.count() == before
    assert [(c.raw.result, c.before, c.after.judgement.verdict) for c in foreseen] == [
        ("exceeded", None, "within")
    ]
    exclusions.enter(wanted=given, by=officer, now=NOON + 3 * DAY)
    stored = Verdict.objects.in_effect(Layer.APPROVED).get()
    assert stored.total == foreseen[0].after.mean.total
    assert stored.result == foreseen[0].after.judgement.verdict
