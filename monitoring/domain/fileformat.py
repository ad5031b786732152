"""Reading a station file: bytes in, readings and problems out.

The rules are the contract's, "Reading a station file"; the file is that of Thông tư
10/2021/TT-BTNMT and of what loggers make of it. A bad row costs that row, never the file.
"""

from __future__ import annotations

from datetime import datetime

from monitoring.domain.channelmap import ONE, ChannelMap, ChannelSpec, DatedMaps, UnitTable
from monitoring.domain.layout import WrittenRow, is_whole, rows_of_line
from monitoring.domain.numbers import converted, number_of
from monitoring.domain.ordinary import ordinary_rows
from monitoring.domain.parsed import (
    CALIBRATING,
    FAULT,
    KNOWN_STATUSES,
    MEASURING,
    NO_VALUE,
    InnerRevision,
    Parsed,
    Problem,
    Row,
)
from monitoring.domain.stamps import Moment, moment_at, moment_of
from monitoring.domain.text import Lines, is_blank, is_spoilt, lines_of, short
from monitoring.domain.window import Window, window_of

__all__ = [
    "ChannelMap",
    "ChannelSpec",
    "DatedMaps",
    "InnerRevision",
    "Parsed",
    "Problem",
    "Row",
    "UnitTable",
    "parse",
    "parse_at_length",
]

LONGEST_STATUS = 8
"""Of a status that nobody knows, so much is kept."""

PlacedRow = tuple[int, WrittenRow | None]


class BadRow(Exception):
    """A row that cannot be kept, and why."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code)
        self.code = code
        self.text = text


def parse(
    raw: bytes,
    *,
    name_time: datetime | None,
    received_at: datetime,
    maps: DatedMaps,
    by_command: bool,
) -> Parsed:
    """Read a station file.

    `name_time`: the moment in the file's name (aware), for rows without a time of their own;
    `received_at`: aware; `maps`: the station's channels by measured day; `by_command`: everything
    since 2000 is taken. Never raises, whatever the bytes.
    """
    window = window_of(received_at, by_command=by_command)
    rows = ordinary_rows(raw, window, maps)
    if rows is not None:
        return Parsed(rows)
    return parse_at_length(raw, name_time=name_time, window=window, maps=maps)


def parse_at_length(
    raw: bytes, *, name_time: datetime | None, window: Window, maps: DatedMaps
) -> Parsed:
    """`parse` without the short way for ordinary files."""
    lines = lines_of(raw)
    if lines is None:
        return Parsed(problems=(Problem(None, "not_text"),))
    blank_lines = sum(map(is_blank, lines.texts))
    if blank_lines == len(lines.texts):
        return Parsed(problems=(Problem(None, "empty_file"),), blank_lines=blank_lines)
    reader = _Reader(maps, window, moment_at(name_time) if name_time else None)
    for number, row in _written_rows(lines):
        if row is None:
            reader.report(number, "bad_line", lines.texts[number - 1])
        else:
            reader.read(number, row)
    return reader.parsed(blank_lines)


def _written_rows(lines: Lines) -> list[PlacedRow]:
    """The rows with their lines' numbers; None for what makes no row, a cut last row included."""
    rows: list[PlacedRow] = []
    for number, line in enumerate(lines.texts, start=1):
        if is_spoilt(line):
            rows.append((number, None))
        elif not is_blank(line):
            rows.extend((number, row) for row in rows_of_line(line))
    if not lines.ended and not is_blank(lines.texts[-1]):
        _drop_cut_row(rows, lines.texts[-1])
    return rows


def _drop_cut_row(rows: list[PlacedRow], line: str) -> None:
    """A `47.5` that was cut must not become 4, nor a cut `01` a measured value."""
    number, last = rows[-1]
    others = [row for _, row in rows[:-1] if row is not None]
    if last is not None and not is_whole(last, line, others):
        rows[-1] = (number, None)


class _Reader:
    """Reads row after row, and keeps what they gave."""

    def __init__(self, maps: DatedMaps, window: Window, named: Moment | None) -> None:
        self._maps = maps
        self._window = window
        self._named = named
        self._rows: dict[tuple[datetime, int], Row] = {}
        self._revisions: list[InnerRevision] = []
        self._problems: list[Problem] = []

    def parsed(self, blank_lines: int) -> Parsed:
        """All that was kept."""
        rows = tuple(sorted(self._rows.values()))
        return Parsed(rows, tuple(self._revisions), tuple(self._problems), blank_lines)

    def report(self, line: int, code: str, text: str) -> None:
        """Note a problem."""
        self._problems.append(Problem(line, code, short(text)))

    def read(self, line: int, row: WrittenRow) -> None:
        """Keep the row's reading, or its one problem; an unknown status comes beside."""
        written = row.status or MEASURING
        status = KNOWN_STATUSES.get(written, written[:LONGEST_STATUS])
        try:
            reading = self._reading(line, row, status)
        except BadRow as bad:
            self.report(line, bad.code, bad.text)
        else:
            if reading is not None:
                self._keep(reading, row)
        if written not in KNOWN_STATUSES:
            self.report(line, "unknown_status", written)

    def _reading(self, line: int, row: WrittenRow, status: str) -> Row | None:
        """The row understood; None for a value that is simply absent."""
        moment = self._moment(row)
        channels = self._maps.on(moment.day)
        channel = channels.channel(row.symbol) if channels else None
        if channels is None or channel is None:
            raise BadRow("unknown_symbol", row.symbol)
        if row.value in NO_VALUE:
            return (
                None if status == MEASURING else Row(moment.time, channel.slot, None, status, line)
            )
        value = _value_of(row, status, channels, channel)
        return Row(moment.time, channel.slot, value, status, line)

    def _moment(self, row: WrittenRow) -> Moment:
        moment = moment_of(row.stamp) if row.stamp else self._named
        if moment is None:
            raise BadRow("bad_time" if row.stamp else "unreadable_name", row.stamp or "")
        code = self._window.problem_of(moment.time)
        if code is not None:
            raise BadRow(code, row.stamp or "")
        return moment

    def _keep(self, reading: Row, written: WrittenRow) -> None:
        """Of what is given twice the last counts; where it differs, that is told."""
        before = self._rows.get((reading.time, reading.slot))
        self._rows[reading.time, reading.slot] = reading
        if before is None or (before.value, before.status) == (reading.value, reading.status):
            return
        self._revisions.append(InnerRevision(*before[:4], *reading[2:4]))
        self.report(reading.line, "repeated_in_file", written.symbol)


def _value_of(
    row: WrittenRow, status: str, channels: ChannelMap, channel: ChannelSpec
) -> float | None:
    """The value in the channel's unit; None for a text beside status 01 or 02 (`ERR`)."""
    value = number_of(row.value)
    if value is not None:
        factor = channels.factor(channel, row.unit)
        if factor is None:
            raise BadRow("unknown_unit", row.unit)
        value = value if factor == ONE else converted(row.value, factor)
    if value is None and status not in (CALIBRATING, FAULT):
        raise BadRow("bad_value", row.value)
    return value
