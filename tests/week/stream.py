"""What every logger sends, and when it arrives: lost uploads, resends, lines that break.

The same seed gives the same files, byte for byte. A logger keeps what it could not send, and sends
it when it can, as loggers do: most of them oldest first, some newest first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from random import Random

from tests.week.province import DAY, MINUTE, Station, local

LOST, TWICE = 0.015, 0.008
"""Shares of uploads that do not arrive at first, and that arrive twice."""

MEASURED, CALIBRATING, FAULTY = "00", "01", "02"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a file: at `stamp` a symbol had this value (as written) and status."""

    symbol: str
    stamp: int
    text: str
    status: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as it reached our door at `received`, under its account. `rows`: what it says;
    none where nobody can read it. `whose`: the station that its name tells of."""

    received: int
    station: Station
    name: str
    raw: bytes
    rows: tuple[Row, ...]
    whose: Station

    @property
    def is_foreign(self) -> bool:
        return self.whose is not self.station


Says = Callable[[int, str], tuple[str, str] | None]
"""What a channel says at a stamp in the place of this value; None: nothing."""


@dataclass(frozen=True, slots=True)
class Shape:
    """From `since` up to `until` a channel (None: each) speaks otherwise than on a calm day."""

    symbol: str | None
    since: int
    until: int
    says: Says


@dataclass(frozen=True, slots=True)
class Cut:
    """A time in which a logger cannot send. `keeps`: it sends it all afterwards."""

    since: int
    until: int
    keeps: bool = True


@dataclass
class Script:
    """What a station does otherwise than others."""

    shapes: list[Shape] = field(default_factory=list)
    cuts: list[Cut] = field(default_factory=list)
    ahead: list[tuple[int, int, int]] = field(default_factory=list)
    """(since, until, seconds): the logger's clock runs ahead."""
    more: list[Row] = field(default_factory=list)
    """Readings between the slots."""
    rubbish: list[int] = field(default_factory=list)
    """When it sends a file that nobody can read."""
    foreign: list[tuple[int, Station]] = field(default_factory=list)
    """When it sends a file under another's name."""
    changed: list[tuple[int, int, int]] = field(default_factory=list)
    """(at, start of a day, how many): it sends so many readings of that day again, changed."""
    newest_first: bool = False


@dataclass(frozen=True)
class Play:
    """A province, what happens there, and from when until when it is watched.

    `ours`: when our own door was down; `closings`: (when, station, kind, parameter): an officer
    closes the case of a cause.
    """

    stations: tuple[Station, ...]
    begin: int
    end: int
    scripts: dict[str, Script]
    ours: tuple[tuple[int, int], ...] = ()
    closings: tuple[tuple[int, Station, str, str], ...] = ()
    seed: int = 1


def files_of(play: Play) -> list[Sent]:
    """All that reaches our door, in the order of its reception."""
    found = [sent for station in play.stations for sent in _Logger(play, station).sends()]
    return sorted(found, key=lambda sent: (sent.received, sent.station.code, sent.name))


@dataclass(frozen=True, slots=True)
class _File:
    """A file that lies in a logger's memory."""

    due: int
    name: str
    rows: tuple[Row, ...]
    raw: bytes


