"""What happens in the province: exceedances and near ones, devices, lines, and our own door.

Both sides of an edge stand beside each other: what is just enough, and what is just not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from tests.week.province import (
    DAY,
    HOUR,
    MINUTE,
    VIETNAM,
    Station,
    seconds,
    small_province,
    whole_province,
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
    tell.shape(outlets[1], "NH4", moment(0, "01:00"), 5 * HOUR, times(2.2))
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
    tell.cut(outlets[1], moment(0, "06:30"), moment(0, "20:00"), keeps=False)
    tell.shape(outlets[0], "NH4", moment(0, "17:00"), 80 * MINUTE, absent)
    tell.line("KCN1", moment(0, "20:07"), moment(0, "21:40"))
    tell.our_door(moment(0, "22:30"), moment(0, "23:10"))
    found_late(tell, stacks[3], 0)
    taken_back(tell, stacks[4], 0)
    return tell.play(1)


def found_late(tell: Stories, station: Station, day: int) -> None:
    """Two hours above the limit while nothing comes; what the logger kept tells of them later."""
    tell.shape(station, "SO2", moment(day, "03:00"), 2 * HOUR, times(3.4))
    tell.cut(station, moment(day, "02:50"), moment(day, "08:05"))


def taken_back(tell: Stories, station: Station, day: int) -> None:
    """An hour above its limit by nine of twelve slots, and within it by all when the rest comes."""
    tell.shape(station, "SO2", moment(day, "05:00"), 45 * MINUTE, always_about("310", "312"))
    tell.shape(station, "SO2", moment(day, "05:45"), 15 * MINUTE, always_about("100", "101"))
    tell.cut(station, moment(day, "05:43"), moment(day, "09:33"))


def always_about(one: str, other: str) -> Says:
    """Two values by turns, so that nothing stands still."""
    return lambda stamp, _text: (one if stamp % (10 * MINUTE) else other, MEASURED)


def an_hour_of_faults(tell: Stories, one: Station, other: Station, day: int) -> None:
    """Fifty-nine minutes of a fault, and sixty."""
    at = moment(day, "10:00")
    for station in (one, other):
        tell.shape(station, "PM", at, HOUR, faulty)
    stamp = tell.begin + at + 59 * MINUTE
    tell.script(one).more.append(Row("PM", stamp, "61.00", MEASURED))


class _Hands:
    """Stations that nothing happens to yet, dealt out in an order of chance."""

    def __init__(self, stations: Sequence[Station], chance: Random) -> None:
        self._left = list(stations)
        chance.shuffle(self._left)

    def take(self, medium: str, interval: int | None = None, zone: str | None = None) -> Station:
        found = next(
            s
            for s in self._left
            if s.medium == medium and interval in (None, s.interval) and zone in (None, s.zone)
        )
        self._left.remove(found)
        return found

    def outlets(self, count: int) -> Iterator[Station]:
        return (self.take("wastewater", 10) for _ in range(count))

    def stacks(self, count: int) -> Iterator[Station]:
        return (self.take("emission", 10) for _ in range(count))


def weeks(count: int = 1, seed: int = 1) -> Play:
    """The whole province for some weeks; in each other stations have a story."""
    stations = whole_province()
    tell = Stories(MONDAY, stations, seed)
    for week in range(count):
        hands = _Hands(stations, Random(f"{seed} week {week}"))
        _exceedances(tell, hands, 7 * week)
        _devices(tell, hands, 7 * week)
        _still_and_odd(tell, hands, 7 * week)
        _files(tell, hands, 7 * week)
        _silences(tell, hands, 7 * week)
        _outages(tell, hands, 7 * week)
    if count > 1:
        _long_after(tell, _Hands(stations, Random(f"{seed} long after")))
    return tell.play(7 * count)


def _exceedances(tell: Stories, hands: _Hands, first: int) -> None:
    chance = Random(f"{tell.seed} spikes {first}")
    for number, outlet in enumerate(hands.outlets(4)):
        days = 1 + number % 3
        tell.shape(outlet, "COD", (first + number) * DAY, days * DAY, times(2.7))
    for outlet in hands.outlets(2):  # near the limit, never above it
        tell.shape(outlet, "NH4", moment(first + 2, "06:00"), 20 * HOUR, times(2.0))
    for outlet in hands.outlets(2):  # some hours above, the day within
        tell.shape(outlet, "COD", moment(first + 1, "08:00"), 4 * HOUR, times(2.8))
    tell.shape(hands.take("wastewater", 10), "pH", (first + 3) * DAY, DAY, times(1.28))
    for stack in hands.stacks(8):
        for _ in range(3):
            at = moment(first, "00:00") + chance.randrange(7 * 24 - 6) * HOUR
            length = (1 + chance.randrange(4)) * HOUR + chance.randrange(6) * 10 * MINUTE
            tell.shape(stack, "SO2", at, length, times(2.3 + 1.6 * chance.random()))
    for stack in hands.stacks(2):
        tell.shape(stack, "PM", (first + 4) * DAY, 30 * HOUR, times(2.6))
    street = hands.take("ambient_air", 15)
    tell.shape(street, "PM2.5", (first + 1) * DAY, 2 * DAY, times(2.6))
    tell.shape(hands.take("ambient_air", 60), "NO2", moment(first + 2, "07:00"), 3 * HOUR, times(6))
    tell.shape(hands.take("surface_water", 15), "DO", (first + 5) * DAY, DAY, times(0.5))
    tell.shape(hands.take("surface_water", 30), "DO", (first + 1) * DAY, DAY, times(0.68))
    found_late(tell, hands.take("emission", 10), first + 2)
    taken_back(tell, hands.take("emission", 5), first + 2)
    again = hands.take("emission", 10)  # closed, and back within the seven days
    tell.shape(again, "SO2", moment(first, "09:00"), 2 * HOUR, times(3.5))
    tell.closed(moment(first + 2, "08:10"), again, "exceedance", "SO2")
    tell.shape(again, "SO2", moment(first + 4, "13:00"), 2 * HOUR, times(3.5))


def _long_after(tell: Stories, hands: _Hands) -> None:
    """Closed in the first week, and back in the fourth: another case."""
    stack = hands.take("emission", 10)
    tell.shape(stack, "PM", moment(0, "15:00"), 2 * HOUR, times(4))
    tell.closed(moment(2, "08:10"), stack, "exceedance", "PM")
    tell.shape(stack, "PM", moment(20, "15:00"), 2 * HOUR, times(4))


def _devices(tell: Stories, hands: _Hands, first: int) -> None:
    an_hour_of_faults(tell, *hands.stacks(2), first + 1)
    one, other, third = hands.outlets(3)
    tell.shape(one, "COD", moment(first + 2, "22:00"), 14 * HOUR, faulty)
    tell.shape(other, "NH4", moment(first + 3, "09:00"), 50 * MINUTE, faulty)
    tell.shape(third, "COD", moment(first + 3, "09:00"), 30 * MINUTE, faulty)
    tell.shape(third, "COD", moment(first + 3, "09:30"), 30 * MINUTE, calibrating)
    tell.shape(third, "COD", moment(first + 3, "10:00"), 40 * MINUTE, faulty)
    long, short = hands.outlets(2)
    tell.shape(long, None, moment(first + 4, "08:00"), 4 * HOUR, calibrating)
    tell.shape(short, None, moment(first + 4, "08:00"), 4 * HOUR - 10 * MINUTE, calibrating)
    quick = hands.take("wastewater", 5)
    tell.shape(quick, "COD", moment(first + 5, "14:00"), HOUR, faulty)
    tell.shape(quick, "pH", moment(first + 5, "14:00"), 55 * MINUTE, faulty)


def _still_and_odd(tell: Stories, hands: _Hands, first: int) -> None:
    one, other, third, fourth = hands.outlets(4)
    tell.shape(one, "COD", moment(first + 1, "05:00"), 2 * HOUR, always("31.50"))
    tell.shape(other, "COD", moment(first + 1, "05:00"), 110 * MINUTE, always("31.50"))
    tell.shape(one, "NH4", moment(first + 2, "02:00"), 170 * MINUTE, always("2.10"))
    tell.shape(other, "NH4", moment(first + 2, "02:00"), 180 * MINUTE, always("2.10"))
    tell.shape(third, "FlowOut", moment(first + 2, "18:00"), 36 * HOUR, always("0"))
    tell.shape(third, "COD", moment(first + 2, "18:00"), DAY - 10 * MINUTE, always("0"))
    tell.shape(fourth, "COD", moment(first + 2, "18:00"), DAY, always("0"))
    tell.shape(one, "COD", moment(first + 4, "11:00"), 30 * MINUTE, always("520"))
    tell.shape(other, "COD", moment(first + 4, "11:00"), 20 * MINUTE, always("520"))
    tell.shape(third, "COD", moment(first + 5, "11:00"), 40 * MINUTE, always("500"))
    street = hands.take("ambient_air", 15)
    tell.shape(street, "PM2.5", moment(first + 3, "01:00"), 3 * HOUR, always("20.00"))
    hourly = hands.take("surface_water", 60)
    tell.shape(hourly, "TSS", moment(first + 3, "01:00"), 11 * HOUR, always("27.00"))
    tell.shape(hourly, "TSS", moment(first + 4, "01:00"), 12 * HOUR, always("26.00"))
    changed, less = hands.outlets(2)
    tell.changed(changed, moment(first + 3, "08:01"), first + 2, 29)
    tell.changed(less, moment(first + 3, "08:01"), first + 2, 28)
    tell.changed(changed, moment(first + 5, "10:01"), first + 5, 40)


def _files(tell: Stories, hands: _Hands, first: int) -> None:
    wrong, nearly, slightly = (hands.take("emission", 5) for _ in range(3))
    tell.ahead(wrong, moment(first + 1, "07:00"), 3, HOUR)
    tell.ahead(nearly, moment(first + 1, "07:00"), 2, HOUR)
    tell.ahead(slightly, moment(first + 1, "07:00"), 12, 9 * MINUTE)
    tell.ahead(hands.take("wastewater", 10), moment(first + 3, "13:00"), 6, 3 * HOUR)
    broken, once = hands.stacks(2)
    tell.rubbish(broken, *(moment(first + 2, "13:05") + 60 * n for n in range(4)))
    tell.rubbish(once, *(moment(first + 2, "13:05") + 60 * n for n in range(2)))
    sender, twice = hands.stacks(2)
    other = hands.take("wastewater", 10)
    tell.foreign(sender, other, moment(first + 2, "11:11"))
    tell.foreign(twice, other, *(moment(first, "11:11") + n * HOUR for n in (0, 20, 50)))


def _silences(tell: Stories, hands: _Hands, first: int) -> None:
    one, other, third = hands.outlets(3)
    tell.cut(one, moment(first + 1, "08:10"), moment(first + 1, "11:50"))
    tell.cut(other, moment(first + 2, "15:00"), moment(first + 3, "06:10"))
    tell.script(other).newest_first = True
    tell.cut(third, moment(first + 5, "20:00"), moment(first + 6, "10:00"), keeps=False)
    comes_and_goes = hands.take("wastewater", 5)
    for number in range(6):
        at = moment(first + 4, "06:00") + number * 80 * MINUTE
        tell.cut(comes_and_goes, at, at + 45 * MINUTE)
    quick = hands.take("wastewater", 5)
    tell.cut(quick, moment(first + 1, "10:02"), moment(first + 1, "10:27"))
    tell.cut(hands.take("ambient_air", 60), moment(first + 2, "01:30"), moment(first + 2, "09:30"))
    tell.cut(
        hands.take("surface_water", 30), moment(first + 3, "02:10"), moment(first + 3, "05:40")
    )
    long, short = hands.outlets(2)
    tell.shape(long, "NH4", moment(first + 1, "12:00"), 5 * HOUR, absent)
    tell.shape(short, "NH4", moment(first + 1, "12:00"), 20 * MINUTE, absent)


def _outages(tell: Stories, hands: _Hands, first: int) -> None:
    tell.line("KCN2", moment(first + 1, "14:07"), moment(first + 1, "15:40"))
    # everybody's line: the cluster falls silent first, then it shows that it is not the cluster's
    tell.line(None, moment(first + 3, "17:22"), moment(first + 3, "18:32"))
    before = hands.take("wastewater", 10, "KCN4")
    tell.cut(before, moment(first + 5, "18:50"), moment(first + 6, "01:00"))
    tell.line("KCN4", moment(first + 5, "20:31"), moment(first + 5, "23:50"))
    tell.our_door(moment(first + 4, "03:00"), moment(first + 4, "04:10"))
