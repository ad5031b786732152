"""A file in another station's name: nobody's, and told to the department (judging.md §5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from alerts.models import Alert
from monitoring.models import NOBODY, Delivery
from monitoring.services.receive import store_entries
from monitoring.services.spool import Spool
from monitoring.services.watch import watch
from stations.models import FtpAccount, Station
from tests.factories import AgencyFactory, JurisdictionFactory
from tests.flow.register import NOON, file_of, prefix_of, station_with
from tests.monitoring.timeline import DAY, HOUR, MINUTE, settle

pytestmark = pytest.mark.django_db


def send_as(mine: Station, other: Station, at: datetime = NOON) -> None:
    """A file with the other station's name through my account."""
    name = f"{prefix_of(other)}_{at + timedelta(hours=7):%Y%m%d%H%M%S}.txt"
    store_entries([file_of(mine, at, ("COD", "90", "00"), name=name)], now=at + MINUTE)


def test_the_first_such_file_opens_an_alert_about_the_account_s_own_station() -> None:
    mine, other = station_with(), station_with()
    send_as(mine, other)
    alert = Alert.objects.get()
    assert (alert.kind, alert.station) == ("wrong_sender", mine)
    assert alert.evidence["account"] == f"logger-{mine.code}"


def test_the_file_belongs_to_nobody_and_is_rejected() -> None:
    send_as(station_with(), station_with())
    delivery = Delivery.objects.get()
    assert (delivery.station_id, delivery.outcome) == (NOBODY, "rejected")
    assert delivery.codes == ["wrong_station"]


def test_of_an_account_with_several_stations_the_alert_names_the_first() -> None:
    mine, beside, other = station_with(), station_with(), station_with()
    FtpAccount.objects.get(username=f"logger-{mine.code}").stations.add(beside)
    send_as(mine, other)
    assert Alert.objects.get().station == min(mine, beside, key=lambda station: station.code)


def test_the_department_alone_is_mailed() -> None:
    for kind in ("environment_department", "zones_board", "information_department"):
        agency = AgencyFactory(kind=kind, emails=[f"{kind}@mau.example"])
        JurisdictionFactory(agency=agency)
    send_as(station_with(), station_with())
    told = Alert.objects.get().notifications.values_list("address", flat=True)
    assert list(told) == ["environment_department@mau.example"]


def test_another_such_file_joins_it() -> None:
    mine, other = station_with(), station_with()
    send_as(mine, other)
    send_as(mine, other, NOON + 23 * HOUR)
    assert Alert.objects.get().spans.count() == 1


@pytest.mark.parametrize(("after", "over"), [(DAY - MINUTE, False), (DAY, True)])
def test_it_is_over_after_a_day_without_another(
    after: timedelta, over: bool, tmp_path: Path
) -> None:
    mine, other = station_with(), station_with()
    send_as(mine, other)
    last = NOON + MINUTE
    watch(Spool(tmp_path / "spool"), now=last + after)
    resolved_at = Alert.objects.get(kind="wrong_sender").resolved_at
    assert resolved_at == (last + DAY if over else None)


def test_what_still_waits_in_the_spool_may_be_another_such_file(tmp_path: Path) -> None:
    mine, other = station_with(), station_with()
    send_as(mine, other)
    spool = Spool(tmp_path / "spool")
    spool.put(b"", door="ftp", account="", peer="", name="x", received_at=NOON + HOUR)
    watch(spool, now=NOON + 2 * DAY)
    assert Alert.objects.get(kind="wrong_sender").resolved_at is None


def test_a_file_in_the_account_s_own_name_is_no_wrong_sender() -> None:
    mine = station_with()
    send_as(mine, mine)
    settle(NOON + MINUTE)
    assert not Alert.objects.filter(kind="wrong_sender").exists()
