"""One history of reception comes to one thing, whatever way it is processed (judging.md §4).

Every story is played through the real pipeline and held against the model of `tests/model`: a few
each time, the same ones; many, and always others, in `make test-long`.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitoring.services.partitions import ensure_partitions
from stations.models import Station
from tests.flow.histories import (
    BEGIN,
    Draft,
    Processing,
    Stroke,
    arrivals,
    histories,
    peaceful,
    processings,
    received,
)
from tests.flow.playing import (
    aware,
    check,
    check_outcome,
    entries_of,
    play,
    play_in_time,
    rolled_back,
)
from tests.flow.worlds import ENDS, PACES, PERMITS, STACK, WORLDS, World, laid_down
from tests.model.files import File
from tests.model.outcome import Outcome, outcome_of

pytestmark = pytest.mark.django_db

relaxed: dict[str, Any] = {
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
}
few = settings(max_examples=4, derandomize=True, **relaxed)
many = settings(max_examples=40, **relaxed)

in_every_world = pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)


@pytest.fixture
def station(world: World) -> Station:
    ensure_partitions([aware(BEGIN)])
    return laid_down(world)


def now_of(world: World, history: Sequence[File]) -> datetime:
    """When everything has been received and judged."""
    return max(world.until, history[-1].received)


def processed_as(
    world: World, station: Station, history: list[File], processing: Processing
) -> Outcome:
    """Play a history in this order, and hold it against the model."""
    now = now_of(world, history)
    wanted = outcome_of(world.station, history, now)
    entries = entries_of(station, history)
    with rolled_back():
        play(entries, processing, aware(now))
        check(station, world.station, history, wanted, entries)
    return wanted


def processed_in_time(world: World, station: Station, history: list[File]) -> Outcome:
    """Play a history as it comes, the clock going on."""
    now = now_of(world, history)
    wanted = outcome_of(world.station, history, now)
    entries = entries_of(station, history)
    with rolled_back():
        play_in_time(entries, aware(now))
        check(station, world.station, history, wanted, entries)
    return wanted


def any_order(world: World, station: Station, data: st.DataObject) -> None:
    history = data.draw(histories(world))
    processed_as(world, station, history, data.draw(processings(len(history))))


def any_time(world: World, station: Station, data: st.DataObject) -> None:
    processed_in_time(world, station, data.draw(histories(world)))


def any_death(world: World, station: Station, data: st.DataObject) -> None:
    history = data.draw(histories(world))
    processed_as(world, station, history, data.draw(processings(len(history), kills=True)))


def any_arrival(world: World, station: Station, data: st.DataObject) -> None:
    lines = data.draw(peaceful(world))
    one, other = data.draw(arrivals(lines)), data.draw(arrivals(lines))
    whole = File("20240521100000", "".join(lines), one[0].received)
    wanted = outcome_of(world.station, [whole], world.until)
    for history in (one, other):
        with rolled_back():
            play_in_time(entries_of(station, history), aware(world.until))
            check_outcome(station, world.station, wanted)


@in_every_world
@given(data=st.data())
@few
def test_the_order_of_processing_never_matters(world, station, data):
    any_order(world, station, data)


@in_every_world
@given(data=st.data())
@few
def test_it_never_matters_when_it_is_processed(world, station, data):
    any_time(world, station, data)


@in_every_world
@given(data=st.data())
@few
def test_a_worker_may_die_at_any_statement(world, station, data):
    any_death(world, station, data)


@in_every_world
@given(data=st.data())
@few
def test_no_order_of_arrival_and_no_cut_into_files_matters_without_conflict(world, station, data):
    any_arrival(world, station, data)


@pytest.mark.long
@pytest.mark.parametrize(
    "story", [any_order, any_time, any_death, any_arrival], ids=lambda story: story.__name__
)
@in_every_world
@given(data=st.data())
@many
def test_many_stories(world, station, story, data):
    story(world, station, data)


# What such stories have found, each made small.


def file(*strokes: Stroke, waits: int = 0, name: int = 0) -> Draft:
    return Draft(strokes, name, waits)


def backwards(history: Sequence[File]) -> Processing:
    """The last received is processed first, and everything settled after each."""
    return Processing(tuple((number,) for number in reversed(range(len(history)))), settles=True)


A, B = (file(Stroke("COD", 600, 15, 2, value, "00"), waits=1) for value in ("90", "10"))


@pytest.mark.parametrize("world", [PERMITS], ids=["permits"])
@pytest.mark.parametrize(
    "processing",
    [
        Processing(((2,), (1,), (0,)), settles=True),
        Processing(((2, 0), (1,)), settles=False),
        Processing(((1,), (0, 2)), settles=True),
    ],
    ids=["backwards", "the repeat first", "the change first"],
)
def test_a_file_that_comes_again_after_another_leaves_the_other(world, station, processing):
    wanted = processed_as(world, station, received([A, B, A]), processing)
    assert [outcome for outcome, _, _ in wanted.readings.deliveries][-1] == "duplicate"
    assert {value for value, _ in wanted.readings.cells.values()} == {10}


@pytest.mark.parametrize("world", [PERMITS], ids=["permits"])
def test_an_exceedance_that_too_few_data_are_left_of_stays_told(world, station):
    """Told by whoever settled in between, and by nobody else: the law of §5 to the letter."""
    history = received(
        [
            file(Stroke("COD", 600, 15, 4, "90", "00"), waits=45),
            file(Stroke("COD", 600, 15, 4, "90", "02"), waits=45, name=1),
        ]
    )
    wanted = processed_in_time(world, station, history)
    processed_as(world, station, history, backwards(history))
    key = ("COD", "hour", datetime(2024, 5, 21, 10), None)
    assert wanted.verdicts[key].result == "not_enough_data"


@pytest.mark.parametrize("world", [PACES], ids=["paces"])
def test_a_fault_lasts_for_the_slots_of_its_own_day(world, station):
    """It took the interval of the last day at hand: two readings of 15 min filled an hour."""
    history = received(
        [
            file(Stroke("TSS", 180, 30, 2, "---", "02"), Stroke("TSS", 1860, 30, 3, "10", "00")),
            file(Stroke("TSS", 1425, 30, 2, "10", "00")),
        ]
    )
    assert processed_as(world, station, history, backwards(history)).alerts({}) == {}


@pytest.mark.parametrize("world", [ENDS], ids=["ends"])
def test_the_end_of_a_fault_moves_to_a_00_that_comes_late(world, station):
    fault = file(Stroke("pH", 135, 20, 4, "---", "02"))
    later, sooner = (file(Stroke("pH", at, 20, 1, "7", "00"), waits=600) for at in (1500, 1455))
    history = received([fault, later, sooner])
    wanted = processed_in_time(world, station, history)
    (alert,) = wanted.alerts({}).values()
    assert alert.resolved == datetime(2024, 5, 22, 0, 15)


@pytest.mark.parametrize("world", [STACK], ids=["stack"])
@pytest.mark.parametrize("silent", [True, False])
def test_a_plant_that_stands_idle_need_not_send_its_other_channels(world, station, silent):
    """Its hours without a reading were expected in full, those with one not at all."""
    others = [Stroke("CO", 1380, 15, 1, "150", "00")]
    if not silent:
        others.append(Stroke("CO", 1560, 15, 8, "150", "00"))
    history = received([file(Stroke("O2", 1500, 15, 24, "20", "00"), *others)])
    wanted = processed_as(world, station, history, backwards(history))
    assert wanted.verdicts["CO", "hour", datetime(2024, 5, 22, 2), 7].mean.expected == 0


@pytest.mark.parametrize("world", [STACK], ids=["stack"])
def test_limits_at_two_references_of_oxygen_speak_each_for_itself(world, station):
    """A later hour within the one neither ended nor withdrew what exceeds the other."""
    oxygen = Stroke("O2", 1500, 15, 12, "11", "00")
    # At 7 %: 150 becomes 210.6, above 200; at 11 % it is 150, within 240.
    history = received(
        [
            file(oxygen, Stroke("CO", 1500, 15, 2, "150", "00"), waits=90),
            file(Stroke("CO", 1500, 15, 4, "150", "00"), waits=90),
            file(Stroke("CO", 1560, 15, 4, "150", "00"), waits=90),
        ]
    )
    wanted = processed_in_time(world, station, history)
    processed_as(world, station, history, backwards(history))
    told = wanted.alerts({})
    assert {source for kind, _, period, source in told if (kind, period) == ("exceedance", "hour")}
    assert all(alert.resolved is None for alert in told.values())


def test_the_model_imports_nothing_of_the_program():
    """It stands on the standard library alone, so that it can only agree by being right too."""
    folder = Path(__file__).parents[1] / "model"
    pages = sorted(folder.glob("*.py"))
    assert len(pages) >= 8
    for page in pages:
        for node in ast.walk(ast.parse(page.read_text(encoding="utf-8"))):
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            for name in names:
                root = name.partition(".")[0]
                assert root in STANDARD or name.startswith("tests.model"), f"{page.name}: {name}"


STANDARD = {
    *("__future__", "bisect", "calendar", "collections", "dataclasses", "datetime"),
    *("fractions", "functools", "re", "typing"),
}
