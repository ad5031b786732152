"""A station's page is drawn after its verdicts, and by the clock where that was lost."""

from __future__ import annotations

import pytest

from monitoring.models import StationState
from monitoring.services.settle import redraw_stale, rush
from monitoring.services.setup import StationSetup
from monitoring.services.state import draw
from stations.models import Station
from tests.flow.register import NOON, station_with
from tests.monitoring.timeline import DAY, MINUTE, send, settle

pytestmark = pytest.mark.django_db

SECONDS = MINUTE / 60


@pytest.fixture
def station() -> Station:
    return station_with()


def drawn(station: Station) -> list[object]:
    return list(StationState.objects.filter(station=station).values_list("drawn_at", flat=True))


def test_the_desk_knows_before_anything_is_drawn(station: Station) -> None:
    send(station, NOON, ["10"])
    seen: list[list[object]] = []
    now = NOON + 2 * MINUTE
    assert rush(now=now, settled=lambda: seen.append(drawn(station))) == 1
    assert seen == [[]]
    assert drawn(station) == [now]


def test_what_was_not_drawn_is_drawn_by_the_clock(station: Station) -> None:
    send(station, NOON, ["10"], received=NOON + 3 * DAY)
    now = NOON + 3 * DAY + MINUTE
    assert rush(now=now, settled=lambda: None) == 1
    assert drawn(station) == []
    assert redraw_stale(now=now) == 1
    assert drawn(station) == [now]


def test_a_fresh_drawing_is_left_alone(station: Station) -> None:
    send(station, NOON, ["10"])
    settle(NOON + 2 * MINUTE)
    assert redraw_stale(now=NOON + 11 * MINUTE) == 0
    assert redraw_stale(now=NOON + 12 * MINUTE) == 1


@pytest.mark.parametrize(("seconds", "count"), [(30, 0), (31, 1)])
def test_a_station_at_work_is_not_drawn_over_and_over(
    station: Station, seconds: int, count: int
) -> None:
    send(station, NOON, ["10"])
    settle(NOON + 2 * MINUTE)
    send(station, NOON - 3 * DAY, ["10"], received=NOON + 4 * MINUTE)
    rush(now=NOON + 4 * MINUTE, settled=lambda: None)
    assert redraw_stale(now=NOON + 4 * MINUTE + seconds * SECONDS) == count


def test_one_that_cannot_be_drawn_holds_up_no_other(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = station_with()
    for each in (station, other):
        send(each, NOON, ["10"])
        settle(NOON + 2 * MINUTE)

    def fail_for_one(setup: StationSetup, *rest: object, **named: object) -> None:
        if setup.station_id == station.pk:
            raise ValueError("no drawing of this one")
        draw(setup, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr("monitoring.services.settle.draw", fail_for_one)
    later = NOON + 20 * MINUTE
    assert redraw_stale(now=later) == 2
    assert drawn(station) == [NOON + 2 * MINUTE]
    assert drawn(other) == [later]
