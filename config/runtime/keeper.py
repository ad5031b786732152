"""Keeps one embedded server running for as long as anybody uses it.

    python -m config.runtime.keeper postgres DATA_FOLDER

Whoever uses the server (`up`, or a command) holds a shared lock; the kernel gives it back when
that process ends, even by kill -9. As soon as the keeper gets the lock for itself alone nobody
is left: it stops the server and ends. It tells whoever started it on its standard output:
`standing` when it is the keeper, then `ready` when the server answers, or why it does not.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType

from config.runtime.locks import Lock
from config.runtime.places import Places
from config.runtime.postgres import Postgres
from config.runtime.server import READY, STANDING, Server, start, stop
from config.runtime.valkey import Valkey

SERVERS: dict[str, type[Postgres] | type[Valkey]] = {"postgres": Postgres, "valkey": Valkey}
LOOK_EVERY = 0.1  # seconds
STOP_WITHIN = 6.0  # seconds, then it is killed; its log of writes brings everything back
LONGEST_PAUSE = 5.0  # seconds between two tries
TRIES_BEFORE_GIVING_UP = 8  # only until it has answered once


class Keeper:
    """Starts the server, starts it again when it dies, and stops it when nobody is left."""

    def __init__(self, server: Server, users: Lock, sockets: Path) -> None:
        self.server = server
        self.users = users
        self.sockets = sockets
        self.process: subprocess.Popen[bytes] | None = None
        self.has_answered = False
        self.failures = 0
        self.told_to_stop = False

    def run(self) -> int:
        """Until nobody uses it. 1 when it never came to answer."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            while not self.told_to_stop and not self.users.try_alone():
                if not self._look():
                    return 1
                time.sleep(LOOK_EVERY)
        finally:
            if self.process:
                stop(self.process, self.server.stop_signal, STOP_WITHIN)
            with suppress(OSError):  # not empty: the other server's socket is still there
                self.sockets.rmdir()
        return 0

    def _look(self) -> bool:
        if self.process is None:
            self.server.prepare()
            self.process = start(self.server.launch())
        elif self.process.poll() is not None:
            return self._after_death(self.process.returncode)
        elif not self.has_answered and self.server.answers():
            self.has_answered, self.failures = True, 0
            tell(READY)
        elif self.has_answered and self.failures and self.server.answers():
            self.failures = 0
        return True

    def _after_death(self, code: int) -> bool:
        self.process = None
        self.failures += 1
        done = "" if self.has_answered else self.server.rescue(self.failures)
        note(f"{self.server.name} ended with {code}; {done}")
        if not self.has_answered and self.failures >= TRIES_BEFORE_GIVING_UP:
            tell(f"{self.server.name} does not start: {done}")
            return False
        time.sleep(min(LONGEST_PAUSE, 0.25 * 2 ** (self.failures - 1)))
        return True

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.told_to_stop = True


def tell(line: str) -> None:
    """Says it to whoever started the keeper, if still listening."""
    try:
        print(line, flush=True)  # noqa: T201
    except BrokenPipeError:
        note(line)


def note(line: str) -> None:
    """Writes it into the log."""
    print(f"level=warning logger=keeper event={line!r}", file=sys.stderr, flush=True)  # noqa: T201


def main(name: str, folder: str) -> int:
    """Runs the keeper of one server of one data folder; waits for the one before it to end."""
    places = Places(Path(folder))
    mine = Lock(places.keeper_lock(name))
    mine.alone()
    tell(STANDING)
    users = Lock(places.users_lock(name))
    try:
        return Keeper(SERVERS[name](places), users, places.sockets).run()
    except (OSError, RuntimeError) as error:
        tell(f"{name}: {error}")
        return 1
    finally:
        mine.release()  # before the users' lock: who waits for that must not find me still there
        users.release()


if __name__ == "__main__":
    if os.fork():
        os._exit(0)  # the keeper outlives whoever started it, and is nobody's child
    sys.exit(main(*sys.argv[1:]))
