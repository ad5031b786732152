"""A back-fill of weeks: judged as if on time, told in one mail a person and station."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from alerts.models import Alert, Notification
from stations.models import Contact, PermitLimit, Station
from tests.alerts.servers import Postman, smtp_server
from tests.factories import (
    AgencyFactory,
    ContactFactory,
    JurisdictionFactory,
    OperatorFactory,
    PersonFactory,
)
from tests.flow.register import prefix_of, station_with
from tests.monitoring.timeline import results

pytestmark = [pytest.mark.django_db, pytest.mark.servers, pytest.mark.usefixtures("data_dir")]

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
FIRST = datetime.fromisoformat("2024-05-01T00:00:00+07:00")
BACK = FIRST + 21 * DAY + 8 * HOUR
"""When the line works again, and three weeks are sent."""

EXCEEDED_AT = (8, 9, 20)
"""Hours of each day, above the first permit's 60; at 14 it is between the two permits."""


@pytest.fixture
def postman(settings: Any, data_dir: Path) -> Iterator[Postman]:
    with smtp_server(settings) as running:
        yield running


@pytest.fixture
def station() -> Station:
    """An hour of COD at most 60, from the 11th at most 40; an officer and a shift are mailed."""
    station = station_with(interval=60)
    PermitLimit.objects.update(valid_until=date(2024, 5, 10))
    PermitLimit.objects.create(
        channel=station.channels.get(),
        period="hour",
        maximum=Decimal(40),
        source="GPMT số 2",
        confirmed="GPMT số 2",
        valid_from=date(2024, 5, 11),
    )
    JurisdictionFactory(agency=AgencyFactory(emails=["so@mau.example"]))
    operator = OperatorFactory()
    ContactFactory(operator=operator, email="ca@mau.example", role=Contact.Role.SHIFT)
    station.facility.operator = operator
    station.facility.save(update_fields=["operator"])
    return station


def cod(at: datetime) -> str:
    if at.hour in EXCEEDED_AT:
        return "95.5" if at == FIRST + 4 * DAY + 9 * HOUR else "70"
    return "50" if at.hour == 14 else "10"


def send(station: Station, folder: Path, begin: datetime, hours: int, *, at: datetime) -> None:
    """A file an hour from `begin` on, all received at one moment."""
    folder = folder / f"{at:%d%H%M%S}"
    folder.mkdir()
    for measured in (begin + number * HOUR for number in range(hours)):
        stamp = f"{measured:%Y%m%d%H%M%S}"
        line = f"COD\t{cod(measured)}\tmg/L\t{stamp}\t00\n"
        (folder / f"{prefix_of(station)}_{stamp}.txt").write_text(line)
    call_command("receive", str(folder), at=at, json=True, stdout=StringIO())


def settle(now: datetime) -> None:
    call_command("settle", now=now, json=True, stdout=StringIO())


def three_weeks(station: Station, folder: Path) -> datetime:
    """They arrive three days a minute and are judged as they come. When the last are judged."""
    for number in range(7):
        now = BACK + number * MINUTE
        send(station, folder, FIRST + 3 * number * DAY, 72, at=now)
        settle(now)
    return now


def texts(postman: Postman, to: str) -> list[str]:
    return [mail.get_body(("plain",)).get_content() for mail in postman.taken if mail["To"] == to]


def test_each_hour_is_judged_by_the_permit_of_its_own_day(
    station: Station, tmp_path: Path, postman: Postman
) -> None:
    three_weeks(station, tmp_path)
    said = {at: verdict for at, verdict in results(station).items() if at < FIRST + 21 * DAY}
    exceeded = {at for at, verdict in said.items() if verdict == "exceeded"}
    assert exceeded == {
        FIRST + day * DAY + hour * HOUR
        for day in range(21)
        for hour in (EXCEEDED_AT if day < 10 else (*EXCEEDED_AT, 14))
    }
    assert set(said.values()) == {"exceeded", "within"}
    assert len(said) == 21 * 24


def test_it_is_told_in_one_mail_a_person(
    station: Station, tmp_path: Path, postman: Postman
) -> None:
    end = three_weeks(station, tmp_path)
    for minutes in (4, 5, 6, 11, 30, 90):
        settle(end + minutes * MINUTE)
        told = [(mail["To"], mail["Subject"]) for mail in postman.taken]
        assert len(told) == (0 if minutes < 5 else 2), told
    assert {to for to, _ in told} == {"ca@mau.example", "so@mau.example"}


def test_the_mail_tells_both_clocks_and_all_that_came(
    station: Station, tmp_path: Path, postman: Postman
) -> None:
    settle(three_weeks(station, tmp_path) + 5 * MINUTE)
    (text,) = texts(postman, "so@mau.example")
    assert "Số liệu gửi muộn: đo trong kỳ 01/05 08:00–09:00, nhận lúc 08:00." in text
    assert "30 kỳ, trong khoảng 01/05 08:00 – 10/05 21:00" in text
    assert "Kỳ vượt cao nhất: 95,5\u00a0mg/L (05/05 09:00–10:00)" in text
    assert "44 kỳ, trong khoảng 11/05 08:00 – 21/05 21:00" in text


def test_what_is_measured_now_does_not_wait_for_a_back_fill(
    station: Station, tmp_path: Path, postman: Postman
) -> None:
    send(station, tmp_path, BACK, 1, at=BACK + MINUTE)
    settle(BACK + MINUTE)
    judged = BACK + HOUR + 30 * MINUTE
    send(station, tmp_path, FIRST + 12 * DAY, 24, at=judged - 2 * MINUTE)
    settle(judged - 2 * MINUTE)
    settle(judged)
    settle(judged + 10 * MINUTE)
    warned, now, late = texts(postman, "so@mau.example")
    assert warned.startswith("Có dấu hiệu vượt")
    assert ["gửi muộn" in text for text in (now, late)] == [False, True]


def test_a_back_fill_without_end_is_told_after_an_hour(
    station: Station, tmp_path: Path, postman: Postman
) -> None:
    for number in range(24):
        now = BACK + number * 3 * MINUTE
        send(station, tmp_path, FIRST + number * 12 * HOUR, 12, at=now)
        settle(now)
        if now < BACK + HOUR:
            assert [mail["Subject"] for mail in postman.taken] == []
    assert len(texts(postman, "so@mau.example")) == 1


def test_the_case_and_the_list_tell_when_late_data_were_received(
    station: Station, tmp_path: Path, postman: Postman, client: Client
) -> None:
    three_weeks(station, tmp_path)
    person = PersonFactory(is_superuser=True)
    client.force_login(person)
    alert = Alert.objects.get(source="GPMT số 1")
    assert alert.late
    for url in ("/alerts/", f"/alerts/{alert.pk}/"):
        page = client.get(url, HTTP_ACCEPT_LANGUAGE="vi").content.decode()
        assert "số liệu gửi muộn, nhận lúc" in page, url


def test_a_note_of_late_data_is_not_written_twice_in_one_back_fill(
    station: Station, tmp_path: Path, postman: Postman
) -> None:
    three_weeks(station, tmp_path)
    waiting = Notification.objects.filter(state="waiting", address="so@mau.example")
    assert sorted(waiting.values_list("alert__source", "event__what")) == [
        ("GPMT số 1", "opened"),
        ("GPMT số 1", "resolved"),
        ("GPMT số 2", "opened"),
        ("GPMT số 2", "resolved"),
    ]
