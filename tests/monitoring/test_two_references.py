"""Two limits of one parameter and period side by side, at two reference oxygens."""

from __future__ import annotations

from decimal import Decimal

import pytest

from alerts.models import AlertSpan
from monitoring.models import Verdict
from monitoring.services.receive import store_entries
from stations.models import Channel, PermitLimit, Station
from tests.factories import ChannelFactory
from tests.flow.register import NOON, file_of, station_with
from tests.monitoring.timeline import HOUR, MINUTE, exceedance, settle

pytestmark = pytest.mark.django_db


def stack(plain: str, at_seven: str) -> Station:
    """SO₂: at most `plain` as measured, at most `at_seven` at 7 % oxygen."""
    station = station_with(symbols=("SO2",), medium="emission", maximum=plain)
    ChannelFactory(station=station, symbol="O2")
    PermitLimit.objects.create(
        channel=Channel.objects.get(station=station, symbol="SO2"),
        period="hour",
        maximum=Decimal(at_seven),
        reference_oxygen=Decimal(7),
        source="GPMT số 2",
        confirmed="GPMT số 2",
    )
    return station


def send_hours(station: Station, *values: str) -> None:
    """An hour after another of SO₂ at 13.95 % oxygen, which doubles it at 7 %."""
    for number, value in enumerate(values):
        for i in range(12):
            at = NOON + number * HOUR + 5 * i * MINUTE
            said = ("SO2", value, "00"), ("O2", "13.95", "00")
            store_entries([file_of(station, at, *said)], now=at + MINUTE)


SIDES = pytest.mark.parametrize(("plain", "at_seven"), [("100", "900"), ("900", "100")])


@SIDES
def test_what_is_within_at_one_oxygen_ends_nothing_at_the_other(plain: str, at_seven: str) -> None:
    station = stack(plain, at_seven)
    send_hours(station, "200", "200", "200")
    settle(NOON + 4 * HOUR)
    assert Verdict.objects.in_effect().filter(result="within").count() == 3
    assert exceedance(station).resolved_at is None
    send_hours(station, "200", "200", "200", "20")
    settle(NOON + 5 * HOUR)
    assert exceedance(station).resolved_at == NOON + 4 * HOUR


@SIDES
def test_a_value_that_changes_withdraws_nothing_at_the_other(plain: str, at_seven: str) -> None:
    station = stack(plain, at_seven)
    send_hours(station, "200")
    settle(NOON + 2 * HOUR)
    again = file_of(station, NOON, ("SO2", "210", "00"), received=NOON + 2 * HOUR)
    store_entries([again], now=NOON + 2 * HOUR)
    settle(NOON + 3 * HOUR)
    assert Verdict.objects.exclude(superseded_at=None).count() == 2
    assert not AlertSpan.objects.exclude(withdrawn_at=None).exists()
    assert not exceedance(station).withdrawn


def test_another_oxygen_in_the_place_of_the_first_ends_it() -> None:
    """The law goes over to a reference oxygen: its first hour within ends what went on."""
    station = stack("100", "900")
    send_hours(station, "200")
    settle(NOON + 2 * HOUR)
    PermitLimit.objects.filter(reference_oxygen=None).update(valid_until="2024-05-21")
    station.refresh_from_db()
    midnight = NOON + 12 * HOUR
    for i in range(12):
        at = midnight + 5 * i * MINUTE
        said = ("SO2", "200", "00"), ("O2", "13.95", "00")
        store_entries([file_of(station, at, *said)], now=at + MINUTE)
    settle(midnight + 2 * HOUR)
    assert exceedance(station).resolved_at == midnight + HOUR
