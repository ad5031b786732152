"""The fourteen days before the beginning, as archives: the newest day first.

What a logger could not send before the beginning, because its line was cut, is not history: it
sends that itself once the line is back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from monitoring.demo.archive import Member, write_tar
from monitoring.demo.fleet import Logger
from monitoring.demo.local_time import DAY, OFFSET_SECONDS, date_of, local_second, moment_of
from monitoring.demo.patterns import sent_at
from monitoring.demo.story import Episode, episode_at
from monitoring.demo.writer import body_of, folder_of, name_of

DAYS = 14
Slot = tuple[Logger, int]


@dataclass(frozen=True, slots=True)
class Part:
    """One archive. `received_at` is told only for a station that is silent at the beginning."""

    name: str
    slots: tuple[Slot, ...]
    received_at: datetime | None = None


def parts_of(fleet: Sequence[Logger], beginning: datetime, days: int = DAYS) -> Iterator[Part]:
    """The archives in the order in which they go in. None is empty."""
    return (part for part in _all_parts(fleet, beginning, days) if part.slots)


def _all_parts(fleet: Sequence[Logger], beginning: datetime, days: int) -> Iterator[Part]:
    """The day of the beginning, then the silent stations' last day, then day before day.

    A silent station's last files are told with the moment at which they came, else it would seem
    to have spoken a moment ago.
    """
    until = int(local_second(beginning))
    today, first = until // 60 // DAY, until // 60 - days * DAY
    outages = {logger: outage for logger in fleet if (outage := _outage(logger, until))}
    apart = {logger: (outage.starts - 1) // DAY for logger, outage in outages.items()}
    for day in range(today, first // DAY - 1, -1):
        loggers = [logger for logger in fleet if apart.get(logger, -1) != day]
        slots = tuple(_slots(loggers, max(day * DAY, first), (day + 1) * DAY, until))
        yield Part(f"day-{date_of(day).isoformat()}", slots)
        if day == today:
            yield from (_last_words(logger, last, until) for logger, last in apart.items())


def _outage(logger: Logger, until: int) -> Episode | None:
    return episode_at(logger.code, "", until // 60)


def _last_words(logger: Logger, day: int, until: int) -> Part:
    """What a silent station had sent on the day on which its line was cut."""
    slots = tuple(_slots([logger], day * DAY, (day + 1) * DAY, until))
    received = moment_of(sent_at(*slots[-1])) if slots else None
    return Part(f"last-words-{logger.code}", slots, received)


def _slots(loggers: Iterable[Logger], start: int, end: int, until: int) -> Iterator[Slot]:
    """Station by station the slots of a span whose files were sent by `until`."""
    for logger in loggers:
        first = -(-start // logger.interval) * logger.interval
        for minute in range(first, end, logger.interval):
            if sent_at(logger, minute) > until:
                break
            yield logger, minute


def first_unsent(logger: Logger, second: float) -> int:
    """The first slot whose file was not yet sent at a moment: where the live logger begins."""
    minute = int(second) // 60 // logger.interval * logger.interval
    while sent_at(logger, minute) > second:
        minute -= logger.interval
    while sent_at(logger, minute) <= second:
        minute += logger.interval
    return minute


def write_part(folder: Path, part: Part) -> Path:
    """The part as a tar in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{part.name}.tar"
    write_tar(path, (_member(logger, minute) for logger, minute in part.slots))
    return path


def _member(logger: Logger, minute: int) -> Member:
    folder = f"{logger.code}/{folder_of(logger, minute)}".rstrip("/")
    name = f"{folder}/{name_of(logger, minute)}"
    return name, minute * 60 - OFFSET_SECONDS, body_of(logger, minute)
