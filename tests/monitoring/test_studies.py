"""The limit laboratory: what another rule would say of the past, and that nothing else is kept."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection

from monitoring.domain.judging import EXCEEDED, NOT_ENOUGH_DATA, WITHIN
from monitoring.domain.tallying import Tally, busiest
from monitoring.models import Study, Verdict
from monitoring.services import studies
from monitoring.services.receive import store_entries
from monitoring.services.studies import OwnLimit, Question, ask_study, study_one
from stations.models import Edition, EditionLimit, JudgedBy, PermitLimit
from tests.factories import ChannelFactory, PersonFactory
from tests.flow.register import file_of, station_with
from tests.monitoring.timeline import DAY, HOUR, MIDNIGHT, send_hour, settle

JUDGED = MIDNIGHT + 4 * DAY


@pytest.fixture
def plant(db):
    """Three days: COD 50 all day; the second day 95 from 8 to 16 h (mean 65)."""
    made = station_with(period="day", maximum="70")
    for day in range(3):
        for hour in range(24):
            value = "95" if day == 1 and 8 <= hour < 16 else "50"
            send_hour(made, MIDNIGHT + day * DAY + hour * HOUR, value)
    settle(JUDGED)
    return made


def ask(plant, **said) -> Study:
    question = Question((plant.code,), date(2024, 5, 21), date(2024, 5, 23), **said)
    study = ask_study(name="Thử", question=question, by=PersonFactory(), now=JUDGED)
    while study_one(now=JUDGED):
        pass
    study.refresh_from_db()
    return study


def row(study: Study, plant, period: str = "day") -> dict:
    rows = study.result["stations"][plant.code]
    return next(one for one in rows if one["symbol"] == "COD" and one["period"] == period)


def test_a_stricter_limit_of_the_day_tells_the_day_and_its_hours(plant):
    study = ask(plant, limits=(OwnLimit("COD", "day", Decimal(60)),))
    found = row(study, plant)
    assert study.done_at == JUDGED
    assert (found["then"]["exceeded"], found["then"]["within"]) == (1, 2)
    assert (found["then"]["first"], found["then"]["last"]) == ("2024-05-22", "2024-05-22")
    assert found["then"]["worst"] == pytest.approx(65 / 60)
    assert found["above"] == [8 <= hour < 16 for hour in range(24)]


def test_a_limit_of_the_hour_counts_hours_of_the_day(plant):
    found = row(ask(plant, limits=(OwnLimit("COD", "hour", Decimal(60)),)), plant, "hour")
    assert found["then"]["exceeded"] == 8
    assert found["then"]["hours"] == [int(8 <= hour < 16) for hour in range(24)]


def test_equal_to_the_limit_is_within(plant):
    found = row(ask(plant, limits=(OwnLimit("COD", "day", Decimal(65)),)), plant)
    assert found["then"]["exceeded"] == 0


def test_another_edition_takes_the_place_of_the_present_one(plant):
    PermitLimit.objects.filter(channel__station=plant).update(replaces=False, maximum=1000)
    found = row(ask(plant, edition="QCVN 40:2011/BTNMT", column="A"), plant)
    assert found["limit"]["source"] == "QCVN 40:2011/BTNMT cột A"
    assert found["limit"]["max"] == pytest.approx(75 * 0.6 * 0.9)  # nothing known: the smallest
    assert (found["now"]["exceeded"], found["then"]["exceeded"]) == (0, 3)


def test_nothing_but_the_study_is_kept(plant):
    rules = list(JudgedBy.objects.values_list()), list(PermitLimit.objects.values_list())
    verdicts = list(Verdict.objects.order_by("id").values_list("id", "result", "superseded_at"))
    ask(
        plant,
        edition="QCVN 40:2011/BTNMT",
        column="A",
        limits=(OwnLimit("COD", "day", Decimal(1)),),
    )
    assert rules == (list(JudgedBy.objects.values_list()), list(PermitLimit.objects.values_list()))
    assert verdicts == list(
        Verdict.objects.order_by("id").values_list("id", "result", "superseded_at")
    )


def test_a_study_goes_on_where_a_killed_worker_left_it(plant):
    other = station_with(period="day")
    question = Question(
        (plant.code, other.code),
        date(2024, 5, 21),
        date(2024, 5, 23),
        limits=(OwnLimit("COD", "day", Decimal(60)),),
    )
    study = ask_study(name="Thử", question=question, by=PersonFactory(), now=JUDGED)
    assert study_one(now=JUDGED)
    study.refresh_from_db()
    assert (list(study.result["stations"]), study.done_at) == ([plant.code], None)
    assert study_one(now=JUDGED)
    study.refresh_from_db()
    assert study.done_at == JUDGED
    assert not study_one(now=JUDGED)


def test_a_study_that_fails_says_why_and_holds_up_no_other(plant):
    broken = Question((plant.code,), date(2024, 5, 21), date(2024, 5, 22), edition="QCVN 0")
    failed = ask_study(name="Hỏng", question=broken, by=PersonFactory(), now=JUDGED)
    good = ask(plant, limits=(OwnLimit("COD", "day", Decimal(60)),))
    failed.refresh_from_db()
    assert failed.failure
    assert good.done_at is not None


def test_a_study_that_takes_longer_than_the_database_allows_is_not_asked_for_ever(
    plant, monkeypatch
):
    def slow(*_given):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '20ms'")
            cursor.execute("SELECT pg_sleep(5)")

    monkeypatch.setattr(studies, "answer", slow)
    study = ask(plant, limits=(OwnLimit("COD", "day", Decimal(50)),))
    assert "statement timeout" in study.failure
    assert not study_one(now=JUDGED)


def test_a_question_is_kept_as_it_was_asked():
    question = Question(
        ("A", "B"), date(2024, 1, 1), date(2024, 12, 31), "QCVN 40:2011/BTNMT", "A", "",
        (
            OwnLimit("pH", "day", Decimal("9"), Decimal("6")),
            OwnLimit("COD", "hour", Decimal("0.1")),
        ),
    )  # fmt: skip
    assert Question.from_json(question.as_json()) == question


def test_a_tally_counts_each_verdict_once():
    tally = Tally()
    tally.add(WITHIN, date(2024, 5, 1), ratio=None, hour=3)
    tally.add(NOT_ENOUGH_DATA, date(2024, 5, 1), ratio=None, hour=4)
    tally.add(EXCEEDED, date(2024, 6, 1), ratio=None, hour=5)
    assert (tally.within, tally.exceeded, tally.lacking, tally.judged) == (1, 1, 1, 2)
    assert tally.months[5] == 1
    assert tally.hours[5] == 1
    assert sum(tally.hours) == 1


def test_the_busiest_hours_are_at_most_three_by_the_clock():
    assert busiest([0] * 24) == []
    assert busiest([0, 5, 0, 7, 7, 1]) == [1, 3, 4]


def test_hours_at_a_reference_that_nobody_asked_for_yet_are_told_too(db):
    """The means at 7 % oxygen are not stored: no limit in force is at a reference."""
    plant = station_with(symbols=("SO2",), medium="emission", maximum="900", period="day",
                         interval=60)  # fmt: skip
    ChannelFactory(station=plant, symbol="O2")
    for hour in range(24):
        at = MIDNIGHT + hour * HOUR
        said = ("SO2", "250" if hour < 6 else "190", "00"), ("O2", "13.95", "00")
        store_entries([file_of(plant, at, *said)], now=at + HOUR)
    settle(JUDGED)
    edition = Edition.objects.get(code="QCVN 19:2009/BTNMT")
    Edition.objects.filter(pk=edition.pk).update(reference_oxygen=Decimal(7))
    cells = EditionLimit.objects.filter(edition=edition, parameter__symbol="SO2")
    assert cells.update(period="day", maximum=Decimal(400), minimum=None, takes_factors=False)
    PermitLimit.objects.update(replaces=False)
    study = ask(plant, edition=edition.code, column="B")
    rows = study.result["stations"][plant.code]
    found = next(one for one in rows if one["limit"] and one["limit"]["oxygen"] == 7)
    assert found["then"]["exceeded"] == 1
    assert found["above"] == [int(hour < 6) for hour in range(24)]
