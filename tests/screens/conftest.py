"""A small province with a day of readings behind it: exceedances, a silence, strays, mails."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from alerts.mail import send_due
from alerts.models import Alert
from alerts.services.handling import acknowledge
from monitoring.services.drain import host_spool
from stations.models import Person, Station

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
REGISTER = Path(__file__).with_name("register.yaml")
HALF_AN_HOUR = timedelta(minutes=30)
ABOVE, CALM = 92.4, 21.5
"""mg/L of COD, above and below every limit of the register."""


@dataclass(frozen=True)
class Province:
    """What lies where, and the moment at which it was brought up to date."""

    now: datetime

    def person(self, username: str) -> Person:
        return Person.objects.get(username=username)

    def client(self, username: str) -> Client:
        """Someone who signed in."""
        client = Client()
        client.force_login(self.person(username))
        return client

    def alert(self, code: str, kind: str = "exceedance") -> Alert:
        return Alert.objects.get(station__code=code, kind=kind)

    def station(self, code: str) -> Station:
        return Station.objects.get(code=code)


@pytest.fixture
def data_dir(tmp_path: Path, settings: Any) -> Path:
    """A data folder of this test's own: its spool, its mails."""
    settings.DATA_DIR = tmp_path
    settings.SPOOL_DIR = tmp_path / "spool"
    settings.EMAIL_FOLDER = tmp_path / "mails"
    return tmp_path


@pytest.fixture
def province(db: None, data_dir: Path) -> Province:
    """Two districts with yesterday's exceedances; the eastern station is silent for three hours."""
    return feed(data_dir)


def feed(folder: Path) -> Province:
    """Load the register, send files, bring everything up to now."""
    call_command("load_register", str(REGISTER), verbosity=0)
    now = timezone.now().replace(microsecond=0)
    files = folder / "files"
    files.mkdir()
    write(files, "BG_BINHMINH_NT01", until=now - timedelta(hours=3), cod=ABOVE)
    receive(files, at=now - timedelta(hours=3))
    recent = folder / "recent"
    recent.mkdir()
    write(recent, "BG_HOANGHON_NT01", until=now, cod=ABOVE)
    write(recent, "BG_KCNCHUNG_NT01", until=now, cod=CALM)
    receive(recent, at=now)
    send_in_anothers_name(now)
    call_command("settle", now=now, stdout=StringIO())
    send_due(now=now + timedelta(minutes=6))  # mails of a back-fill wait for what still comes
    for alert in Alert.objects.filter(kind="exceedance"):
        acknowledge(alert=alert, by=Person.objects.get(username="canbo"))
    return Province(now)


def write(folder: Path, prefix: str, *, until: datetime, cod: float) -> None:
    """One file with a row each half hour since the day before yesterday: a day of it is judged,
    whatever the hour at which the test runs."""
    here = until.astimezone(VIETNAM)
    at = (here - timedelta(days=2)).replace(hour=0, minute=0, second=0)
    lines = []
    while at <= here:
        stamp = f"{at:%Y%m%d%H%M%S}"
        lines += [f"COD\t{cod}\tmg/L\t{stamp}\t00", f"pH\t7.1\t-\t{stamp}\t00"]
        at += HALF_AN_HOUR
    lines.append(f"COD\tnan\tmg/L\t{stamp}\t00")
    (folder / f"{prefix}_{here:%Y%m%d%H%M%S}.txt").write_text("\n".join(lines) + "\n")


def receive(folder: Path, *, at: datetime) -> dict[str, Any]:
    out = StringIO()
    call_command("receive", str(folder), at=at, json=True, stdout=out)
    told: dict[str, Any] = json.loads(out.getvalue().splitlines()[-1])
    return told


def send_in_anothers_name(now: datetime) -> None:
    """A file with the eastern station's name through the western account, and one of nobody."""
    stamp = f"{now.astimezone(VIETNAM):%Y%m%d%H%M%S}"
    through_account = {"door": "ftp", "account": "logger-hoanghon", "peer": "192.0.2.7"}
    by_command = {"door": "command", "account": None, "peer": ""}
    names = {"BG_BINHMINH_NT01": through_account, "BG_KHONGAI_NT09": by_command}
    for prefix, sent in names.items():
        host_spool().put(
            f"COD\t47.5\tmg/L\t{stamp}\t00\n".encode(),
            name=f"{prefix}_{stamp}.txt",
            received_at=now,
            **sent,
        )
