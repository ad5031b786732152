"""Between which measured times a file is believed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from monitoring.domain.slots import VIETNAM

FASTEST_CLOCK = timedelta(minutes=10)
LONGEST_BACK_FILL = timedelta(days=400)
BEGINNING = datetime(2000, 1, 1, tzinfo=VIETNAM)
"""Of what a command may bring."""


class Window(NamedTuple):
    """The earliest and the latest measured time, both still believed."""

    earliest: datetime
    latest: datetime

    def problem_of(self, time: datetime) -> Literal["future_time", "too_old"] | None:
        """Why a time is not believed, if it is not."""
        if time > self.latest:
            return "future_time"
        return "too_old" if time < self.earliest else None


def window_of(received_at: datetime, *, by_command: bool) -> Window:
    """For a file received then; a command may bring everything since 2000."""
    earliest = BEGINNING if by_command else received_at - LONGEST_BACK_FILL
    return Window(earliest, received_at + FASTEST_CLOCK)
