"""Two officers at once, each with a connection of their own."""

from __future__ import annotations

import threading
import time
from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction

from stations.models import DesignFlow, Facility, Person
from stations.services.rule_changes import KINDS, CannotStand, Paper, change_basis, rehearse
from tests.factories import FacilityFactory, PersonFactory
from tests.flow.together import WITHIN, workers

pytestmark = pytest.mark.django_db(transaction=True)


def flow(facility: Facility, by: Person, since: date) -> object:
    return change_basis(
        kind=KINDS["design_flow"],
        owner=facility,
        values={"m3_per_day": Decimal(500)},
        since=since,
        until=None,
        paper=Paper(None, "x"),
        by=by,
    )


def test_a_preview_does_not_wait_long_for_whoever_saves() -> None:
    facility, by = FacilityFactory(), PersonFactory()
    flow(facility, by, date(2024, 1, 1))
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            list(DesignFlow.objects.select_for_update())
            held.set()
            assert done.wait(WITHIN)

    with workers(1) as start:
        holding = start(hold)
        assert held.wait(WITHIN)
        begun = time.monotonic()
        with pytest.raises(CannotStand) as refusal:
            rehearse(lambda: flow(facility, by, date(2025, 1, 1)), lambda: None)
        waited = time.monotonic() - begun
        done.set()
        holding.result(WITHIN)
    assert 1.5 < waited < WITHIN
    assert str(refusal.value).startswith("Có người đang sửa đúng mục này")
    assert DesignFlow.objects.count() == 1


def test_of_two_first_values_of_one_day_one_stands_and_the_other_is_told() -> None:
    facility, by = FacilityFactory(), PersonFactory()
    first = threading.Event()

    def slowly() -> None:
        with transaction.atomic():
            flow(facility, by, date(2025, 1, 1))
            first.set()
            time.sleep(0.5)

    with workers(2) as start:
        slow = start(slowly)
        assert first.wait(WITHIN)
        quick = start(flow, facility, by, date(2025, 6, 1))
        slow.result(WITHIN)
        with pytest.raises(CannotStand, match="cùng loại"):
            quick.result(WITHIN)
    assert DesignFlow.objects.count() == 1
