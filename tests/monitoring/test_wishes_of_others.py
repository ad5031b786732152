"""For which wish a mail waits is told to who may see its address, to nobody else."""

from __future__ import annotations

import pytest

from alerts.domain.reach import Reach
from alerts.services.addresses import KnownAddresses
from alerts.services.reached import Reached
from alerts.views.recipients import Addresses
from monitoring.api.explain import _reached
from monitoring.views.explain import _reader
from stations.models import Person
from tests.alerts.factories import JUDGED

OFFICER = "canbo@stnmt.example"
WAITS = {"pace": "daily", "asked": True}
ONE = Reached(Reach.WAITING, OFFICER, "Cán bộ", "agency", "environment_department", waits=WAITS)


@pytest.mark.parametrize(("own", "told"), [(OFFICER, True), ("ai@mau.example", False)])
def test_the_api_names_a_wish_to_who_may_see_its_address(own: str, told: bool) -> None:
    shown = _reached(ONE, KnownAddresses(everything=False, own=frozenset({own})))
    assert shown["waits"] == (WAITS if told else None)
    assert shown["to"] == (OFFICER if told else None)


@pytest.mark.parametrize(("own", "told"), [(OFFICER, True), ("ai@mau.example", False)])
def test_the_page_names_a_wish_to_who_may_see_its_address(own: str, told: bool) -> None:
    addresses = Addresses(KnownAddresses(everything=False, own=frozenset({own})))
    assert bool(_reader(ONE, addresses, Person(), JUDGED)["why"]) == told
