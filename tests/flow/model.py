"""What must come out, written from the rules alone: nothing of the program is imported here.

One station whose files are read in the order of reception, whatever the order in which they are
processed (judging.md §§1–5). Times are minutes after the first hour; an hour limit on COD and a
day limit on TSS, both maxima. The day of the limit begins at minute 0.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from fractions import Fraction

INTERVAL = 15
HOUR, DAY = 60, 1440
LIMITS = {"COD": (HOUR, Fraction(60), 2), "TSS": (DAY, Fraction(50), 3)}
"""Symbol: minutes of its period, maximum, least filled slots."""
GRACE = 30

Said = tuple[str | None, str]
"""A value as it is written (None: a reading without one) and its status."""


@dataclass(frozen=True)
class Line:
    """One line of a file: minute, symbol, value as written, status."""

    minute: int
    symbol: str
    value: str
    status: str


@dataclass(frozen=True)
class File:
    """A file of the history of reception; files are received in the order of a list."""

    name: str
    lines: tuple[Line, ...]


@dataclass
class Expected:
    """All that the history comes to."""

    cells: dict[tuple[int, str], Said] = field(default_factory=dict)
    revisions: Counter[tuple[int, int, str, Said, Said]] = field(default_factory=Counter)
    deliveries: dict[int, tuple[str, int, int]] = field(default_factory=dict)
    means: dict[tuple[str, int], tuple[Fraction, int]] = field(default_factory=dict)
    verdicts: dict[tuple[str, int], tuple[str, int, Fraction | None]] = field(default_factory=dict)
    alerts: dict[tuple[str, str], tuple[frozenset[tuple[int, int]], bool]] = field(
        default_factory=dict
    )
    said_by: dict[tuple[int, str], int] = field(default_factory=dict)
    changed: set[tuple[int, str]] = field(default_factory=set)
    """What a later file said otherwise than a file before it."""


def expected_of(history: list[File], until: int) -> Expected:
    """The model's answer, judged at the minute `until`."""
    found = Expected()
    _read(history, found)
    for symbol, limit in LIMITS.items():
        _judge(symbol, limit, found, until)
        _watch_faults(symbol, found)
    _watch_changes(found)
    return found


def _read(history: list[File], found: Expected) -> None:
    seen: set[File] = set()
    for number, file in enumerate(history):
        if file in seen:
            found.deliveries[number] = ("duplicate", 0, 0)
            continue
        seen.add(file)
        found.deliveries[number] = _read_one(number, file, found)


def _read_one(number: int, file: File, found: Expected) -> tuple[str, int, int]:
    own: dict[tuple[int, str], Said] = {}
    problems = revisions = 0
    for line in file.lines:
        said = _said(line)
        if said == "bad":
            problems += 1
        elif said is not None:
            key = (line.minute, line.symbol)
            problems += key in own and own[key] != said  # repeated in the file, differently
            before = found.cells.get(key)
            if before is not None and before != said:
                revisions += 1
                found.revisions[number, line.minute, line.symbol, before, said] += 1
                if found.said_by[key] != number:
                    found.changed.add(key)
            if before != said:
                found.said_by[key] = number
            own[key] = found.cells[key] = said
    if not problems:
        return "accepted", len(own), revisions
    return ("partial" if own else "rejected"), len(own), revisions


def _said(line: Line) -> Said | str | None:
    if line.value == "---":
        return None if line.status == "00" else (None, line.status)
    if line.value == "ERR":
        return "bad" if line.status == "00" else (None, line.status)
    return line.value, line.status


def _slots(symbol: str, found: Expected) -> dict[int, Fraction]:
    """The mean of each filled slot, by its minute."""
    values: dict[int, list[Fraction]] = defaultdict(list)
    for (minute, own), (value, status) in found.cells.items():
        if own == symbol and status == "00" and value is not None:
            values[minute // INTERVAL * INTERVAL].append(Fraction(value))
    return {minute: sum(each, Fraction()) / len(each) for minute, each in values.items()}


def _judge(symbol: str, limit: tuple[int, Fraction, int], found: Expected, until: int) -> None:
    length, maximum, least = limit
    slots = _slots(symbol, found)
    for hour in {minute // HOUR * HOUR for minute in slots}:
        own = [value for minute, value in slots.items() if minute // HOUR * HOUR == hour]
        found.means[symbol, hour] = (sum(own, Fraction()), len(own))
    minutes = [minute for minute, own in found.cells if own == symbol]
    if not minutes:
        return
    start = min(minutes) // length * length
    while start + length + GRACE <= until:
        own = [value for minute, value in slots.items() if start <= minute < start + length]
        found.verdicts[symbol, start] = _verdict(own, maximum, least)
        start += length
    _warn(symbol, length, found)


def _verdict(
    slots: list[Fraction], maximum: Fraction, least: int
) -> tuple[str, int, Fraction | None]:
    mean = sum(slots, Fraction()) / len(slots) if slots else None
    if mean is None or len(slots) < least:
        return "not_enough_data", len(slots), mean
    return ("exceeded" if mean > maximum else "within"), len(slots), mean


def _warn(symbol: str, length: int, found: Expected) -> None:
    said = {
        start: result for (own, start), (result, _, _) in found.verdicts.items() if own == symbol
    }
    exceeded = [start for start, result in said.items() if result == "exceeded"]
    if exceeded:
        over = any(result == "within" and start > max(exceeded) for start, result in said.items())
        spans = frozenset((start, start + length) for start in exceeded)
        found.alerts["exceedance", symbol] = (spans, over)


def _watch_changes(found: Expected) -> None:
    """More than 5 % of a day's readings changed by later files; the day is over, none follows."""
    if len(found.changed) * 20 > len(found.cells):
        found.alerts["changed_values", ""] = (frozenset({(0, DAY)}), False)


def _watch_faults(symbol: str, found: Expected) -> None:
    """Status 02 for 60 min without a 00; over with the next 00."""
    spans, over = set(), False
    first = last = None
    for minute, (value, status) in sorted(
        (minute, said) for (minute, own), said in found.cells.items() if own == symbol
    ):
        if status == "02":
            first, last = (minute if first is None else first), minute
        elif status == "00" and value is not None and first is not None and last is not None:
            if min(last + INTERVAL, minute) - first >= 60:
                spans.add((first, min(last + INTERVAL, minute)))
                over = True
            first = last = None
    if first is not None and last is not None and last + INTERVAL - first >= 60:
        spans.add((first, last + INTERVAL))
        over = False
    if spans:
        found.alerts["device_fault", symbol] = (frozenset(spans), over)
