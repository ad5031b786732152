"""When many stations fall silent at once, it is their line and not they (judging.md §6).

At least 3 stations and at least 60 % of those alive 30 min earlier, of one zone or of everything,
silent within the same 15 min. All times are aware.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

EVERYTHING = None
"""The scope that is the whole province."""


@dataclass(frozen=True, slots=True)
class LineRules:
    """What makes an outage of a line, and how long it holds silences back.

    `rest`: what its stations have after it is back, before what is still silent is told of.
    """

    stations: int = 3
    share: Decimal = Decimal("0.6")
    alive_before: timedelta = timedelta(minutes=30)
    within: timedelta = timedelta(minutes=15)
    hold: timedelta = timedelta(hours=2)
    rest: timedelta = timedelta(minutes=20)

    def is_enough(self, silent: int, of: int) -> bool:
        """Whether so many of so many are no coincidence."""
        return silent >= self.stations and silent >= self.share * of


@dataclass(frozen=True, slots=True)
class Line:
    """A station as its line shows it: heard last at `received_at`, silent from `after` on."""

    station: int
    zone: int | None
    first_heard_at: datetime
    received_at: datetime
    after: datetime


@dataclass(frozen=True, slots=True)
class Broken:
    """The stations of a line that fell silent together. `start`: it worked until then."""

    zone: int | None
    start: datetime
    stations: tuple[int, ...]


WasSilent = Callable[[int, datetime], bool]
"""Whether a station that speaks by now was silent at an earlier moment."""


def broken_line(
    lines: Sequence[Line],
    *,
    zone: int | None,
    through: datetime,
    rules: LineRules,
    was_silent: WasSilent,
) -> Broken | None:
    """The line of a zone (or `EVERYTHING`) that shows itself broken at `through`, the first one.

    `lines`: all stations of it that were ever heard and are in use.
    """
    silent = sorted((line for line in lines if line.after <= through), key=lambda one: one.after)
    for first in silent:
        group = [one for one in silent if first.after <= one.after <= first.after + rules.within]
        if len(group) < rules.stations or through - first.after > rules.hold:
            continue
        before = first.after - rules.alive_before
        alive = sum(_was_alive(line, before, was_silent) for line in lines)
        if rules.is_enough(len(group), alive):
            start = max(line.received_at for line in group)
            return Broken(zone, start, tuple(sorted(line.station for line in group)))
    return None


def _was_alive(line: Line, moment: datetime, was_silent: WasSilent) -> bool:
    if line.first_heard_at > moment or line.after <= moment:
        return False
    return not was_silent(line.station, moment)


def recovered_at(returned: Sequence[datetime], *, silent: int, rules: LineRules) -> datetime | None:
    """When a line was back: so many of its stations had spoken again that fewer than the share that
    makes an outage were still silent. None while it is not.

    `returned`: when each that speaks again was heard. `silent`: how many are not heard yet.
    """
    of = len(returned) + silent
    for heard, moment in enumerate(sorted(returned), 1):
        if of - heard < rules.share * of:
            return moment
    return None
