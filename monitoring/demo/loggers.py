"""The loggers at work: each sends its files in order, and keeps what was not acknowledged.

A logger's unsent files need no store: its next slot is remembered and the patterns give the same
bytes again. One file of a logger is under way at a time, so a station's files never overtake.
"""

from __future__ import annotations

import ftplib
import heapq
import logging
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from monitoring.demo.clock import Clock
from monitoring.demo.fleet import Logger
from monitoring.demo.history import first_unsent
from monitoring.demo.local_time import DAY
from monitoring.demo.patterns import sent_at
from monitoring.demo.progress import Progress
from monitoring.demo.push import Server, push

log = logging.getLogger(__name__)

LINES = 6
"""Files under way at the same time."""
KEPT_DAYS = 3
"""How far back a logger still sends after it was switched off. (A real one keeps sixty days.)"""
LONGEST_PAUSE = 15.0
"""Seconds at most between two attempts at one file."""
LAST_WORDS = 1.0
"""Seconds that files under way have to arrive when the loggers are told to stop."""
NOTE_EVERY = 5.0
"""Seconds between two notes of how far the loggers have come."""

Answer = tuple[Logger, Exception | None]


@dataclass
class Yard:
    """All loggers of the province and the lines on which they send."""

    server: Server
    clock: Clock
    next_slot: dict[Logger, int]
    progress: Progress | None = None
    sent: int = 0
    _turns: list[tuple[float, int, Logger]] = field(default_factory=list)
    _failures: dict[Logger, int] = field(default_factory=dict)
    _orders: SimpleQueue[Logger | None] = field(default_factory=SimpleQueue)
    _answers: SimpleQueue[Answer] = field(default_factory=SimpleQueue)

    def run(self, until: float = float("inf")) -> None:
        """Send until a moment of the machine's clock (Unix seconds), or until interrupted."""
        for _ in range(LINES):
            threading.Thread(target=self._line, daemon=True).start()
        for logger in self.next_slot:
            self._queue(logger)
        noted = time.time()
        try:
            while (now := time.time()) < until:
                self._dispatch(now)
                self._take_answer(wait=min(until, self._next_turn(now)) - now)
                if now - noted >= NOTE_EVERY:
                    noted = now
                    self._note()
        finally:
            self._finish()

    def _finish(self) -> None:
        """Begin no new file, give those under way a moment to arrive, note how far all have come.

        Every logger waits for its turn, waits for a line, or has a file under way.
        """
        withdrawn = 0
        with suppress(Empty):
            while self._orders.get_nowait():
                withdrawn += 1
        for _ in range(LINES):
            self._orders.put(None)
        end = time.time() + LAST_WORDS
        while len(self._turns) + withdrawn < len(self.next_slot) and time.time() < end:
            self._take_answer(wait=end - time.time())
        self._note()

    def _line(self) -> None:
        """One worker: takes the next file, sends it, tells what became of it."""
        while (logger := self._orders.get()) is not None:
            try:
                push(self.server, logger, self.next_slot[logger])
            except ftplib.all_errors as error:
                self._answers.put((logger, error))
            else:
                self._answers.put((logger, None))

    def _queue(self, logger: Logger, not_before: float = 0.0) -> None:
        due = self.clock.real(sent_at(logger, self.next_slot[logger]))
        heapq.heappush(self._turns, (max(due, not_before), id(logger), logger))

    def _dispatch(self, now: float) -> None:
        while self._turns and self._turns[0][0] <= now:
            self._orders.put(heapq.heappop(self._turns)[2])

    def _next_turn(self, now: float) -> float:
        """When to look again: at the next file that falls due, in a second at the latest."""
        return max(now, min(self._turns[0][0] if self._turns else now + 1, now + 1))

    def _take_answer(self, wait: float) -> None:
        try:
            logger, error = self._answers.get(timeout=max(wait, 0.001))
        except Empty:
            return
        if error is None:
            self._advance(logger)
        else:
            self._again(logger, error)

    def _advance(self, logger: Logger) -> None:
        self.sent += 1
        self.next_slot[logger] += logger.interval
        if self._failures.pop(logger, 0):
            log.info("%s is through again", logger.code)
        self._queue(logger)

    def _again(self, logger: Logger, error: Exception) -> None:
        failures = self._failures[logger] = self._failures.get(logger, 0) + 1
        if failures == 1:
            log.warning("%s could not send: %s", logger.code, error)
        self._queue(logger, time.time() + min(LONGEST_PAUSE, 0.5 * 2 ** min(failures, 8)))

    def _note(self) -> None:
        if self.progress:
            self.progress.note_slots({each.code: slot for each, slot in self.next_slot.items()})


def first_slots(
    fleet: Iterable[Logger], remembered: Mapping[str, int], beginning: float, now: float
) -> dict[Logger, int]:
    """Where each logger goes on: after its last file, else at the beginning (Vietnamese seconds).

    What is older than a logger's memory is lost, as it would be in the field.
    """
    oldest = int(now) // 60 - KEPT_DAYS * DAY
    slots = {}
    for logger in fleet:
        known = remembered.get(logger.code)
        slot = first_unsent(logger, beginning) if known is None else known
        kept = -(-oldest // logger.interval) * logger.interval
        slots[logger] = max(slot, kept)
    return slots
