"""Regulations of the register, from files to verdicts: by what is in force at a period's start."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from rest_framework.test import APIClient

from alerts.models import Alert, Notification
from monitoring.models import Verdict
from monitoring.services.receive import store_entries
from stations.models import (
    Edition,
    GasFlow,
    JudgedBy,
    KvZone,
    PermitLimit,
    SourceType,
    Station,
)
from tests.factories import (
    AgencyFactory,
    ChannelFactory,
    ContactFactory,
    JurisdictionFactory,
    PersonFactory,
)
from tests.flow.register import NOON, file_of, station_with
from tests.monitoring.timeline import DAY, HOUR, MINUTE, results, send, send_hour, settle

pytestmark = pytest.mark.django_db

EVE = datetime(2025, 12, 30, 17, tzinfo=UTC)
"""31/12/2025 00:00 in Vietnam."""

JUNE_30 = datetime(2025, 6, 29, 17, tzinfo=UTC)


def judged_by(
    station: Station,
    edition: str,
    column: str,
    *,
    since: date | None = None,
    until: date | None = None,
    confirmed: str = "GPMT số 1",
) -> None:
    JudgedBy.objects.create(
        station=station,
        edition=Edition.objects.get(code=edition),
        column=column,
        valid_from=since,
        valid_until=until,
        confirmed=confirmed,
    )


def without_permit(medium: str, *symbols: str, interval: int = 5) -> Station:
    station = station_with(medium=medium, symbols=symbols, interval=interval)
    PermitLimit.objects.all().delete()
    return station


def air() -> Station:
    """One reading an hour of PM2.5, judged by QCVN 05:2023."""
    station = without_permit("ambient_air", "PM2.5", interval=60)
    judged_by(station, "QCVN 05:2023/BTNMT", "only")
    return station


def test_fine_dust_of_47_is_within_on_the_last_day_of_2025_and_exceeded_on_the_next() -> None:
    station = air()
    send(station, EVE, ["47"] * 48, interval=60, symbol="PM2.5")
    settle(EVE + 2 * DAY + HOUR)
    assert results(station, "day") == {EVE: "within", EVE + DAY: "exceeded"}


def test_it_is_so_when_both_days_come_months_later() -> None:
    station = air()
    late = EVE + 90 * DAY
    send(station, EVE, ["47"] * 48, interval=60, symbol="PM2.5", received=late)
    settle(late)
    said = results(station, "day")
    assert (said[EVE], said[EVE + DAY]) == ("within", "exceeded")
    assert Alert.objects.get(kind="exceedance").late is True


def test_the_year_of_fine_dust_is_judged_beside_its_days() -> None:
    station = without_permit("ambient_air", "PM2.5", interval=1440)
    judged_by(station, "QCVN 05:2023/BTNMT", "only")
    year = datetime(2023, 12, 31, 17, tzinfo=UTC)
    send(station, year, ["30"] * 366, interval=1440, symbol="PM2.5")
    settle(year + 366 * DAY + HOUR)
    assert results(station, "year") == {year: "exceeded"}
    assert set(results(station, "day").values()) == {"within"}


def test_ozone_is_judged_over_an_hour_and_over_eight() -> None:
    station = without_permit("ambient_air", "O3", interval=60)
    judged_by(station, "QCVN 05:2023/BTNMT", "only")
    send(station, NOON, ["150"] * 8, interval=60, symbol="O3")
    settle(NOON + 8 * HOUR + 30 * MINUTE)
    assert results(station)[NOON] == "within"
    assert results(station, "hours8")[NOON] == "exceeded"


def stack() -> Station:
    """SO₂ and O₂ of a boiler in zone 3 with 50,000 m³/h; 19:2009 until 30/6/2025, then 19:2024."""
    station = without_permit("emission", "SO2")
    ChannelFactory(station=station, symbol="O2")
    GasFlow.objects.create(station=station, m3_per_hour=50_000)
    KvZone.objects.create(station=station, zone=3)
    SourceType.objects.create(station=station, source_type="boiler_20_t_per_h_up")
    judged_by(station, "QCVN 19:2009/BTNMT", "B", until=date(2025, 6, 30))
    judged_by(station, "QCVN 19:2024/BTNMT", "B", since=date(2025, 7, 1))
    return station


def blow(station: Station, begin: datetime, sulphur: str, oxygen: str) -> None:
    for i in range(12):
        at = begin + 5 * i * MINUTE
        said = ("SO2", sulphur, "00"), ("O2", oxygen, "00")
        store_entries([file_of(station, at, *said)], now=at + MINUTE)


def test_the_last_hour_under_2009_takes_kp_and_kv_and_no_oxygen() -> None:
    station = stack()
    last = JUNE_30 + 23 * HOUR
    blow(station, last, "449", "13.95")
    settle(last + 2 * HOUR)
    made = Verdict.objects.get(symbol="SO2", start=last)
    assert (made.maximum, made.basis, made.result) == (Decimal(450), "", "within")
    factors = {name: made.limit["derivation"][name] for name in ("C", "Kp", "Kv")}
    assert factors == {"C": 500, "Kp": 0.9, "Kv": 1}


@pytest.mark.parametrize(("sulphur", "said"), [("100", "within"), ("100.1", "exceeded")])
def test_the_first_hour_under_2024_is_brought_to_seven_percent_oxygen(
    sulphur: str, said: str
) -> None:
    station = stack()
    first = JUNE_30 + DAY
    blow(station, first, sulphur, "13.95")
    settle(first + 2 * HOUR)
    made = Verdict.objects.get(symbol="SO2", start=first)
    assert (made.maximum, made.basis, made.result) == (Decimal(200), "7", said)
    assert made.source == "QCVN 19:2024/BTNMT cột B"


def test_a_boiler_whose_kind_nobody_entered_has_no_limit_under_2024() -> None:
    station = stack()
    SourceType.objects.all().delete()
    first = JUNE_30 + DAY
    blow(station, first, "900", "13.95")
    settle(first + 2 * HOUR)
    assert results(station) == {}


@pytest.mark.parametrize(
    ("confirmed", "mailed"),
    [
        ("", {"so@mau.example"}),
        ("GPMT số 1", {"so@mau.example", "vanhanh@mau.example"}),
    ],
    ids=["unconfirmed", "confirmed"],
)
def test_a_limit_nobody_confirmed_alerts_and_mails_the_department_only(
    confirmed: str, mailed: set[str]
) -> None:
    JurisdictionFactory(agency=AgencyFactory(emails=["so@mau.example"]))
    station = without_permit("ambient_air", "SO2")
    station.facility.operator = ContactFactory(email="vanhanh@mau.example").operator
    station.facility.save()
    judged_by(station, "QCVN 05:2023/BTNMT", "only", confirmed=confirmed)
    send_hour(station, NOON, "400", symbol="SO2")
    settle(NOON + 2 * HOUR)
    alert = Alert.objects.get(kind="exceedance")
    assert alert.limit_confirmed is bool(confirmed)
    told = Notification.objects.filter(alert=alert).values_list("address", flat=True)
    assert set(told) == mailed


def test_the_api_tells_of_eight_hours_and_of_years() -> None:
    station = without_permit("ambient_air", "O3", interval=60)
    judged_by(station, "QCVN 05:2023/BTNMT", "only")
    send(station, NOON, ["150"] * 8, interval=60, symbol="O3")
    settle(NOON + 8 * HOUR + 30 * MINUTE)
    client = APIClient()
    client.force_authenticate(PersonFactory(is_superuser=True))
    query = {"station": station.code, "period": "hours8", "verdict": "exceeded"}
    found = client.get("/api/v1/verdicts/", query).json()["results"]
    assert [(one["n"], one["capture"], one["mean"]) for one in found][-1:] == [(6, 0.75, 150)]
    assert {one["period"] for one in found} == {"hours8"}
