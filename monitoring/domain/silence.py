"""When a station or a channel counts as silent: computed when it speaks, later only asked.

All times are aware. `received_through` is the reception of the oldest delivery not yet stored,
else now: beyond it nobody is judged, since what has come may not have been read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

MISSED_INTERVALS = 3
LEAST_WAIT = timedelta(minutes=15)
TRANSMISSION = timedelta(minutes=5)
GATHERING = timedelta(minutes=3)
MAIL_AFTER = timedelta(minutes=60)
DUTY_OF_NOTICE_AFTER = timedelta(hours=12)

State = Literal["never_heard", "speaking", "gathering", "silent"]


@dataclass(frozen=True, slots=True)
class Heard:
    """The last delivery that brought a newer reading: when it came, and the time it measured."""

    received_at: datetime
    measured_at: datetime


def heard(before: Heard | None, *, received_at: datetime, measured_at: datetime) -> Heard:
    """What is known after one more delivery, by the newest reading in it.

    Back-fill and repetition move nothing. The order of processing cannot matter: what stays is the
    newest measured time, and the first delivery that brought it.
    """
    if before is None or measured_at > before.measured_at:
        return Heard(received_at, measured_at)
    if measured_at == before.measured_at and received_at < before.received_at:
        return Heard(received_at, measured_at)
    return before


def allowance(interval: int) -> timedelta:
    """How long nothing may come: max(3 × interval, 15 min) + 5 min for transmission."""
    return max(MISSED_INTERVALS * timedelta(minutes=interval), LEAST_WAIT) + TRANSMISSION


def silent_after(
    received_at: datetime, interval: int, *, door_back_at: datetime | None = None
) -> datetime:
    """The moment from which a silence counts. After the door came back one allowance passes."""
    since = received_at if door_back_at is None else max(received_at, door_back_at)
    return since + allowance(interval)


@dataclass(frozen=True, slots=True)
class Silence:
    """One silence that may be: `since` is the last reception, `after` when it begins to count."""

    since: datetime
    after: datetime

    @property
    def gathered_at(self) -> datetime:
        """When its alert may be opened, dated `after`: an outage of the line shows itself first."""
        return self.after + GATHERING

    @property
    def mail_at(self) -> datetime:
        """When it is mailed about, if it still lasts; never before it is gathered."""
        return max(self.since + MAIL_AFTER, self.gathered_at)

    @property
    def notice_due_at(self) -> datetime:
        """When the owner's duty of notice begins and the 12-hour alert opens."""
        return max(self.since + DUTY_OF_NOTICE_AFTER, self.after)


def silence_of(
    newest: Heard | None, interval: int, *, door_back_at: datetime | None = None
) -> Silence | None:
    """The silence that begins unless something newer comes; None for one never heard."""
    if newest is None:
        return None
    after = silent_after(newest.received_at, interval, door_back_at=door_back_at)
    return Silence(newest.received_at, after)


def state_of(silence: Silence | None, *, through: datetime, door_is_down: bool = False) -> State:
    """How it stands at `through` (see `received_through`).

    At `after` its silence counts; its alert gathers for 3 min before it may be opened.
    Never heard ("chưa kết nối") is not silent, and nobody is while a door is known to be down.
    """
    if silence is None:
        return "never_heard"
    if door_is_down or through < silence.after:
        return "speaking"
    return "gathering" if through < silence.gathered_at else "silent"


def received_through(waiting: Iterable[datetime], now: datetime) -> datetime:
    """The moment up to which silence may be judged, from the receptions not yet stored."""
    return min(waiting, default=now)


def parameter_counts_as_silent(parameter: State, station: State) -> bool:
    """A parameter is silent only while its station is not."""
    return parameter == "silent" and station == "speaking"
