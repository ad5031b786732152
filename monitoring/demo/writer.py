"""Station files as loggers write them: names, folders and the layouts seen in practice.

The layouts are those of the data file in practice (Thông tư 10/2021/TT-BTNMT and what loggers make
of it). Each station keeps to one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from monitoring.demo.fleet import Logger
from monitoring.demo.local_time import DAY, day_digits, stamp
from monitoring.demo.patterns import reading

Row = tuple[str, str, str, str]
"""Symbol, value, unit and status as text."""

NO_VALUE = "---"


def name_of(logger: Logger, minute: int) -> str:
    """The file's name, PREFIX_yyyyMMddHHmmss.txt."""
    return f"{logger.prefix}_{stamp(minute)}.txt"


def folder_of(logger: Logger, minute: int) -> str:
    """The folder that the logger files it in, without outer slashes; "" is the account's root."""
    digits = day_digits(minute // DAY)
    year, month, day = digits[:4], digits[4:6], digits[6:]
    return {
        "station": f"{logger.station_name}/{year}/{month}/{day}",
        "months": f"{year}/Thang{month}/{digits}",
        "root": "",
    }[logger.folder]


def body_of(logger: Logger, minute: int) -> bytes:
    """The file's bytes for one slot."""
    return _LAYOUTS[logger.layout](_rows(logger, minute), stamp(minute)).encode()


def _rows(logger: Logger, minute: int) -> list[Row]:
    """One row a sensor that has a result at this minute."""
    rows: list[Row] = []
    for sensor in logger.sensors:
        if minute % sensor.interval:
            continue
        value, status = reading(logger, sensor, minute)
        text = NO_VALUE if value is None else f"{value / sensor.factor:.{sensor.nature.decimals}f}"
        rows.append((sensor.written_as, text, sensor.unit, status))
    return rows


def _tab(rows: Sequence[Row], time: str) -> str:
    return "".join(f"{s}\t{v}\t{u}\t{time}\t{status}\r\n" for s, v, u, status in rows)


def _bom(rows: Sequence[Row], time: str) -> str:
    return "\ufeff" + _tab(rows, time)


def _spaces(rows: Sequence[Row], time: str) -> str:
    """Spaces between the fields and a comma in the numbers."""
    return "".join(f"{s} {v.replace('.', ',')} {u} {time} {status}\n" for s, v, u, status in rows)


def _one_line(rows: Sequence[Row], time: str) -> str:
    """All parameters on one line, five fields repeated."""
    return "\t".join(f"{s}\t{v}\t{u}\t{time}\t{status}" for s, v, u, status in rows) + "\r\n"


def _time_first(rows: Sequence[Row], time: str) -> str:
    return "".join(f"{time}\t{s}\t{v}\t{u}\t{status}\r\n" for s, v, u, status in rows)


_LAYOUTS: dict[str, Callable[[Sequence[Row], str], str]] = {
    "tab": _tab,
    "bom": _bom,
    "spaces": _spaces,
    "one_line": _one_line,
    "time_first": _time_first,
}
