"""The doorbell: says that there is work, and never makes the one who rings wait.

What there is to do stands in the spool and in the database; a bell that is lost costs the time
until the next beat, nothing else.
"""

from __future__ import annotations

import logging
import os
import queue
import threading

from celery import current_app

logger = logging.getLogger(__name__)


class _Ringer(threading.Thread):
    """Publishes in the background; rings of one name that wait are one."""

    def __init__(self) -> None:
        super().__init__(name="bell", daemon=True)
        self.pid = os.getpid()
        self.waiting: set[str] = set()
        self.names: queue.SimpleQueue[str] = queue.SimpleQueue()

    def ring(self, name: str) -> None:
        if name not in self.waiting:
            self.waiting.add(name)
            self.names.put(name)

    def run(self) -> None:
        while True:
            name = self.names.get()
            self.waiting.discard(name)
            try:
                current_app.send_task(name, retry=False, expires=60)
            except Exception as error:  # the broker may be gone in any way; the beat will find it
                logger.warning("The bell %s was not heard: %s", name, error)


_lock = threading.Lock()
_ringer: _Ringer | None = None


def ring(name: str) -> None:
    """Ask that the task `name` runs soon. Returns at once, whatever the broker does."""
    global _ringer  # noqa: PLW0603 - one thread a process, also after a fork
    with _lock:
        if _ringer is None or _ringer.pid != os.getpid() or not _ringer.is_alive():
            _ringer = _Ringer()
            _ringer.start()
        _ringer.ring(name)
