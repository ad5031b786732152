"""The demonstration loggers against a small real FTP server that fails at first."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from monitoring.demo.clock import Clock
from monitoring.demo.fleet import Logger, demonstration_fleet
from monitoring.demo.history import first_unsent
from monitoring.demo.local_time import DAY, OFFSET_SECONDS, local_second, moment_of, stamp
from monitoring.demo.loggers import KEPT_DAYS, Yard, first_slots
from monitoring.demo.patterns import sent_at
from monitoring.demo.progress import Progress
from monitoring.demo.push import Server, push
from monitoring.demo.writer import body_of, folder_of, name_of

FLEET = demonstration_fleet()
QUIET = [logger for logger in FLEET if logger.code in ("KCNQC-NT01", "MH01-KT01", "NMVY-NM01")]


@dataclass
class Harbour:
    """A real FTP server on loopback with the loggers' accounts, in a thread that can be stopped."""

    folder: Path
    port: int
    uploads: list[str]
    refuse: int = 0

    def serve(self) -> Callable[[], None]:
        """Start; what is returned stops it."""
        from pyftpdlib.authorizers import DummyAuthorizer
        from pyftpdlib.handlers import FTPHandler
        from pyftpdlib.servers import FTPServer

        harbour = self

        class Handler(FTPHandler):  # type: ignore[misc]
            def ftp_STOR(self, file: str, mode: str = "w") -> Any:  # noqa: N802
                if harbour.refuse > 0:
                    harbour.refuse -= 1
                    self.respond("451 Not now.")
                    return None
                return super().ftp_STOR(file, mode)

            def on_file_received(self, file: str) -> None:
                harbour.uploads.append(Path(file).name)

        authorizer = DummyAuthorizer()
        for logger in FLEET:
            home = self.folder / logger.username
            home.mkdir(parents=True, exist_ok=True)
            if not authorizer.has_user(logger.username):
                authorizer.add_user(logger.username, logger.password, str(home), perm="elradfmwMT")
        Handler.authorizer = authorizer
        server = FTPServer(("127.0.0.1", self.port), Handler)
        stopped = threading.Event()
        thread = threading.Thread(target=self._loop, args=(server, stopped))
        thread.start()

        def stop() -> None:
            stopped.set()
            thread.join()

        return stop

    @staticmethod
    def _loop(server: Any, stopped: threading.Event) -> None:
        while not stopped.is_set():
            server.ioloop.loop(timeout=0.05, blocking=False)
        server.close_all()


@pytest.fixture
def harbour(tmp_path: Path) -> Harbour:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return Harbour(tmp_path / "ftp", port, [])


@pytest.fixture
def open_harbour(harbour: Harbour) -> Iterator[Harbour]:
    stop = harbour.serve()
    yield harbour
    stop()


def past_slots(loggers: list[Logger], files: int) -> dict[Logger, int]:
    """Slots so many intervals before the first one that is not yet due."""
    now = local_second(moment_of(time.time() + OFFSET_SECONDS))
    return {each: first_unsent(each, now) - files * each.interval for each in loggers}


def yard(harbour: Harbour, slots: dict[Logger, int], progress: Progress | None = None) -> Yard:
    clock = Clock(time.time(), time.time() + OFFSET_SECONDS)
    return Yard(Server("127.0.0.1", harbour.port, timeout=3), clock, slots, progress)


def expected(slots: dict[Logger, int], files: int) -> dict[str, list[str]]:
    return {
        each.prefix: [name_of(each, slot + n * each.interval) for n in range(files)]
        for each, slot in slots.items()
    }


