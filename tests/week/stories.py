"""What happens in the province: exceedances and near ones, devices, lines, and our own door.

Both sides of an edge stand beside each other: what is just enough, and what is just not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tests.week.province import (
    DAY,
    HOUR,
    MINUTE,
    VIETNAM,
    Station,
    seconds,
    small_province,
)
from tests.week.stream import CALIBRATING, FAULTY, MEASURED, Cut, Play, Row, Says, Script, Shape

MONDAY = seconds(datetime(2026, 3, 2, tzinfo=VIETNAM))


def times(factor: float) -> Says:
    """So many times as much as on a calm day."""
    return lambda _stamp, text: (f"{float(text) * factor:.2f}", MEASURED)


def always(text: str) -> Says:
    """The same value again and again."""
    return lambda _stamp, _text: (text, MEASURED)


def faulty(_stamp: int, _text: str) -> tuple[str, str]:
    return "", FAULTY


def calibrating(_stamp: int, text: str) -> tuple[str, str]:
    return text, CALIBRATING


def absent(_stamp: int, _text: str) -> None:
    return None


@dataclass
class Stories:
    """Scripts as they are written. Moments are seconds after `begin`, a midnight."""

    begin: int
    stations: Sequence[Station]
    seed: int = 1
    scripts: dict[str, Script] = field(default_factory=dict)
    ours: list[tuple[int, int]] = field(default_factory=list)
    closings: list[tuple[int, Station, str, str]] = field(default_factory=list)

    def script(self, station: Station) -> Script:
        return self.scripts.setdefault(station.code, Script())

    def shape(self, station: Station, symbol: str | None, at: int, length: int, says: Says) -> None:
        since = self.begin + at
        self.script(station).shapes.append(Shape(symbol, since, since + length, says))

    def cut(self, station: Station, at: int, until: int, *, keeps: bool = True) -> None:
        self.script(station).cuts.append(Cut(self.begin + at, self.begin + until, keeps))

    def line(self, zone: str | None, at: int, until: int) -> None:
        """A line breaks: that of a zone, or everybody's."""
        for station in self.stations:
            if zone is None or station.zone == zone:
                self.cut(station, at, until)

    def ahead(self, station: Station, at: int, files: int, by: int) -> None:
        since = self.begin + at
        until = since + files * station.upload * MINUTE
        self.script(station).ahead.append((since, until, by))

    def rubbish(self, station: Station, *moments: int) -> None:
        self.script(station).rubbish += [self.begin + at for at in moments]

    def foreign(self, station: Station, other: Station, *moments: int) -> None:
        self.script(station).foreign += [(self.begin + at, other) for at in moments]

    def changed(self, station: Station, at: int, day: int, many: int) -> None:
        entry = (self.begin + at, self.begin + day * DAY, many)
        self.script(station).changed.append(entry)

    def our_door(self, at: int, until: int) -> None:
        self.ours.append((self.begin + at, self.begin + until))

    def closed(self, at: int, station: Station, kind: str, symbol: str = "") -> None:
        self.closings.append((self.begin + at, station, kind, symbol))

    def play(self, days: int) -> Play:
        return Play(
            tuple(self.stations),
            self.begin,
            self.begin + days * DAY,
            self.scripts,
            tuple(self.ours),
            tuple(self.closings),
            self.seed,
        )


def moment(day: int, clock: str) -> int:
    """`moment(2, "08:30")`: on the third day at half past eight."""
    hours, minutes = map(int, clock.split(":"))
    return day * DAY + hours * HOUR + minutes * MINUTE


def a_day(seed: int = 1) -> Play:
    """Twelve stations and a day: each kind of story once."""
    stations = small_province()
    tell = Stories(MONDAY, stations, seed)
    outlets = [s for s in stations if s.medium == "wastewater"]
    stacks = [s for s in stations if s.medium == "emission"]
    river = next(s for s in stations if s.medium == "surface_water")
    tell.shape(outlets[0], "COD", 0, DAY, times(2.7))
    tell.shape(outlets[1], "NH4", moment(0, "08:00"), 5 * HOUR, times(2.2))
    tell.shape(stacks[0], "SO2", moment(0, "07:00"), 3 * HOUR, times(3.4))
    tell.shape(stacks[1], "SO2", moment(0, "09:00"), 2 * HOUR, times(2.45))
    tell.closed(moment(0, "12:10"), stacks[0], "exceedance", "SO2")
    tell.shape(stacks[0], "SO2", moment(0, "16:00"), 2 * HOUR, times(3.4))
    an_hour_of_faults(tell, stacks[2], stacks[3], 0)
    tell.shape(outlets[2], "COD", moment(0, "05:00"), 2 * HOUR, always("31.50"))
    tell.shape(outlets[3], "COD", moment(0, "05:00"), 110 * MINUTE, always("31.50"))
    tell.shape(outlets[2], "NH4", moment(0, "02:00"), 170 * MINUTE, always("2.10"))
    tell.shape(outlets[3], "NH4", moment(0, "02:00"), 180 * MINUTE, always("2.10"))
    tell.shape(outlets[1], "FlowOut", 0, moment(0, "06:00"), always("0"))
    tell.shape(outlets[2], "COD", moment(0, "18:00"), 30 * MINUTE, always("520"))
    tell.shape(outlets[3], "COD", moment(0, "18:00"), 20 * MINUTE, always("520"))
    tell.ahead(outlets[4], moment(0, "07:00"), 3, HOUR)
    tell.rubbish(stacks[1], *(moment(0, "13:05") + 60 * n for n in range(3)))
    tell.rubbish(stacks[2], *(moment(0, "13:05") + 60 * n for n in range(2)))
    tell.foreign(stacks[4], outlets[0], moment(0, "11:11"))
    tell.changed(outlets[2], moment(0, "15:05"), 0, 29)
    tell.changed(outlets[3], moment(0, "15:05"), 0, 28)
    tell.cut(river, moment(0, "09:20"), moment(0, "11:50"))
    tell.cut(stacks[4], moment(0, "06:30"), moment(0, "20:10"), keeps=False)
    tell.shape(outlets[0], "NH4", moment(0, "17:00"), 80 * MINUTE, absent)
    tell.line("KCN1", moment(0, "20:07"), moment(0, "21:40"))
    tell.our_door(moment(0, "22:30"), moment(0, "23:10"))
    return tell.play(1)


def an_hour_of_faults(tell: Stories, one: Station, other: Station, day: int) -> None:
    """Fifty-nine minutes of a fault, and sixty."""
    at = moment(day, "10:00")
    for station in (one, other):
        tell.shape(station, "PM", at, HOUR, faulty)
    stamp = tell.begin + at + 59 * MINUTE
    tell.script(one).more.append(Row("PM", stamp, "61.00", MEASURED))
