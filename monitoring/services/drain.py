"""The receiver host's spool, and the one at a time who empties it."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings

from monitoring.services.receive import Received, receive_batch
from monitoring.services.spool import Spool


def host_spool() -> Spool:
    """The spool of this receiver host."""
    return Spool(settings.DATA_DIR / "spool")


@contextmanager
def _alone(spool: Spool, *, wait: bool) -> Iterator[bool]:
    """Whether this process may empty the spool now. The system frees the place of a killed one."""
    with (spool.folder / ".drain.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True


def drain(
    spool: Spool,
    *,
    clock: Callable[[], datetime],
    stored: Callable[[Received], None],
    wait: bool = False,
) -> int:
    """Store all that waits, batch by batch, telling `stored` of each; how many entries.

    Without `wait` nothing is done while another process is at it: that one empties it too.
    """
    total = 0
    while True:
        with _alone(spool, wait=wait) as alone:
            if not alone:
                return total
            while (received := receive_batch(spool, now=clock())).files:
                total += received.files
                stored(received)
        if not spool.files(limit=1):  # what came while the place was being given up
            return total