def by_prefix(uploads: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in uploads:
        found.setdefault(name.rpartition("_")[0], []).append(name.removesuffix(".tmp"))
    return found


@pytest.mark.servers
def test_a_refused_file_is_sent_again_and_stays_in_its_place(open_harbour: Harbour) -> None:
    open_harbour.refuse = 4
    slots = past_slots(QUIET, 6)
    wanted = expected(slots, 6)
    loggers = yard(open_harbour, slots)
    loggers.run(until=time.time() + 4)
    arrived = by_prefix(open_harbour.uploads)
    assert {prefix: names[:6] for prefix, names in arrived.items()} == wanted


@pytest.mark.servers
def test_a_server_that_comes_late_loses_nothing(harbour: Harbour, tmp_path: Path) -> None:
    slots = past_slots(QUIET, 5)
    wanted = expected(slots, 5)
    progress = Progress(tmp_path / "demo")
    loggers = yard(harbour, slots, progress)
    worker = threading.Thread(target=loggers.run, args=(time.time() + 4.5,))
    worker.start()
    time.sleep(1.2)
    stop = harbour.serve()
    worker.join()
    stop()
    arrived = by_prefix(harbour.uploads)
    assert {prefix: names[:5] for prefix, names in arrived.items()} == wanted
    assert progress.next_slots() == {each.code: slot for each, slot in loggers.next_slot.items()}


@pytest.mark.servers
@pytest.mark.parametrize("renames", [True, False], ids=["tmp then rename", "at once"])
def test_a_file_arrives_whole_in_its_folder(open_harbour: Harbour, renames: bool) -> None:
    logger = next(each for each in FLEET if each.folder == "station" and each.renames is renames)
    minute = 20_780 * DAY
    server = Server("127.0.0.1", open_harbour.port)
    push(server, logger, minute)
    push(server, logger, minute + logger.interval)
    folder = open_harbour.folder / logger.username / folder_of(logger, minute)
    file = folder / name_of(logger, minute)
    assert file.read_bytes() == body_of(logger, minute)
    assert len(list(folder.iterdir())) == 2


def test_a_logger_goes_on_after_its_last_file_and_forgets_what_is_too_old() -> None:
    logger = QUIET[0]
    now = local_second(moment_of(20_780 * DAY * 60.0))
    minute = int(now) // 60
    assert first_slots([logger], {logger.code: minute - 50}, now - 9e6, now) == {
        logger: minute - 50
    }
    assert first_slots([logger], {}, now - 60, now) == {logger: first_unsent(logger, now - 60)}
    assert first_slots([logger], {logger.code: 0}, now, now) == {logger: minute - KEPT_DAYS * DAY}


def test_a_fast_clock_never_runs_ahead_of_the_real_one() -> None:
    clock = Clock(started=1_000_000, since=1_000_000 - 600 + OFFSET_SECONDS, speed=60)
    assert clock.real(clock.since) == 1_000_000
    assert clock.real(clock.since + 300) == 1_000_005
    assert clock.real(clock.since + 900) == 1_000_300


@pytest.mark.parametrize("wrong", ["--speed=0.5", "--since=2024-05-21T08:00:00"])
def test_a_wrong_option_is_named(wrong: str) -> None:
    with pytest.raises(CommandError, match=wrong.partition("=")[0]):
        call_command("demo_loggers", wrong)


@pytest.mark.servers
def test_the_command_ends_at_once_on_sigterm(open_harbour: Harbour, tmp_path: Path) -> None:
    loggers = subprocess.Popen(
        [sys.executable, "manage.py", "demo_loggers", f"--ftp-port={open_harbour.port}"],
        cwd=Path(__file__).parents[3],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "QTTD_DATA_DIR": str(tmp_path / "data"),
            "PYTHONUNBUFFERED": "1",
        },
        stdout=subprocess.PIPE,
    )
    assert loggers.stdout is not None
    with loggers.stdout:
        assert f"127.0.0.1:{open_harbour.port}".encode() in loggers.stdout.readline()
        while not open_harbour.uploads and loggers.poll() is None:
            time.sleep(0.02)
        loggers.send_signal(signal.SIGTERM)
        assert loggers.wait(timeout=3) == 0
    notes = Progress(tmp_path / "data" / "demo").next_slots()
    assert len(notes) == len(FLEET)
    for name in open_harbour.uploads:
        if name.endswith(".tmp"):
            continue  # never given its name, so it is to be sent again
        prefix, _, rest = name.rpartition("_")
        logger = next(each for each in FLEET if each.prefix == prefix)
        assert stamp(notes[logger.code]) > rest[:14]


def test_something_falls_due_every_few_seconds() -> None:
    """Slots are sent at their own delay, spread over five minutes."""
    minute = 20_780 * DAY + 12 * 60
    due = sorted(
        sent_at(logger, minute)
        for logger in FLEET
        if logger.interval == 5 and sent_at(logger, minute) < (minute + 5) * 60
    )
    gaps = [b - a for a, b in pairwise(due)]
    assert len(due) >= 50
    assert max(gaps) <= 10
