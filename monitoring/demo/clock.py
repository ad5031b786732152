"""The loggers' clock: the real one, or a faster one that plays the past until it has caught up."""

from __future__ import annotations

from dataclasses import dataclass

from monitoring.demo.local_time import OFFSET_SECONDS


@dataclass(frozen=True, slots=True)
class Clock:
    """From `started` (Unix seconds) on, measured time runs from `since` (Vietnamese seconds).

    It runs `speed` times as fast as the real one and never ahead of it: no file from the future.
    """

    started: float
    since: float
    speed: float = 1.0

    def real(self, second: float) -> float:
        """The Unix second at which this clock shows a Vietnamese second."""
        shown = second - OFFSET_SECONDS
        if self.speed == 1:
            return shown
        return max(shown, self.started + (second - self.since) / self.speed)
