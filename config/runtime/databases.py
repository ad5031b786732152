"""The embedded databases as their users see them: there while they are needed.

Any number of commands and an `up` may use them at once; the last one turns off the light.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.runtime.locks import Lock, alone, is_held_alone
from config.runtime.places import Places
from config.runtime.server import READY, STANDING

PROJECT = Path(__file__).resolve().parent.parent.parent
GONE_WITHIN = 12.0  # seconds


class ServerDidNotStart(RuntimeError):
    """An embedded server could not be started; the text says why."""


@contextmanager
def embedded(places: Places, names: tuple[str, ...]) -> Iterator[None]:
    """Holds these servers (`postgres`, `valkey`) running for the length of a block."""
    places.data.mkdir(mode=0o711, parents=True, exist_ok=True)
    held: list[Lock] = []
    try:
        for name in names:
            held.append(Lock(places.users_lock(name)))
            held[-1].share()
            keep_running(places, name)
        yield
    finally:
        for lock in held:  # all of them first: the servers stop at the same time
            lock.release()
        for name in names:
            _wait_until_gone(places, name)


def keep_running(places: Places, name: str, *, wait: bool = True) -> None:
    """Starts the keeper of this server unless there is one. The caller holds the users' lock.

    Waits until the server answers; with `wait=False` only until the keeper stands.
    Raises ServerDidNotStart.
    """
    with alone(places.start_lock(name)):
        if not is_held_alone(places.keeper_lock(name)):
            _start_keeper(places, name, wait=wait)


def _start_keeper(places: Places, name: str, *, wait: bool) -> None:
    places.logs.mkdir(parents=True, exist_ok=True)
    with (places.logs / "keeper.log").open("ab") as log:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "config.runtime.keeper", name, str(places.data)],
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
    with keeper:
        lines = iter(keeper.stdout or [])
        for wanted in (STANDING, READY) if wait else (STANDING,):
            line = next(lines, b"").decode().strip()
            if line != wanted:
                raise ServerDidNotStart(line or f"{name} did not start: see {places.logs}")


def _wait_until_gone(places: Places, name: str) -> None:
    """Returns when the keeper has ended, or at once when somebody else still uses the server."""
    until = time.monotonic() + GONE_WITHIN
    while is_held_alone(places.keeper_lock(name)) and time.monotonic() < until:
        if _others_use(places.users_lock(name)):
            return
        time.sleep(0.05)


def _others_use(file: Path) -> bool:
    """Shared by some: it cannot be had alone, but it can be shared."""
    lock = Lock(file)
    try:
        return not lock.try_alone() and lock.try_share()
    finally:
        lock.release()
