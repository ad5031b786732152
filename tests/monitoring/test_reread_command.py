"""`reread STATION --from --to`: said before, then done, with who and why."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from monitoring.models import Correction, Delivery, Reading, Verdict
from monitoring.services.receive import store_entries
from stations.models import Station
from stations.services.instruments import CannotRead, change_reading, instrument_on
from tests.factories import PersonFactory
from tests.flow.register import NOON, hour_of_files, station_with
from tests.flow.rereading import instrument
from tests.monitoring.timeline import DAY, HOUR, settle

pytestmark = pytest.mark.django_db

LATER = NOON + 3 * HOUR


@pytest.fixture
def station() -> Station:
    """An hour of 45 under a limit of 60; the factor was forgotten."""
    station = station_with()
    store_entries(hour_of_files(station, NOON, "45"), now=LATER)
    settle(LATER)
    instrument(station, factor=Decimal(2))
    return station


def run(station: Station, *, end: datetime = LATER, **options: Any) -> dict[str, Any]:
    out = StringIO()
    call_command(
        "reread",
        station.code,
        start=NOON - DAY,
        end=end,
        now=LATER,
        json=True,
        stdout=out,
        **options,
    )
    return dict(json.loads(out.getvalue().splitlines()[-1]))


def test_a_dry_run_says_what_would_change_and_changes_nothing(station: Station) -> None:
    told = run(station, dry_run=True)
    assert (told["files"], told["readings"], told["verdicts"]) == (12, 12, 1)
    assert told["parameters"] == {"COD": {"gained": 0, "lost": 0, "changed": 12}}
    assert Reading.objects.first().values == [45]
    assert not Correction.objects.exists()


def test_it_is_done_with_who_and_why(station: Station) -> None:
    PersonFactory(username="canbo")
    assert run(station, reason="Quên hệ số", by="canbo") == {"readings": 12, "verdicts": 1}
    order = Correction.objects.get()
    assert (order.reason, order.asked_by.username) == ("Quên hệ số", "canbo")
    verdict = Verdict.objects.in_effect().get(start=NOON, period="hour")
    assert (verdict.result, verdict.correction) == ("exceeded", order.pk)
    before = Verdict.objects.get(start=NOON, period="hour", superseded_at=LATER)
    assert (before.result, before.correction) == ("within", None)


def test_more_than_a_month_is_done_month_by_month(station: Station) -> None:
    """So the station's lock is never held for long."""
    PersonFactory(username="canbo")
    begin = NOON - 30 * DAY
    store_entries(hour_of_files(station, begin, "45"), now=LATER)
    Delivery.objects.filter(first_time__lt=begin + DAY).update(read_with="0" * 64)
    out = StringIO()
    call_command(
        "reread",
        station.code,
        start=begin - DAY,
        end=LATER,
        now=LATER,
        json=True,
        stdout=out,
        reason="Quên hệ số",
        by="canbo",
    )
    orders = list(Correction.objects.order_by("start"))
    assert [(order.start.day, order.readings_changed) for order in orders] == [(20, 0), (30, 12)]
    assert len({order.batch for order in orders}) == 1
    assert orders[0].end == orders[1].start
    assert json.loads(out.getvalue())["readings"] == 12


@pytest.mark.parametrize(
    "options",
    [
        {"reason": "x"},
        {"by": "canbo"},
        {"reason": "x", "by": "aido"},
        {"reason": " ", "by": "canbo"},
    ],
)
def test_without_who_or_why_nothing_is_ordered(station: Station, options: dict[str, str]) -> None:
    PersonFactory(username="canbo")
    with pytest.raises(CommandError):
        run(station, **options)
    assert not Correction.objects.exists()


def test_the_end_lies_after_the_beginning(station: Station) -> None:
    with pytest.raises(CommandError):
        run(station, end=NOON - DAY, dry_run=True)


def test_a_change_from_a_day_on_cuts_the_instrument_in_two(station: Station) -> None:
    channel = station.channels.get(symbol="COD")
    day = NOON.date()
    change_reading(channel=channel, since=day, alias="COD_OUT", reason="mới")
    before, after = instrument_on(channel, day - DAY), instrument_on(channel, day)
    assert before is not None
    assert after is not None
    assert (before.aliases, before.factor) == ([], 2)
    assert (after.aliases, after.factor, after.reason) == (["COD_OUT"], 2, "mới")
    assert channel.instruments.count() == 2


def test_a_change_on_the_first_day_of_an_instrument_changes_that_one(station: Station) -> None:
    channel = station.channels.get(symbol="COD")
    day = NOON.date()
    for alias in ("A1", "A2", "A2"):
        change_reading(channel=channel, since=day, alias=alias)
    found = instrument_on(channel, day)
    assert found is not None
    assert found.aliases == ["A1", "A2"]
    assert channel.instruments.count() == 2


def test_an_alias_of_another_channel_is_refused() -> None:
    station = station_with(symbols=("COD", "TSS"))
    channel = station.channels.get(symbol="COD")
    instrument(station, "TSS", aliases=["T1"])
    for alias in ("TSS", "T1"):
        with pytest.raises(CannotRead):
            change_reading(channel=channel, since=NOON.date(), alias=alias)
