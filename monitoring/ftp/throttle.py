"""Slows down the guessing of passwords for one pair of address and account, nobody else."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

FIRST_DELAY = 1.0
LONGEST_DELAY = 30.0
FORGOTTEN_AFTER = 900.0
MOST_PAIRS = 10_000


@dataclass(slots=True)
class _Failures:
    count: int
    free_at: float
    last: float


class Throttle:
    """Each wrong password doubles the wait of that pair, from 1 s to 30 s; 15 quiet min end it.

    The wait comes before the answer, to a right password too: else an answer that comes at once
    would tell it. Another address or another account never waits for it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._pairs: OrderedDict[tuple[str, str], _Failures] = OrderedDict()

    def failed(self, address: str, account: str) -> float:
        """Notes a wrong password; returns the seconds to wait before saying so."""
        now = self._clock()
        failures = self._known(address, account) or _Failures(0, now, now)
        failures.count += 1
        failures.last = now
        delay = min(FIRST_DELAY * 2 ** min(failures.count - 1, 10), LONGEST_DELAY)
        failures.free_at = min(max(failures.free_at, now) + delay, now + LONGEST_DELAY)
        self._pairs[address, account] = failures
        self._pairs.move_to_end((address, account))
        if len(self._pairs) > MOST_PAIRS:
            self._pairs.popitem(last=False)
        return failures.free_at - now

    def succeeded(self, address: str, account: str) -> float:
        """The seconds that a right password must wait after wrong ones; 0.0 for most."""
        failures = self._known(address, account)
        return max(0.0, failures.free_at - self._clock()) if failures else 0.0

    def _known(self, address: str, account: str) -> _Failures | None:
        failures = self._pairs.get((address, account))
        if failures and failures.last < self._clock() - FORGOTTEN_AFTER:
            del self._pairs[address, account]
            return None
        return failures
