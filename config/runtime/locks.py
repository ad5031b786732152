"""Locks that the kernel gives back when a process dies, however it dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Lock:
    """One lock on one file, held until `release` or the end of the process."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._number = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def share(self) -> None:
        """Waits until nobody holds it alone, then holds it with others."""
        fcntl.flock(self._number, fcntl.LOCK_SH)

    def alone(self) -> None:
        """Waits until nobody else holds it."""
        fcntl.flock(self._number, fcntl.LOCK_EX)

    def try_share(self) -> bool:
        """Holds it with others unless somebody holds it alone."""
        return self._try(fcntl.LOCK_SH)

    def try_alone(self) -> bool:
        """Holds it if nobody else does."""
        return self._try(fcntl.LOCK_EX)

    def _try(self, how: int) -> bool:
        try:
            fcntl.flock(self._number, how | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Gives it back."""
        if self._number >= 0:
            os.close(self._number)
            self._number = -1


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Holds a lock for the length of a block."""
    lock = Lock(file)
    try:
        lock.alone()
        yield
    finally:
        lock.release()


def is_held_alone(file: Path) -> bool:
    """Whether some process holds this lock alone now. Those who ask do not see each other."""
    lock = Lock(file)
    try:
        return not lock.try_share()
    finally:
        lock.release()
