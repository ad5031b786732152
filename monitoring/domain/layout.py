"""Which field of a line is what: the layouts that loggers write.

`symbol value unit time [status]`, the same five repeated on one line, `symbol value time
[status]`, `time symbol value [unit [status]]`, `symbol value [unit [status]]`; separated by TABs
or, on a line without any, by white space (Thông tư 10/2021/TT-BTNMT, and what loggers make of it).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

from monitoring.domain.stamps import STAMP_DIGITS, is_digits, is_stamp
from monitoring.domain.text import WHITE_SPACE

FIVE = 5
SHORTEST_LIKELY_TIME = 8
"""So many digits after the value are meant as a time."""

_words = re.compile(f"[{WHITE_SPACE}]+").split


class WrittenRow(NamedTuple):
    """One row as it is written, before any of it is understood."""

    symbol: str
    value: str
    unit: str = ""
    stamp: str | None = None
    """Digits meant as the measured time, not always a date; None: the line has none."""
    status: str | None = None
    """None where it is missing or empty."""


def rows_of_line(line: str) -> list[WrittenRow | None]:
    """The rows of a line that is not blank, in their order; None for a part that makes no row."""
    fields = _tab_fields(line) if "\t" in line else _word_fields(line)
    if len(fields) <= FIVE:
        return [_row_of(fields)]
    rows = _rows_of_fives(fields)
    return rows if any(rows) else [None]


def _tab_fields(line: str) -> list[str]:
    fields = [field.strip(WHITE_SPACE) for field in line.split("\t")]
    return fields if fields[-1] else fields[:-1]


def _word_fields(line: str) -> list[str]:
    """Words; in each row, where the time stands fifth, the two before it are one unit (`độ C`)."""
    words = _words(line.strip(WHITE_SPACE))
    if not any(map(is_stamp, words[FIVE - 1 :])):
        return words
    return list(chain.from_iterable(_with_joined_units(words)))


def _with_joined_units(words: list[str]) -> list[list[str]]:
    rows, start = [], 0
    while start < len(words):
        row = words[start : start + FIVE]
        start += FIVE
        if [is_stamp(word) for word in row[2:]] == [False, False, True]:
            status = words[start : start + 1]
            row = [*row[:2], f"{row[2]} {row[3]}", row[4], *status]
            start += 1
        rows.append(row)
    return rows


def _rows_of_fives(fields: list[str]) -> list[WrittenRow | None]:
    whole = len(fields) - len(fields) % FIVE
    rows = [_row_of(fields[start : start + FIVE]) for start in range(0, whole, FIVE)]
    if whole < len(fields):
        rows.append(_row_lacking_its_status(fields[whole:]))
    return rows


def _row_lacking_its_status(rest: list[str]) -> WrittenRow | None:
    row = _row_of(rest)
    lacks_it = row is not None and len(rest) == FIVE - 1 and row.stamp and row.status is None
    return row if lacks_it else None


def _row_of(fields: list[str]) -> WrittenRow | None:
    """The row that up to five fields make; the time is looked for in field 4, 3, then 1."""
    count = len(fields)
    if count > 3 and is_stamp(fields[3]):
        symbol, value, unit, stamp = fields[:4]
        return WrittenRow(symbol, value, unit, stamp, _field(fields, 4))
    if count > 2 and is_stamp(fields[2]):
        symbol, value, stamp = fields[:3]
        return None if count > 4 else WrittenRow(symbol, value, "", stamp, _field(fields, 3))
    if is_stamp(fields[0]):
        return _time_first(fields) if count > 2 else None
    return _without_time(fields)


def _time_first(fields: list[str]) -> WrittenRow:
    stamp, symbol, value = fields[:3]
    return WrittenRow(symbol, value, _field(fields, 3) or "", stamp, _field(fields, 4))


def _without_time(fields: list[str]) -> WrittenRow | None:
    """A row that leaves its time to the file's name, or whose time has too few or many digits."""
    for place, field in enumerate(fields[2:], start=2):
        if _is_garbled_time(field):
            return WrittenRow(fields[0], fields[1], "", field, _field(fields, place + 1))
    if not 2 <= len(fields) <= 4 or is_stamp(fields[1]):
        return None
    return WrittenRow(fields[0], fields[1], _field(fields, 2) or "", None, _field(fields, 3))


def _is_garbled_time(field: str) -> bool:
    return SHORTEST_LIKELY_TIME <= len(field) != STAMP_DIGITS and is_digits(field)


def _field(fields: list[str], place: int) -> str | None:
    return fields[place] or None if place < len(fields) else None


def is_whole(last: WrittenRow, line: str, others: Sequence[WrittenRow]) -> bool:
    """Whether the last row of a file without a last line end is all there.

    It is when it ends with a two-digit status, or with a time where the other rows show that this
    logger writes no status. `20` in a line without a time is the beginning of one.
    """
    if last.status is not None:
        is_begun_time = last.stamp is None and last.status == "20"
        return len(last.status) == 2 and is_digits(last.status) and not is_begun_time
    ends_with_time = (
        is_stamp(last.stamp or "") and _words(line.strip(WHITE_SPACE))[-1] == last.stamp
    )
    return ends_with_time and bool(others) and all(row.status is None for row in others)
