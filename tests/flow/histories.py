"""Histories of reception for the property tests, and the orders in which they are processed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import strategies as st

from tests.flow.worlds import FIRST, World
from tests.model.files import File
from tests.model.slots import begin_of_day

BEGIN = begin_of_day(FIRST)
MINUTE = timedelta(minutes=1)

STATUSES = ("00", "00", "00", "00", "01", "02", "02", "07", "2", "")
ODD = ("---", "ERR", "1,5e1", "")
"""Values that are none, or are written otherwise."""


@dataclass(frozen=True)
class Stroke:
    """Readings of one channel, evenly spaced, that say the same."""

    symbol: str
    first: int
    """Minutes after the begin of the first day."""
    step: int
    count: int
    value: str
    status: str

    def lines(self) -> list[tuple[datetime, str]]:
        return [
            (at, f"{self.symbol}\t{self.value}\t\t{at:%Y%m%d%H%M%S}\t{self.status}\n")
            for number in range(self.count)
            for at in (BEGIN + (self.first + number * self.step) * MINUTE,)
        ]


@dataclass(frozen=True)
class Draft:
    """A file before it has a name; `waits` are minutes after its last reading, or the last file."""

    strokes: tuple[Stroke, ...]
    name: int
    waits: int


def strokes(world: World) -> st.SearchStrategy[Stroke]:
    """Some within the first hours, some around the midnight at which things change."""
    symbols = [channel.symbol for channel in world.station.channels]
    value = st.one_of(*[st.sampled_from(world.values)] * 6, st.sampled_from(ODD))
    return st.builds(
        Stroke,
        st.sampled_from([*symbols, *symbols, *symbols, "Chi"]),
        st.one_of(
            st.sampled_from([1380, 1410, 1425, 1440, 1445, 1455, 1470, 1500]),
            st.integers(0, 2 * 24 * 4 - 24).map(lambda quarter: 15 * quarter),
        ),
        st.sampled_from(world.steps),
        st.sampled_from([1, 2, 3, 4, 4, 6, 12, 24]),
        value,
        st.sampled_from(STATUSES),
    )


def drafts(world: World) -> st.SearchStrategy[Draft]:
    return st.builds(
        Draft,
        st.lists(strokes(world), min_size=1, max_size=3).map(tuple),
        st.integers(0, 1),
        st.sampled_from([0, 0, 1, 45, 600]),
    )


def histories(world: World) -> st.SearchStrategy[list[File]]:
    """Files in the order of reception; some come again byte for byte."""
    few = st.lists(drafts(world), min_size=1, max_size=4)
    return few.flatmap(
        lambda known: st.lists(
            st.one_of(st.sampled_from(known), drafts(world)), min_size=1, max_size=6
        )
    ).map(received)


def received(drafts: Sequence[Draft]) -> list[File]:
    """Each file is received after what it tells of, and after the file before it."""
    found: list[File] = []
    clock = BEGIN
    for draft in drafts:
        lines = [line for stroke in draft.strokes for line in stroke.lines()]
        clock = max(clock, max(at for at, _ in lines) + MINUTE) + draft.waits * MINUTE
        name = f"2024052110{draft.name:02}00"
        found.append(File(name, "".join(text for _, text in lines), clock))
    return found


def peaceful(world: World) -> st.SearchStrategy[list[str]]:
    """Lines of which no two tell of the same reading."""

    def first_of_each(drawn: list[Stroke]) -> list[str]:
        found: dict[tuple[str, datetime], str] = {}
        for stroke in drawn:
            for at, text in stroke.lines():
                found.setdefault((stroke.symbol, at), text)
        return list(found.values())

    return st.lists(strokes(world), min_size=1, max_size=6).map(first_of_each)


@st.composite
def arrivals(draw: st.DrawFn, lines: Sequence[str]) -> list[File]:
    """These lines in some order, in some files, a minute apart."""
    order = draw(st.permutations(lines))
    cuts = draw(st.sets(st.integers(1, max(len(lines) - 1, 1)), max_size=5))
    edges = [0, *sorted(cut for cut in cuts if cut < len(lines)), len(lines)]
    at = BEGIN + timedelta(days=2)
    return [
        File(f"202405211000{number:02}", "".join(order[begin:end]), at + number * MINUTE)
        for number, (begin, end) in enumerate(pairwise(edges))
    ]


@dataclass(frozen=True)
class Processing:
    """An order of a history's numbers in batches, some twice; whether it is settled in between."""

    batches: tuple[tuple[int, ...], ...]
    settles: bool
    kills: tuple[int, ...] = ()
    """After so many statements to the database the worker dies, and another begins the step anew;
    one number a step, 0: it lives."""


@st.composite
def processings(draw: st.DrawFn, count: int, *, kills: bool = False) -> Processing:
    order = draw(st.permutations(range(count)))
    again = draw(st.lists(st.sampled_from(range(count)), max_size=2, unique=True))
    cuts = sorted(draw(st.sets(st.integers(1, max(count - 1, 1)), max_size=3)))
    edges = [0, *(cut for cut in cuts if cut < count), count]
    batches = [tuple(order[a:b]) for a, b in pairwise(edges)]
    if again:
        batches.append(tuple(again))
    deaths = st.lists(st.integers(0, 60), min_size=4, max_size=10).map(tuple)
    return Processing(tuple(batches), draw(st.booleans()), draw(deaths) if kills else ())
