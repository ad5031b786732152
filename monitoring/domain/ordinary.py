"""The short way for the file that nearly every logger sends.

UTF-8, lines that end, five TAB-separated fields, nothing wrong and nothing twice: each field is
only looked up. Whatever does not fit goes the long way in `fileformat`, which gives the same rows.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from monitoring.domain.channelmap import DatedMaps, Place
from monitoring.domain.numbers import converted, number_of
from monitoring.domain.parsed import KNOWN_STATUSES, MEASURING, NO_VALUE, Row
from monitoring.domain.stamps import moment_of
from monitoring.domain.window import Window

PlaceOf = Callable[[str, str], Place | None]

_FIELDS = 5
# Also with the CR that a line ending with CRLF leaves.
_STATUS_OF = {
    written + end: status for written, status in KNOWN_STATUSES.items() for end in ("", "\r")
}


def ordinary_rows(raw: bytes, window: Window, maps: DatedMaps) -> tuple[Row, ...] | None:
    """The rows in the order of time, then slot; None when something is not ordinary."""
    try:
        lines = raw.decode().split("\n")
    except UnicodeDecodeError:
        return None
    if lines.pop() or not lines:
        return None
    rows: dict[tuple[datetime, int], Row] = {}
    last_stamp: str | None = None
    for number, line in enumerate(lines, 1):
        fields = line.split("\t")
        if len(fields) != _FIELDS:
            return None
        symbol, text, unit, stamp, ending = fields
        if stamp != last_stamp:
            found = _time_and_channels(stamp, window, maps)
            if found is None:
                return None
            (time, place_of), last_stamp = found, stamp
        place = place_of(symbol, unit)
        status = _STATUS_OF.get(ending)
        if place is None or status is None or (time, place.slot) in rows:
            return None
        slot, factor = place
        value = number_of(text) if factor is None else converted(text, factor)
        if value is not None or (text in NO_VALUE and status != MEASURING):
            rows[time, slot] = Row(time, slot, value, status, number)
        elif text not in NO_VALUE:
            return None
    return tuple(sorted(rows.values()))


def _time_and_channels(
    stamp: str, window: Window, maps: DatedMaps
) -> tuple[datetime, PlaceOf] | None:
    moment = moment_of(stamp)
    if moment is None or not window.earliest <= moment.time <= window.latest:
        return None
    channels = maps.on(moment.day)
    return (moment.time, channels.place) if channels else None
