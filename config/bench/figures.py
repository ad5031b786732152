"""What a bench found, and whether that is what was wanted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One number. `at_most` is the target; None where there is none."""

    bench: str
    what: str
    value: float
    unit: str
    at_most: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the target was met; None without one."""
        return None if self.at_most is None else self.value <= self.at_most

    def as_json(self) -> dict[str, Any]:
        """The figure with its verdict, for a program."""
        return {**asdict(self), "met": self.met}


Bench = Callable[[], Iterator[Figure]]


class Watch:
    """The seconds of a block; read after it."""

    seconds = 0.0


@contextmanager
def timed() -> Iterator[Watch]:
    """Measures a block."""
    watch, began = Watch(), time.perf_counter()
    yield watch
    watch.seconds = time.perf_counter() - began


def table(figures: list[Figure]) -> list[str]:
    """The figures as lines under each other, the target beside each."""
    rows = [("bench", "", "", "", "target")]
    for each in figures:
        target = "" if each.at_most is None else f"≤ {each.at_most:g}  {_mark(each)}"
        rows.append((each.bench, each.what, shown(each.value), each.unit, target))
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    return [
        f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:>{widths[2]}}  {d:<{widths[3]}}  {e}".rstrip()
        for a, b, c, d, e in rows
    ]


def shown(value: float) -> str:
    """Three digits that count."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _mark(figure: Figure) -> str:
    return "ok" if figure.met else "MISSED"
