"""The door as a process of its own: no database, killed, stopped, and under load."""

from __future__ import annotations

import ftplib
import hashlib
import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitoring.services.accounts import write_accounts
from monitoring.services.spool import Spool
from tests.monitoring.ftp.conftest import SECRET, snapshot_of

pytestmark = pytest.mark.servers

KEY = "a key for tests"


class FtpProcess:
    """`manage.py ftp_server` in its own process, with a database that is not there."""

    def __init__(self, project: Path, data: Path) -> None:
        environment = os.environ | {
            "QTTD_DATA_DIR": str(data),
            "SECRET_KEY": KEY,
            "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
            "REDIS_URL": "redis://127.0.0.1:1",
        }
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "ftp_server", "--port", "0"],
            cwd=project,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline().rpartition(":")[2])

    def login(self) -> ftplib.FTP:
        client = ftplib.FTP(timeout=10)
        try:
            client.connect("127.0.0.1", self.port)
            client.login("logger", SECRET)
        except (OSError, EOFError):
            client.close()
            raise
        return client

    def end(self, number: int = signal.SIGKILL) -> int:
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> int:
        code = self.process.wait(15)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_accounts(tmp_path / "receivers" / "accounts.json", snapshot_of("logger"))
    return tmp_path


@pytest.fixture
def ftp_process(project: Path, data: Path) -> Iterator[FtpProcess]:
    running = FtpProcess(project, data)
    yield running
    if running.process.poll() is None:
        running.end()


def counted(spool: Spool) -> Counter[str]:
    return Counter(entry.sha256 for _, some in spool.pending() for entry in some)


class Logger(threading.Thread):
    """Sends one file after the other with a login for each, and notes what it was promised."""

    def __init__(self, server: FtpProcess, number: int) -> None:
        super().__init__()
        self.server = server
        self.number = number
        self.promised: list[str] = []

    def run(self) -> None:
        for index in range(10_000):
            raw = b"file %d of logger %d" % (index, self.number)
            try:
                self.send(f"{self.number}_{index}.txt", raw, by_rename=bool(self.number % 2))
            except (OSError, EOFError, ftplib.Error):
                return
            self.promised.append(hashlib.sha256(raw).hexdigest())

    def send(self, name: str, raw: bytes, *, by_rename: bool) -> None:
        with self.server.login() as client:
            client.storbinary(f"STOR {name}{'.tmp' if by_rename else ''}", io.BytesIO(raw))
            if by_rename:
                client.rename(f"{name}.tmp", name)


def test_a_kill_in_mid_load_loses_nothing_that_was_promised(
    project: Path, data: Path, ftp_process: FtpProcess
) -> None:
    loggers = [Logger(ftp_process, number) for number in range(8)]
    for logger in loggers:
        logger.start()
    time.sleep(1.5)
    ftp_process.end()
    for logger in loggers:
        logger.join(15)
    promised = [digest for logger in loggers for digest in logger.promised]
    spool = Spool(data / "spool")
    found = counted(spool)
    assert len(promised) > 50
    assert [digest for digest in promised if found[digest] != 1] == []
    assert set(found.values()) == {1}
    assert found.total() - len(promised) <= len(loggers)
    assert not spool.quarantine.exists()

    again = FtpProcess(project, data)
    with again.login() as client:
        client.storbinary("STOR after.txt", io.BytesIO(b"after the kill"))
    again.end()
    assert counted(spool)[hashlib.sha256(b"after the kill").hexdigest()] == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_finishes_the_running_upload(
    data: Path, ftp_process: FtpProcess, number: int
) -> None:
    client = ftp_process.login()
    connection = client.transfercmd("STOR last.txt")
    connection.sendall(b"the last ")
    time.sleep(0.1)
    ftp_process.process.send_signal(number)
    time.sleep(0.3)
    connection.sendall(b"upload")
    connection.close()
    assert client.getresp().startswith("226")
    client.close()
    assert ftp_process.ended() == 0
    [(_, [entry])] = Spool(data / "spool").pending()
    assert entry.raw == b"the last upload"


def test_a_stop_waits_five_seconds_for_a_stalled_upload(ftp_process: FtpProcess) -> None:
    client = ftp_process.login()
    connection = client.transfercmd("STOR stalled.txt")
    connection.sendall(b"half")
    began = time.monotonic()
    assert ftp_process.end(signal.SIGTERM) == 0
    assert 4 < time.monotonic() - began < 8
    connection.close()
    client.close()
