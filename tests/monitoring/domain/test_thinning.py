"""Fewer points, drawn alike."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from monitoring.domain.thinning import thinned

MINUTES_5 = 300.0

lines = st.lists(
    st.tuples(st.floats(-1e6, 1e6) | st.none(), st.sampled_from(["00", "00", "00", "01", "02"])),
    min_size=1,
    max_size=400,
)


def times(count: int) -> list[float]:
    return [place * MINUTES_5 for place in range(count)]


def test_few_points_stay_as_they_are() -> None:
    assert thinned(times(3), [1.0, None, 2.0], ["00", "02", "00"], points=3) == [0, 1, 2]


@given(lines, st.integers(20, 100))
def test_never_more_points_than_asked_for(
    line: list[tuple[float | None, str]], points: int
) -> None:
    values, statuses = [list(column) for column in zip(*line, strict=True)]
    kept = thinned(times(len(line)), values, statuses, points=points)
    assert len(kept) <= points
    assert kept == sorted(set(kept))


@given(lines, st.integers(20, 100))
def test_extremes_ends_and_every_status_stay(
    line: list[tuple[float | None, str]], points: int
) -> None:
    values, statuses = [list(column) for column in zip(*line, strict=True)]
    kept = thinned(times(len(line)), values, statuses, points=points)
    counting = [v for v, status in line if status == "00" and v is not None]
    left = [values[i] for i in kept if statuses[i] == "00" and values[i] is not None]
    if counting:
        assert (min(left), max(left)) == (min(counting), max(counting))
    assert {statuses[i] for i in kept} == set(statuses)
    assert (kept[0], kept[-1]) == (0, len(line) - 1)


def test_a_spike_of_one_reading_stays() -> None:
    values: list[float | None] = [1.0] * 10_000
    values[4321] = 99.0
    assert 4321 in thinned(times(10_000), values, None, points=200)


def test_a_gap_keeps_both_its_edges() -> None:
    moments = [t for t in times(10_000) if not 900_000 <= t < 1_200_000]
    kept = thinned(moments, [1.0] * len(moments), None, points=200)
    left = [moments[i] for i in kept]
    assert (899_700.0, 1_200_000.0) in pairwise(left)


def test_a_line_without_gaps_seems_to_have_none() -> None:
    values = [float(place % 7) for place in range(100_000)]
    kept = thinned(times(100_000), values, None, points=2000)
    seconds = 100_000 * MINUTES_5
    assert max(b - a for a, b in pairwise(kept)) * MINUTES_5 < 2.5 * seconds / 1000


def test_a_calibration_keeps_its_first_and_last_reading() -> None:
    statuses = ["00"] * 10_000
    statuses[5000:5012] = ["01"] * 12
    kept = thinned(times(10_000), [1.0] * 10_000, statuses, points=400)
    assert {5000, 5011} <= set(kept)
