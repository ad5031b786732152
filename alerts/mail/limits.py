"""A hard end for talking to a machine of somebody else's: one that drips a byte now and then never
lets a socket's own time limit run out."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from types import FrameType

AGAIN = 1.0  # seconds; where what was interrupted goes on by itself, it is interrupted again


class TimeIsUp(OSError):
    """The other side was given its time, and used more."""


class HardEnd:
    """A moment after which nothing is waited for; `watching` stands around what waits.

    By the clock signal of the process, so in its main thread alone: workers of one task at a time.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.at = monotonic() + seconds

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Within it, TimeIsUp is raised at the end. Not for work with the database: what is
        interrupted there leaves a broken connection."""
        left = self.at - monotonic()
        if left <= 0:
            raise self._too_long()
        before = signal.signal(signal.SIGALRM, self._ring)
        signal.setitimer(signal.ITIMER_REAL, left, AGAIN)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    def _ring(self, number: int, frame: FrameType | None) -> None:
        raise self._too_long()

    def _too_long(self) -> TimeIsUp:
        return TimeIsUp(f"no end after {self.seconds:g} s")
