"""Lets other threads and signal handlers hand a call to the loop of the server."""

from __future__ import annotations

import logging
import socket
from collections import deque
from collections.abc import Callable
from typing import Any

from pyftpdlib.ioloop import IOLoop

logger = logging.getLogger(__name__)


class Wakeup:
    """A channel of the loop that becomes readable when there is something to call."""

    def __init__(self, ioloop: IOLoop) -> None:
        self._calls: deque[tuple[Callable[..., object], tuple[Any, ...]]] = deque()
        self._hearing, self._ringing = socket.socketpair()
        self._hearing.setblocking(False)
        self._ringing.setblocking(False)
        self._fileno = self._hearing.fileno()
        self._ioloop = ioloop
        ioloop.register(self._fileno, self, ioloop.READ)

    def call(self, function: Callable[..., object], *arguments: Any) -> None:
        """Has the loop call this soon; from any thread, never waiting."""
        self._calls.append((function, arguments))
        try:
            self._ringing.send(b"!")
        except BlockingIOError:
            return  # it rings already
        except OSError:
            logger.debug("The loop has ended; nobody is left to answer")

    def readable(self) -> bool:
        """Always listening."""
        return True

    def writable(self) -> bool:
        """Never writing."""
        return False

    def handle_read_event(self) -> None:
        """Makes all calls that wait; one that fails hinders no other."""
        self._hearing.recv(4096)
        while self._calls:
            function, arguments = self._calls.popleft()
            try:
                function(*arguments)
            except Exception:
                logger.exception("A call in the loop failed")

    def handle_error(self) -> None:
        """The loop asks this after an exception of `handle_read_event`."""
        logger.exception("The loop could not be woken")  # noqa: LOG004 - called from one

    def handle_close(self) -> None:
        """The other end never closes first."""

    def close(self) -> None:
        """Ends with the loop."""
        self._ioloop.unregister(self._fileno)
        self._hearing.close()
        self._ringing.close()