class _Logger:
    """One station's logger."""

    def __init__(self, play: Play, station: Station) -> None:
        self.play = play
        self.station = station
        self.script = play.scripts.get(station.code, Script())
        self.chance = Random(f"{play.seed} {station.code}")
        closed = [Cut(since, until) for since, until in play.ours]
        self.cuts = sorted([*self.script.cuts, *closed], key=lambda cut: cut.since)
        self.phase = 20 + self.chance.randrange(70)

    def sends(self) -> Iterator[Sent]:
        kept: list[_File] = []
        until = None
        for file in self._files():
            cut = self._cut(file.due)
            if until is not None and (cut is None or file.due >= until):
                yield from self._all_kept(kept, until)
                kept, until = [], None
            if cut is None:
                yield from self._sent(file)
            elif cut.keeps:
                kept.append(file)
                until = self._end_of(cut)
        if until is not None:
            yield from self._all_kept(kept, until)
        yield from self._oddities()

    def _end_of(self, cut: Cut) -> int:
        """When it can send again: one cut may follow at once on another."""
        end = cut.until
        while (after := self._cut(end)) is not None:
            end = after.until
        return end

    def _cut(self, moment: int) -> Cut | None:
        return next((cut for cut in self.cuts if cut.since <= moment < cut.until), None)

    def _files(self) -> Iterator[_File]:
        """The files that the logger writes, each when it is due to be sent."""
        rows = self._rows()
        upload, step = self.station.upload * MINUTE, self.station.interval * MINUTE
        for at in range(self.play.begin, self.play.end, upload):
            own = [row for stamp in range(at - upload + step, at + 1, step) for row in rows(stamp)]
            own += [row for row in self.script.more if at - upload < row.stamp <= at]
            due = at + self.phase + self.chance.randrange(25)
            ahead = next((by for a, b, by in self.script.ahead if a <= at < b), 0)
            written = tuple(
                Row(row.symbol, row.stamp + ahead, row.text, row.status)
                for row in sorted(own, key=lambda row: row.stamp)
            )
            if written:
                yield _file(self.station, due, at + ahead, written)

    def _rows(self) -> Callable[[int], list[Row]]:
        """The readings of a stamp."""
        values = {s: _values(self.play, self.station, s) for s in self._symbols}
        shapes = {
            symbol: [one for one in self.script.shapes if one.symbol in (None, symbol)]
            for symbol in self._symbols
        }

        def rows(stamp: int) -> list[Row]:
            if stamp < self.play.begin:
                return []
            said = []
            for symbol, of in values.items():
                text = of(stamp)
                spoken: tuple[str, str] | None = (text, MEASURED)
                for shape in shapes[symbol]:
                    if shape.since <= stamp < shape.until:
                        spoken = shape.says(stamp, text)
                if spoken is not None:
                    said.append(Row(symbol, stamp, *spoken))
            return said

        return rows

    @property
    def _symbols(self) -> list[str]:
        return [channel.symbol for channel in self.station.channels]

    def _sent(self, file: _File) -> Iterator[Sent]:
        """An upload: it arrives, or arrives later, or twice, since its receipt was lost."""
        at, luck = file.due, self.chance.random()
        if luck < LOST:
            soon = self.chance.random() < 0.9
            wait = 60 + self.chance.randrange(180)
            at += wait if soon else self.station.upload * MINUTE + 20
        if self._cut(at) is not None:
            at = self._end_of(self._cut(at) or self.cuts[0]) + 30
        yield self._arrived(at, file)
        if luck > 1 - TWICE:
            again = at + 30 + self.chance.randrange(300)
            if self._cut(again) is None:
                yield self._arrived(again, file)

    def _all_kept(self, kept: list[_File], until: int) -> Iterator[Sent]:
        at = until + 10 + self.chance.randrange(120)
        for file in reversed(kept) if self.script.newest_first else kept:
            yield self._arrived(at, file)
            at += 1 + self.chance.randrange(3)

    def _arrived(self, at: int, file: _File) -> Sent:
        return Sent(at, self.station, file.name, file.raw, file.rows, self.station)

    def _oddities(self) -> Iterator[Sent]:
        station = self.station
        for at in self.script.rubbish:
            raw = f"HTTP/1.1 502 Bad Gateway ({at})\r\n".encode()
            yield Sent(at, station, _name(station, at), raw, (), station)
        for at, other in self.script.foreign:
            rows = tuple(Row(c.symbol, at - at % 60, c.level, MEASURED) for c in other.channels)
            yield Sent(at, station, _name(other, at), _raw(rows), rows, other)
        for at, day, count in self.script.changed:
            rows = tuple(self._changed(day, count))
            yield Sent(at, station, _name(station, at), _raw(rows), rows, station)

    def _changed(self, day: int, count: int) -> Iterator[Row]:
        rows, left = self._rows(), count
        for stamp in range(day, day + DAY, self.station.interval * MINUTE):
            for row in rows(stamp):
                if left and row.status == MEASURED:
                    left -= 1
                    text = f"{float(row.text) * 0.9:.2f}"
                    yield Row(row.symbol, row.stamp, text, row.status)


def _values(play: Play, station: Station, symbol: str) -> Callable[[int], str]:
    """What an analyser shows on calm days: a wave a day and some noise; a slow one shows each
    result until the next."""
    channel = station.channel(symbol)
    step = max(station.interval, channel.slow) * MINUTE
    chance = Random(f"{play.seed} {station.code} {symbol}")
    level = float(channel.level) * (0.9 + 0.2 * chance.random())
    shown = []
    for at in range(play.begin, play.end + step, step):
        wave = 0.06 * math.sin(2 * math.pi * at / DAY) + 0.05 * (2 * chance.random() - 1)
        text = f"{level * (1 + wave):.2f}"
        if shown and text == shown[-1]:
            text = f"{float(text) + 0.01:.2f}"
        shown.append(text)

    def value(stamp: int) -> str:
        return shown[(stamp - play.begin) // step]

    return value


def _file(station: Station, due: int, stamp: int, rows: tuple[Row, ...]) -> _File:
    return _File(due, _name(station, stamp), rows, _raw(rows))


def _name(station: Station, stamp: int) -> str:
    return f"{station.prefix}_{local(stamp):%Y%m%d%H%M%S}.txt"


def _raw(rows: Iterable[Row]) -> bytes:
    lines = [f"{r.symbol}\t{r.text}\t\t{local(r.stamp):%Y%m%d%H%M%S}\t{r.status}" for r in rows]
    return ("\r\n".join(lines) + "\r\n").encode()
