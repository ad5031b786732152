"""`up`: every process of the program below one, none left behind."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from types import FrameType

import psutil

from config.runtime.children import GRACE, Child
from config.runtime.databases import ServerDidNotStart, embedded, keep_running
from config.runtime.guard import PR_SET_CHILD_SUBREAPER, children_of
from config.runtime.locks import is_held_alone
from config.runtime.logtail import LogTail
from config.runtime.places import Places

LOOK_EVERY = 0.25  # seconds
ASK_DATABASES_EVERY = 1.0
ANSWER_WITHIN = 120.0  # seconds until pages must answer
OPEN_WITHIN = 20.0  # seconds that the demonstration waits for the FTP server

Say = Callable[[str, str], None]


class ToldToStop(BaseException):
    """A signal came before everything stood."""


class Supervisor:
    """Starts the children, looks after them, stops them."""

    def __init__(self, places: Places, servers: tuple[str, ...], say: Say) -> None:
        self.places = places
        self.servers = servers
        self.say = say
        self.children: list[Child] = []
        self.tails: dict[str, LogTail] = {}
        self.stopping = False
        self.standing = False
        self.asked_databases_at = 0.0
        self.opened = ExitStack()

    def catch_signals(self) -> None:
        """From now on Ctrl-C, SIGTERM and a closed terminal mean: stop everything."""
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def open_databases(self) -> None:
        """Holds the embedded servers running until `close`."""
        self.opened.enter_context(embedded(self.places, self.servers))
        for name in (*self.servers, "keeper"):
            self._follow(name)

    def add(self, child: Child) -> None:
        """Starts one more child and follows its log."""
        self._follow(child.name)
        child.start()
        self.children.append(child)

    def wait_for_pages(self, address: str) -> bool:
        """True when pages answer; false when told to stop before, or after ANSWER_WITHIN."""
        until = time.monotonic() + ANSWER_WITHIN
        while not self.stopping and time.monotonic() < until:
            self._look()
            if answers(f"{address}/readyz"):
                return True
            time.sleep(LOOK_EVERY)
        return False

    def wait_for_port(self, port: int) -> None:
        """Until somebody listens there, or it took too long, or told to stop."""
        until = time.monotonic() + OPEN_WITHIN
        while is_free(port) and not self.stopping and time.monotonic() < until:
            self._look()
            time.sleep(LOOK_EVERY)

    def run(self) -> None:
        """Looks after everything until told to stop."""
        self.standing = True
        while not self.stopping:
            self._look()
            time.sleep(LOOK_EVERY)

    def close(self) -> None:
        """Stops the children all at once, then lets the databases go."""
        self.standing = True
        until = time.monotonic() + GRACE + 2
        for child in self.children:
            child.ask_to_stop()
        for child in self.children:
            child.wait_stopped(until)
        self._end_strays()
        self.opened.close()

    def _look(self) -> None:
        now = time.monotonic()
        for child in list(self.children):
            if word := child.look(now):
                self.say(child.name, word)
            if child.once and child.process is None:
                self.children.remove(child)
        for name, tail in self.tails.items():
            for line in tail.new_warnings():
                self.say(name, line)
        if now - self.asked_databases_at > ASK_DATABASES_EVERY:
            self.asked_databases_at = now
            self._keep_databases()
            self._end_strays()

    def _keep_databases(self) -> None:
        for name in self.servers:
            if not is_held_alone(self.places.keeper_lock(name)):
                self.say(name, "its keeper is gone; starts again")
                try:
                    keep_running(self.places, name, wait=False)
                except ServerDidNotStart as error:
                    self.say(name, str(error))

    def _end_strays(self) -> None:
        """Ends what a killed guard left: it came to us, and is none of ours."""
        ours = {child.process.pid for child in self.children if child.process}
        for pid in children_of(os.getpid()):
            if pid not in ours and not _is_keeper(pid):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)

    def _follow(self, name: str) -> None:
        self.tails.setdefault(name, LogTail(self.places.logs / f"{name}.log"))

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True
        if not self.standing:
            self.standing = True
            raise ToldToStop


def answers(url: str) -> bool:
    """Whether this address of ours answers with success."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def is_free(port: int) -> bool:
    """Whether this port of the machine can be listened on."""
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            line.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _is_keeper(pid: int) -> bool:
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return "config.runtime.keeper" in process.cmdline()
    except psutil.NoSuchProcess:
        return False
