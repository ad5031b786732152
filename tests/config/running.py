"""A whole installation in a folder of its own, started by `manage.py up` as a user would."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil

from config.runtime.places import Places

START_WITHIN = 240.0  # seconds; the first start makes all tables, on a machine that is shared


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])


class Installation:
    """One data folder, and the `up` that runs on it."""

    def __init__(self, project: Path, data: Path, prefix: list[str] | None = None) -> None:
        self.project = project
        self.data = data
        self.prefix = prefix or []
        self.python = sys.executable
        self.environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": "/nonexistent"}
        self.port, self.ftp_port = free_port(), free_port()
        self.log = data.with_name(f"{data.name}.log")
        self.process: subprocess.Popen[bytes] | None = None

    def up(self, *options: str) -> None:
        """Starts it and waits for `ready:`."""
        command = [*self.prefix, self.python, "manage.py", "up", "--data-dir", str(self.data)]
        command += ["--port", str(self.port), "--ftp-port", str(self.ftp_port), *options]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                cwd=self.project,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        end = time.monotonic() + START_WITHIN
        while "ready:" not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < end, self.said()
            time.sleep(0.1)

    def said(self) -> str:
        """What it wrote to the console."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal to the supervisor alone."""
        assert self.process is not None
        self.process.send_signal(number)

    def stop(self) -> float:
        """Asks it to stop; the seconds that it took."""
        assert self.process is not None
        began = time.monotonic()
        self.process.terminate()
        self.process.wait(30)
        return time.monotonic() - began

    def kill(self) -> None:
        """kill -9 of the supervisor."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs a command on this data folder."""
        return subprocess.run(
            [*self.prefix, self.python, "manage.py", *arguments],
            cwd=self.project,
            env=self.environment | {"QTTD_DATA_DIR": str(self.data)},
            capture_output=True,
            text=True,
            check=False,
        )

    def processes(self) -> list[psutil.Process]:
        """Everything that runs for this data folder: by command line, environment or parent."""
        marks = (str(self.data), str(Places(self.data).sockets))
        found: dict[int, psutil.Process] = {}
        for process in psutil.process_iter():
            try:
                words = [*process.cmdline(), *process.environ().values()]
                if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                    continue
            except psutil.Error:
                continue
            if any(mark in word for word in words for mark in marks):
                found[process.pid] = process
        for process in list(found.values()):
            try:
                found |= {child.pid: child for child in process.children(recursive=True)}
            except psutil.NoSuchProcess:
                continue
        return list(found.values())

    def running(self, words: str) -> list[psutil.Process]:
        """Those of its processes whose command holds these words."""
        return [p for p in self.processes() if words in " ".join(_command(p))]

    def is_gone(self, seconds: float = 5.0) -> bool:
        """Whether nothing runs any more, at the latest after so many seconds."""
        end = time.monotonic() + seconds
        while self.processes() and time.monotonic() < end:
            time.sleep(0.1)
        return not self.processes()

    def page(self, path: str = "/readyz") -> int:
        """The status of a page; 0 when nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def answers_within(self, seconds: float) -> bool:
        """Whether its pages answer, at the latest after so many seconds."""
        end = time.monotonic() + seconds
        while self.page() != 200 and time.monotonic() < end:
            time.sleep(0.1)
        return self.page() == 200


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []
