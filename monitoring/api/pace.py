"""How fast one sender may send: so many at once, so many a second after that."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Pace:
    """A bucket of permissions for each sender, in this process alone."""

    at_once: float
    per_second: float
    clock: Callable[[], float] = time.monotonic
    _left: dict[int, tuple[float, float]] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def wait_of(self, sender: int) -> float:
        """0 when the sender may send one more now, which is then counted; else seconds to wait."""
        now = self.clock()
        with self._lock:
            left, seen = self._left.get(sender, (self.at_once, now))
            left = min(self.at_once, left + (now - seen) * self.per_second)
            allowed = left >= 1
            self._left[sender] = (left - 1 if allowed else left, now)
        return 0.0 if allowed else (1 - left) / self.per_second
