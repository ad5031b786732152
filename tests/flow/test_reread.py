"""Files read again give what they would have given, had the register been so from the start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from monitoring.models import Verdict
from monitoring.services import reread
from monitoring.services.partitions import ensure_partitions
from monitoring.services.receive import store_entries
from monitoring.services.spool import Entry
from stations.models import PermitLimit, Station
from tests.flow.playing import rolled_back
from tests.flow.register import prefix_of, station_with
from tests.flow.rereading import everything, instrument, reread_of, settle

pytestmark = pytest.mark.django_db

MIDNIGHT = datetime(2024, 5, 20, 17, 0, tzinfo=UTC)  # 21/5/2024 00:00 in Vietnam
RECEIVED = MIDNIGHT + timedelta(hours=20)
NOW = MIDNIGHT + timedelta(hours=26)

minutes = st.sampled_from([*range(600, 720, 15), 607, 655])
values = st.sampled_from(["10", "31", "60", "90", "---", "ERR"])
units = st.sampled_from(["", "", "mg/L", "ppm", "µg/L"])
symbols = st.sampled_from(["COD", "COD", "TSS", "COD_OUT", "X"])
statuses = st.sampled_from(["00", "00", "00", "02"])
lines = st.tuples(minutes, symbols, values, units, statuses)
files = st.tuples(
    st.sampled_from(["20240521100000", "20240521110000"]), st.lists(lines, min_size=1, max_size=5)
)
histories = st.lists(files, min_size=1, max_size=3).flatmap(
    lambda few: st.lists(st.one_of(st.sampled_from(few), files), min_size=1, max_size=7)
)
changes = st.sampled_from(
    [
        {"aliases": ["COD_OUT"]},
        {"factor": Decimal(2)},
        {"file_unit": "ppm"},
        {"aliases": ["COD_OUT", "X"], "factor": Decimal("0.5"), "file_unit": "ppm"},
    ]
)


@dataclass(frozen=True)
class Story:
    """A history of receptions in an order of processing; the register changes in its middle."""

    history: Sequence[Any]
    order: Sequence[int]
    before: int
    change: dict[str, Any]
    settles_between: bool


@st.composite
def stories(draw: st.DrawFn) -> Story:
    history = draw(histories)
    return Story(
        history,
        draw(st.permutations(range(len(history)))),
        draw(st.integers(0, len(history))),
        draw(changes),
        draw(st.booleans()),
    )


@pytest.fixture
def station() -> Station:
    """COD under an hour's limit, TSS under a day's."""
    station = station_with(interval=15, symbols=("COD", "TSS"), min_capture="0.5")
    PermitLimit.objects.filter(channel__symbol="TSS").update(period="day", maximum=Decimal(50))
    ensure_partitions([MIDNIGHT])
    return station


def entries_of(station: Station, history: Sequence[Any]) -> list[Entry]:
    return [
        Entry(
            id=uuid7(),
            received_at=RECEIVED + timedelta(minutes=number // 2),
            door="ftp",
            account=f"logger-{station.code}",
            peer="127.0.0.1",
            name=f"{prefix_of(station)}_{name}.txt",
            raw="".join(map(_written, said)).encode(),
        )
        for number, (name, said) in enumerate(history)
    ]


def _written(line: Any) -> str:
    minute, symbol, value, unit, status = line
    at = MIDNIGHT + timedelta(hours=7, minutes=minute)
    return f"{symbol}\t{value}\t{unit}\t{at:%Y%m%d%H%M%S}\t{status}\n"


def stored(entries: Sequence[Entry], *, settles: bool) -> None:
    for entry in entries:
        store_entries([entry], now=NOW)
        if settles:
            settle(NOW)


STANDS = [
    ("20240521100000", [(600, "COD", "90", "", "00"), (600, "COD_OUT", "10", "", "00")]),
    ("20240521110000", [(600, "COD", "90", "", "00"), (615, "COD_OUT", "90", "ppm", "00")]),
]
ALL = {"aliases": ["COD_OUT"], "factor": Decimal(2), "file_unit": "ppm"}

whatever = settings(
    max_examples=settings().max_examples // 3,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@given(stories())
@example(Story(STANDS, (0, 1), 2, ALL, settles_between=True))
@example(Story([STANDS[0], STANDS[1], STANDS[0]], (2, 1, 0), 2, ALL, settles_between=False))
@whatever
def test_after_a_re_read_all_stands_as_if_the_register_had_been_so_from_the_start(
    station: Station, story: Story
) -> None:
    entries = entries_of(station, story.history)
    ordered = [entries[number] for number in story.order]
    with rolled_back():
        instrument(station, **story.change)
        stored(ordered, settles=False)
        settle(NOW)
        wanted = everything(station)
    with rolled_back():
        stored(ordered[: story.before], settles=story.settles_between)
        instrument(station, **story.change)
        stored(ordered[story.before :], settles=story.settles_between)
        reread.apply(reread_of(station, at=NOW), now=NOW)
        settle(NOW)
        found = everything(station)
    for table in wanted:
        assert found[table] == wanted[table], table


@given(stories())
@whatever
def test_a_re_read_under_an_unchanged_register_changes_nothing(
    station: Station, story: Story
) -> None:
    entries = entries_of(station, story.history)
    with rolled_back():
        instrument(station, **story.change)
        stored([entries[number] for number in story.order], settles=story.settles_between)
        settle(NOW)
        before = everything(station)
        assert reread.apply(reread_of(station, at=NOW), now=NOW) == (0, 0)
        settle(NOW)
        assert everything(station) == before


@given(stories())
@whatever
def test_a_second_re_read_changes_nothing_more(station: Station, story: Story) -> None:
    entries = entries_of(station, story.history)
    with rolled_back():
        stored([entries[number] for number in story.order], settles=story.settles_between)
        instrument(station, **story.change)
        reread.apply(reread_of(station, at=NOW), now=NOW)
        settle(NOW)
        before = everything(station)
        assert reread.apply(reread_of(station, at=NOW), now=NOW) == (0, 0)
        assert everything(station) == before


@given(stories())
@example(Story(STANDS, (0, 1), 2, ALL, settles_between=True))
@whatever
def test_what_is_seen_before_is_what_happens(station: Station, story: Story) -> None:
    entries = entries_of(station, story.history)
    with rolled_back():
        stored([entries[number] for number in story.order], settles=story.settles_between)
        settle(NOW)
        instrument(station, **story.change)
        before, said = everything(station), verdicts_of(station)
        order = reread_of(station, at=NOW)
        seen = reread.preview(station, start=order.start, end=order.end, now=NOW)
        assert everything(station) == before
        readings, _verdicts = reread.apply(order, now=NOW)
        after = verdicts_of(station)
        assert seen.readings == readings
        foretold = {
            (change.slot, change.period, change.start): (
                *(change.results[1], change.judged.mean.n, change.judged.mean.total),
            )
            for change in seen.verdicts
            if change.judged
        }
        changed = {key: is_ for key, is_ in after.items() if said.get(key) != is_}
        assert {key: is_ for key, is_ in changed.items() if is_[1] or key in said} == {
            key: is_ for key, is_ in foretold.items() if is_[1] or key in said
        }
        assert_files(seen, before["deliveries"], everything(station)["deliveries"])


def verdicts_of(station: Station) -> dict[Any, tuple[str, int, Fraction]]:
    rows = Verdict.objects.in_effect().filter(station=station)
    return {(row.slot, row.period, row.start): (row.result, row.n, row.total) for row in rows}


def assert_files(seen: reread.Preview, before: list[Any], after: list[Any]) -> None:
    """The files whose outcome changed are those that were foretold."""
    outcomes = {row[1]: row[9] for row in before}
    changed = {row[1]: (outcomes[row[1]], row[9]) for row in after if outcomes[row[1]] != row[9]}
    foretold = {file.id: file.outcome for file in seen.files if len(set(file.outcome)) > 1}
    assert foretold == changed
