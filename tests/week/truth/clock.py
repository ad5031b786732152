"""Silences, lines that are down, files that are wrong in a row: what the clock and the door tell
(§§5, 6 and decisions 15, 36, 37). Looked at whenever somebody looks; everything has been stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.week.province import DAY, HOUR, MINUTE, Station
from tests.week.stream import MEASURED, Play
from tests.week.truth.arrivals import Arrival
from tests.week.truth.cases import Case, Cases, Identity, Span

GATHERING = 3 * MINUTE
NOTICE = 12 * HOUR
IN_A_ROW = 3
STATIONS, SHARE_PERCENT = 3, 60
ALIVE_BEFORE, WITHIN, HELD, REST = 30 * MINUTE, 15 * MINUTE, 2 * HOUR, 20 * MINUTE
SENDER_QUIET = 24 * HOUR


def allowance(station: Station) -> int:
    return max(3 * station.interval * MINUTE, 15 * MINUTE) + 5 * MINUTE


@dataclass
class _Heard:
    """A station, or one of its channels: when it was heard of last, by its newest reading."""

    station: Station
    first: int
    stamp: int
    received: int
    silent: bool = False
    told: Span | None = None
    noticed: bool = False
    floor: int = 0
    """Not silent before this, whatever was heard when."""
    back: int = 0
    """When it spoke again last."""
    gaps: list[tuple[int, int]] = field(default_factory=list)
    """When its silence had counted, up to when it spoke again."""

    def after(self, door_back: int) -> int:
        """From when its silence counts."""
        allowed = allowance(self.station)
        return max(self.received + allowed, self.floor, door_back + allowed)


@dataclass
class _Line:
    """An outage of a zone's line, or of everything's (None)."""

    zone: str | None
    start: int
    stations: set[str]
    span: Span
    case: Case
    end: int | None = None

    @property
    def released(self) -> int:
        longest = self.start + HELD
        return longest if self.end is None else min(longest, self.end + REST)


class Clock:
    """The whole province under one clock."""

    def __init__(self, play: Play, cases: Cases) -> None:
        self.play = play
        self.cases = cases
        self.stations: dict[str, _Heard] = {}
        self.channels: dict[tuple[str, str], _Heard] = {}
        self.lines: list[_Line] = []
        self.rows: dict[tuple[str, str], list[Arrival]] = {}
        self.row_spans: dict[tuple[str, str], Span] = {}
        self.foreign: dict[str, Span] = {}

    # What comes through the door

    def take(self, batch: Iterable[Arrival], now: int) -> None:
        """Files in the order of reception, stored at `now`."""
        for arrival in batch:
            if arrival.sent.is_foreign:
                self._foreign(arrival, now)
                continue
            self._in_a_row(arrival, now)
            if arrival.kept:
                self._heard(arrival, now)

    def _foreign(self, arrival: Arrival, now: int) -> None:
        identity = Identity("wrong_sender", arrival.code)
        span = self.foreign.get(arrival.code)
        if span is not None and arrival.received <= span.end + SENDER_QUIET:
            span.end = arrival.received
            return
        at = arrival.received
        self.foreign[arrival.code] = self.cases.tell(identity, at, at, now)

    def _in_a_row(self, arrival: Arrival, now: int) -> None:
        """Three files in a row: unreadable, or of a clock that runs ahead."""
        if not arrival.refused:
            self._count("unreadable_files", arrival, arrival.is_unreadable, now)
        if arrival.kept or arrival.refused:
            self._count("wrong_clock", arrival, arrival.refused, now)

    def _count(self, kind: str, arrival: Arrival, is_wrong: bool, now: int) -> None:
        key = kind, arrival.code
        row = self.rows.setdefault(key, [])
        if not is_wrong:
            if self.row_spans.pop(key, None) is not None:
                self._resolve(Identity(kind, arrival.code), arrival.received, now)
            row.clear()
            return
        row.append(arrival)
        if len(row) >= IN_A_ROW:
            if key not in self.row_spans:
                start = row[0].received
                identity = Identity(kind, arrival.code)
                self.row_spans[key] = self.cases.tell(identity, start, arrival.received, now)
            self.row_spans[key].end = arrival.received

    def _resolve(self, identity: Identity, at: int, now: int) -> None:
        case = self.cases.latest(identity, now)
        if case is not None:
            case.resolved = at
            case.ends.add(at)

    def _heard(self, arrival: Arrival, now: int) -> None:
        station = arrival.sent.station
        newest = max(row.stamp for row in arrival.kept)
        known = self.stations.get(station.code)
        if known is None:
            known = _Heard(station, arrival.received, newest, arrival.received)
            self.stations[station.code] = known
        elif newest > known.stamp:
            was_silent = known.silent
            self._speaks(known, "silent_station", "", newest, arrival.received, now)
            if was_silent:
                self._give_time(station, arrival.received)
        for row in arrival.kept:
            if row.text or row.status != MEASURED:
                self._heard_of(arrival, row.symbol, row.stamp, now)

    def _heard_of(self, arrival: Arrival, symbol: str, stamp: int, now: int) -> None:
        key = arrival.code, symbol
        known = self.channels.get(key)
        if known is None:
            station, at = arrival.sent.station, arrival.received
            self.channels[key] = _Heard(station, at, stamp, at)
        elif stamp > known.stamp:
            self._speaks(known, "silent_parameter", symbol, stamp, arrival.received, now)

    def _speaks(
        self, known: _Heard, kind: str, symbol: str, stamp: int, received: int, now: int
    ) -> None:
        after = known.after(self._door_back(received))
        if after < received:
            known.gaps.append((after, received))
        if known.silent:
            known.back = received
            identity = Identity(kind, known.station.code, symbol)
            case = self.cases.latest(identity, now)
            if case is not None and case.resolved is None:  # one withdrawn for its line's sake too
                self._resolve(identity, received, now)
            if known.noticed:
                self._resolve(Identity("silent_12h", known.station.code), received, now)
        known.stamp, known.received = stamp, received
        known.silent, known.told, known.noticed, known.floor = False, None, False, 0

    def _give_time(self, station: Station, at: int) -> None:
        """While its station was silent no parameter could be heard."""
        for channel in station.channels:
            own = self.channels.get((station.code, channel.symbol))
            if own is not None and not own.silent:
                own.floor = max(own.floor, at + allowance(station))

    # What the clock tells

    def look(self, now: int) -> None:
        """Somebody looks; nobody is judged while our own door is down."""
        if not any(since <= now < until for since, until in self.play.ours):
            back = self._door_back(now)
            self._lines(now, back)
            self._silences(now, back)
            self._held_back(now)
            self._parameters(now, back)
            self._notices(now)
        self._senders(now)

    def _door_back(self, now: int) -> int:
        return max((until for _, until in self.play.ours if until <= now), default=0)

    def _fresh(self, now: int, back: int) -> list[_Heard]:
        return [one for one in self.stations.values() if not one.silent and one.after(back) <= now]

    def _silences(self, now: int, back: int) -> None:
        for one in self._fresh(now, back):
            if one.after(back) + GATHERING <= now:
                self._tell_silence(one, now)

    def _tell_silence(self, one: _Heard, now: int) -> None:
        one.silent = True
        identity = Identity("silent_station", one.station.code)
        one.told = self.cases.tell(identity, one.received, now, now)

    def _parameters(self, now: int, back: int) -> None:
        """A parameter is silent only while its station is not."""
        for (code, symbol), one in self.channels.items():
            station = self.stations[code]
            if station.silent or station.after(back) <= now or one.silent:
                continue
            if one.after(back) + GATHERING <= now:
                one.silent = True
                identity = Identity("silent_parameter", code, symbol)
                one.told = self.cases.tell(identity, one.received, now, now)

    def _notices(self, now: int) -> None:
        """Twelve hours in which we could have received."""
        for one in self.stations.values():
            if one.silent and not one.noticed and self._lived(one.received, now) >= NOTICE:
                one.noticed = True
                identity = Identity("silent_12h", one.station.code)
                self.cases.tell(identity, one.received, now, now)

    def _lived(self, since: int, now: int) -> int:
        lost = sum(max(0, min(b, now) - max(a, since)) for a, b in self.play.ours if a <= now)
        return now - since - lost

    def _senders(self, now: int) -> None:
        for code, span in self.foreign.items():
            if span.end + SENDER_QUIET <= now:
                self._resolve(Identity("wrong_sender", code), span.end + SENDER_QUIET, now)

    # Lines

    def _lines(self, now: int, back: int) -> None:
        for line in self.lines:
            if line.end is None:
                self._end_if_back(line, now)
        zones = sorted({s.zone for s in self.play.stations if s.zone})
        for zone in (None, *zones):
            if self._is_down(None) or self._is_down(zone):
                continue
            found = self._broken(zone, now, back)
            if found is not None:
                self._begin(zone, *found, now)
        for one in self._fresh(now, back):
            line = next((line for line in self.lines if self._holds(line, one, now, back)), None)
            if line is not None:
                line.stations.add(one.station.code)
                self._hold(one)

    def _is_down(self, zone: str | None) -> bool:
        return any(line.end is None and line.zone == zone for line in self.lines)

    def _broken(self, zone: str | None, now: int, back: int) -> tuple[int, list[_Heard]] | None:
        """At least 3 and 60 % of those alive 30 min earlier, silent within the same 15 min."""
        own = [s for s in self.stations.values() if zone is None or s.station.zone == zone]
        silent = sorted((s for s in own if s.after(back) <= now), key=lambda s: s.after(back))
        for first in silent:
            begun = first.after(back)
            group = [s for s in silent if begun <= s.after(back) <= begun + WITHIN]
            if len(group) < STATIONS or now - begun > HELD:
                continue
            alive = sum(self._was_alive(s, begun - ALIVE_BEFORE, back) for s in own)
            if 100 * len(group) >= SHARE_PERCENT * alive:
                return max(s.received for s in group), group
        return None

    @staticmethod
    def _was_alive(one: _Heard, moment: int, back: int) -> bool:
        if one.first > moment or one.after(back) <= moment:
            return False
        return not any(after <= moment < spoke for after, spoke in one.gaps)

    def _begin(self, zone: str | None, start: int, group: Sequence[_Heard], now: int) -> None:
        identity = Identity("line_outage", zone or "")
        span = self.cases.tell(identity, start, now, now)
        case = self.cases.of(identity, now)[-1]
        line = _Line(zone, start, {one.station.code for one in group}, span, case)
        for one in group:
            self._hold(one)
        if zone is None:  # a wider one takes in those of zones
            for other in self.lines:
                if other.end is None:
                    line.stations |= other.stations
                    other.end, other.span.withdrawn = now, True
        self.lines.append(line)

    @staticmethod
    def _hold(one: _Heard) -> None:
        """Silent with its line; what was told of it before that was found is withdrawn."""
        one.silent = True
        if one.told is not None:
            one.told.withdrawn, one.told = True, None

    def _holds(self, line: _Line, one: _Heard, now: int, back: int) -> bool:
        in_scope = line.zone in (None, one.station.zone)
        before_back = line.end is None or one.received <= line.end
        return in_scope and one.after(back) > line.start and before_back and now < line.released

    def _end_if_back(self, line: _Line, now: int) -> None:
        """Once fewer than the share that makes an outage are still silent."""
        own = [self.stations[code] for code in line.stations]
        returned = sorted(one.back for one in own if not one.silent)
        for heard, moment in enumerate(returned, 1):
            if 100 * (len(own) - heard) < SHARE_PERCENT * len(own):
                line.end = line.case.resolved = max(moment, line.start)
                return

    def _held_back(self, now: int) -> None:
        """What is still silent comes out, unless a wider outage holds it back as well."""
        held = {code for line in self.lines if now < line.released for code in line.stations}
        for line in self.lines:
            if now < line.released or now - line.start > 2 * DAY:
                continue
            for code in sorted(line.stations - held):
                one = self.stations[code]
                if one.silent and one.told is None:
                    self._tell_silence(one, now)
