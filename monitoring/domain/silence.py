"""When a station or a channel counts as silent: computed when it speaks, later only asked.

All times are aware. `received_through` is the reception of the oldest delivery not yet stored,
else now: beyond it nobody is judged, since what has come may not have been read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

MISSED_INTERVALS = 3
LEAST_WAIT = timedelta(minutes=15)
TRANSMISSION = timedelta(minutes=5)
GATHERING = timedelta(minutes=3)
MAIL_AFTER = timedelta(minutes=60)
DUTY_OF_NOTICE_AFTER = timedelta(hours=12)

State = Literal["never_heard", "speaking", "gathering", "silent"]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long silence may last before it counts; judging.md §6 where nobody entered other numbers.

    `intervals` may be missed, `least` waited in any case, `transmission` comes on top. A silence
    that counts gathers for `gathering`; from `notice` on its owner has to give notice.
    """

    intervals: Decimal = Decimal(MISSED_INTERVALS)
    least: timedelta = LEAST_WAIT
    transmission: timedelta = TRANSMISSION
    gathering: timedelta = GATHERING
    notice: timedelta = DUTY_OF_NOTICE_AFTER

    def allowance(self, interval: int) -> timedelta:
        """How long nothing may come from what sends every so many minutes."""
        missed = timedelta(minutes=float(self.intervals * interval))
        return max(missed, self.least) + self.transmission


USUAL = Patience()


@dataclass(frozen=True, slots=True)
class Lost:
    """The times in which we could not receive, by their start; the last one may still go on."""

    spans: tuple[tuple[datetime, datetime | None], ...] = ()

    def goes_on_at(self, moment: datetime) -> bool:
        """Whether we could not receive then: nobody is silent."""
        return any(start <= moment and (end is None or end > moment) for start, end in self.spans)

    def back_at(self, moment: datetime) -> datetime | None:
        """When we could receive again last, before a moment; None where nothing was lost."""
        ends = [end for _, end in self.spans if end is not None and end <= moment]
        return max(ends, default=None)

    def between(self, since: datetime, until: datetime) -> timedelta:
        """How much of a time was lost; what overlaps counts once."""
        lost, reached = timedelta(), since
        for start, end in sorted(self.spans, key=lambda span: span[0]):
            begin, stop = max(start, reached), min(end or until, until)
            if stop > begin:
                lost, reached = lost + (stop - begin), stop
        return lost

    def after(self, since: datetime, length: timedelta) -> datetime:
        """The moment by which so much time had passed in which we could receive."""
        moment = since + length
        while (later := since + length + self.between(since, moment)) > moment:
            moment = later
        return moment


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


def allowance(interval: int, patience: Patience = USUAL) -> timedelta:
    """How long nothing may come: max(3 × interval, 15 min) + 5 min for transmission."""
    return patience.allowance(interval)


def silent_after(
    received_at: datetime,
    interval: int,
    *,
    door_back_at: datetime | None = None,
    patience: Patience = USUAL,
) -> datetime:
    """The moment from which a silence counts. After the door came back one allowance passes."""
    since = received_at if door_back_at is None else max(received_at, door_back_at)
    return since + patience.allowance(interval)


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
    newest: Heard | None,
    interval: int,
    *,
    door_back_at: datetime | None = None,
    patience: Patience = USUAL,
) -> Silence | None:
    """The silence that begins unless something newer comes; None for one never heard."""
    if newest is None:
        return None
    after = silent_after(newest.received_at, interval, door_back_at=door_back_at, patience=patience)
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
