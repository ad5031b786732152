"""Our own small file each minute, through a real FTP door and up to the page (judging.md §6)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from monitoring.ftp.sending import Address
from monitoring.ftp.server import Door, Settings
from monitoring.management.commands.door_probe import Prober, address_of
from monitoring.models import DoorProbe
from monitoring.services.accounts import Accounts
from monitoring.services.drain import drain, host_spool
from monitoring.services.probing import Probe
from monitoring.services.settle import settle_dirty
from monitoring.services.snapshot import renew_snapshot, snapshot_file
from stations.models import FtpAccount, Station
from stations.services.accounts import digest_key
from stations.services.synthetic import probe_logger
from tests.config.running import free_port
from tests.flow.conftest import Running

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def door(data_dir: Path) -> Iterator[Door]:
    """A serving door; its accounts are those that the prober brings."""
    made = Door(
        spool=host_spool(),
        accounts=Accounts(snapshot_file(), key=digest_key()),
        folder=data_dir / "ftp",
        settings=Settings(port=0),
    )
    serving = threading.Thread(target=made.serve)
    serving.start()
    yield made
    made.stop(grace=0)
    serving.join(10)


def prober(door: Door) -> Prober:
    return Prober(Address("127.0.0.1", door.address[1]), threading.Event())


def stages(row: DoorProbe) -> list[bool]:
    row.refresh_from_db()
    return [
        at is not None for at in (row.acknowledged_at, row.stored_at, row.judged_at, row.visible_at)
    ]


def store() -> None:
    drain(host_spool(), clock=timezone.now, stored=lambda _batch: None, wait=True)


def test_a_probe_is_followed_from_the_door_to_the_page(
    door: Door, live_server: Any, settings: Any
) -> None:
    settings.SITE_URL = live_server.url
    probing = prober(door)
    probing.send(timezone.now())
    probing.look(timezone.now())
    row = DoorProbe.objects.get()
    assert stages(row) == [True, False, False, False]
    store()
    probing.look(timezone.now())
    assert stages(row) == [True, True, False, False]
    settle_dirty(now=timezone.now())
    probing.look(timezone.now())
    assert stages(row) == [True, True, True, True]
    assert probing.under_way == []
    assert row.sent_at <= row.acknowledged_at
    assert row.sent_at <= row.stored_at <= row.judged_at <= row.visible_at
    assert row.address == f"ftp://127.0.0.1:{door.address[1]}"
    assert row.failure == ""


def test_it_is_not_called_shown_while_the_pages_do_not_answer(door: Door, settings: Any) -> None:
    settings.SITE_URL = "http://127.0.0.1:9"
    probing = prober(door)
    now = timezone.now()
    probing.send(now)
    store()
    settle_dirty(now=timezone.now())
    probing.look(now)
    assert stages(DoorProbe.objects.get()) == [True, True, True, False]
    assert len(probing.under_way) == 1
    probing.look(now + timedelta(hours=1))
    assert probing.under_way == []


def test_a_door_that_does_not_answer_is_kept_with_what_was_said(data_dir: Path) -> None:
    probing = Prober(Address("127.0.0.1", free_port()), threading.Event())
    now = timezone.now()
    probing.send(now)
    probing.look(now)
    row = DoorProbe.objects.get()
    assert row.failure.startswith("connect: ")
    assert stages(row) == [False] * 4
    assert probing.under_way == []


def test_a_door_that_refuses_the_login_is_kept_so(door: Door) -> None:
    probing = prober(door)
    now = timezone.now()
    probing.send(now)
    FtpAccount.objects.update(active=False)
    renew_snapshot()
    probing.send(now + timedelta(minutes=1))
    probing.look(now)
    failures = DoorProbe.objects.order_by("sent_at").values_list("failure", flat=True)
    assert [failure.partition(":")[0] for failure in failures] == ["", "login"]


def test_a_login_that_somebody_else_made_void_is_renewed_within_the_same_probe(door: Door) -> None:
    probing = prober(door)
    now = timezone.now()
    probing.send(now)
    probe_logger(Station.objects.get(synthetic=True).code.removeprefix("QTTD-PROBE-"))
    probing.send(now + timedelta(minutes=1))
    probing.look(now)
    assert [row.failure for row in DoorProbe.objects.all()] == ["", ""]


def test_what_could_not_be_written_down_is_written_down_later(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    probing = prober(door)
    now = timezone.now()
    probing.send(now)
    with monkeypatch.context() as away:
        away.setattr(Probe, "keep", _away)
        probing.look(now)
    assert not DoorProbe.objects.exists()
    probing.look(now)
    assert stages(DoorProbe.objects.get()) == [True, False, False, False]


def _away(_probe: Probe) -> None:
    raise OperationalError("the database is away")


def test_the_probes_of_a_host_come_from_one_station_of_its_own(data_dir: Path) -> None:
    first, second, other = probe_logger("may1"), probe_logger("may1"), probe_logger("may2")
    assert first.station_id == second.station_id != other.station_id
    assert first.secret != second.secret
    assert Station.objects.filter(synthetic=True).count() == 2


@pytest.mark.parametrize(
    ("probe", "public", "tls", "address"),
    [
        (None, None, False, "ftp://127.0.0.1:2121"),
        (None, "203.0.113.5", False, "ftp://203.0.113.5:2121"),
        ("cua.tinh.example", "203.0.113.5", True, "ftps://cua.tinh.example:2121"),
        ("cua.tinh.example:21", None, False, "ftp://cua.tinh.example:21"),
    ],
)
def test_probes_go_where_loggers_go(
    settings: Any, probe: str | None, public: str | None, tls: bool, address: str
) -> None:
    settings.FTP_PROBE_ADDRESS, settings.FTP_PUBLIC_ADDRESS = probe, public
    settings.FTP_REQUIRE_TLS = tls
    assert str(address_of(2121)) == address


@pytest.mark.servers
@pytest.mark.django_db(transaction=False)
def test_a_running_province_shows_a_probe_on_its_pages(running: Running) -> None:
    port = str(running.up.ftp_port)
    done = running.up.manage("door_probe", "--once", "--port", port)
    assert done.returncode == 0, done.stderr
    asked = running.up.manage("shell", "-v", "0", "-c", NEWEST)
    assert asked.stdout.split() == ["True", "''"], asked.stdout + asked.stderr


NEWEST = (
    "from monitoring.models import DoorProbe as P;"
    " p = P.objects.latest('pk'); print(p.visible_at is not None, repr(p.failure))"
)
