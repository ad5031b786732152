"""Today foretold from stored hour means."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from monitoring.services.forecast import foretell
from monitoring.services.setup import setups_of
from stations.services.limits import RuleBook
from tests.flow.register import station_with
from tests.monitoring.timeline import DAY, HOUR, MIDNIGHT, send_hour, settle

NOON = MIDNIGHT + 12 * HOUR


@pytest.mark.django_db
def test_a_running_day_is_foretold_from_its_hours_and_those_of_yesterday():
    plant = station_with(period="day")
    for hour in range(-12, 12):
        send_hour(plant, MIDNIGHT + hour * HOUR, "40" if hour < 0 else "60")
    settle(NOON + HOUR)
    setup, rules = setups_of([plant.pk])[plant.pk], RuleBook.load([plant.pk])
    with CaptureQueriesContext(
        connection,
    ) as asked:
        told = foretell(setup, rules, now=NOON)
    assert len(asked) == 1
    cod = next(one for one in told if one.channel.symbol == "COD")
    assert (cod.forecast.range.low, cod.forecast.range.middle, cod.forecast.range.high) == (
        pytest.approx(50),
        pytest.approx(60),
        pytest.approx(60),
    )


@pytest.mark.django_db
def test_before_its_first_whole_hour_a_day_is_not_foretold():
    plant = station_with(period="day")
    for hour in range(-24, 0):
        send_hour(plant, MIDNIGHT + hour * HOUR, "40")
    settle(MIDNIGHT + HOUR)
    setup, rules = setups_of([plant.pk])[plant.pk], RuleBook.load([plant.pk])
    assert foretell(setup, rules, now=MIDNIGHT + HOUR / 2) == []
    assert foretell(setup, rules, now=MIDNIGHT - HOUR) != []
    assert DAY == 24 * HOUR
